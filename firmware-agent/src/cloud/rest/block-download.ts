/** Fetches one block over HTTP: resumed where an earlier attempt stopped, and accepted only with the right digest. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat, statfs } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { dirname } from 'node:path';
import { Fault } from '../../../../src/wire/index.js';
import { asDiskFault } from '../../disk/disk-full.js';
import { errorText } from '../../log.js';
import { cloudRequest } from './cloud-request.js';
import type { Identity } from './identity.js';

/** A download without a byte for this long is aborted, and resumed later. */
const STALL_MS = 30_000;
/** Disk space that downloads leave to records and documents. */
const SPARE_BYTES = 1 << 20;

export interface BlockSource {
  readonly cloud: string;
  readonly identity: Identity;
}

export interface Download {
  readonly digest: string;
  readonly bytes: number;
  /** Path of the whole block; `.part` next to it holds the bytes received so far. */
  readonly path: string;
  readonly onProgress: (bytesSoFar: number) => void;
  readonly signal: AbortSignal;
}

/** Throws CLOUD_UNREACHABLE (try again), DISK_FULL (when there is room), UNAUTHORIZED, BLOCK_UNKNOWN or BLOCK_CORRUPT. */
export async function downloadBlock(source: BlockSource, download: Download): Promise<void> {
  const part = `${download.path}.part`;
  const have = await sizeOf(part);
  if (have < download.bytes) {
    await expectRoom(download, download.bytes - have);
    await fetchRest(source, download, part, have);
  }
  const digest = await digestOf(part);
  if (digest !== download.digest) {
    await rm(part, { force: true });
    throw new Fault('BLOCK_CORRUPT', `block ${download.digest} came with digest ${digest}`);
  }
  await rename(part, download.path);
}

/** The SHA-256 of a file in hex. */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}

/** Throws DISK_FULL before a byte is fetched, since a block that does not fit would fill the disk for nothing. */
async function expectRoom({ digest, path }: Download, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(path));
  const roomBytes = bavail * bsize;
  if (roomBytes >= bytes + SPARE_BYTES) return;
  throw new Fault(
    'DISK_FULL',
    `block ${digest} needs ${bytes} bytes and ${SPARE_BYTES} in reserve; the disk has ${roomBytes} free`,
  );
}

async function fetchRest(
  { cloud, identity }: BlockSource,
  download: Download,
  part: string,
  have: number,
): Promise<void> {
  const stall = new AbortController();
  const headers = identity.headers();
  if (have > 0) headers.range = `bytes=${have}-`;
  let timer = setTimeout(() => stall.abort(), STALL_MS);
  let file: FileHandle | undefined;
  try {
    const address = `${cloud.replace(/\/$/, '')}/api/v1/blocks/${download.digest}`;
    const signal = AbortSignal.any([download.signal, stall.signal]);
    const response = await cloudRequest(address, { headers, tls: identity.tls(), signal });
    const start = startOf(response, download.digest, have);
    file = await open(part, start === 0 ? 'w' : 'a');
    let bytes = start;
    for await (const piece of response as AsyncIterable<Buffer>) {
      clearTimeout(timer);
      timer = setTimeout(() => stall.abort(), STALL_MS);
      bytes += piece.length;
      if (bytes > download.bytes) break;
      await file.appendFile(piece);
      download.onProgress(bytes);
    }
    await file.sync();
    if (bytes < download.bytes) throw new Error(`ended after ${bytes} of ${download.bytes} bytes`);
  } catch (cause) {
    const error = asDiskFault(cause, `block ${download.digest}`);
    if (error instanceof Fault) throw error;
    const why = stall.signal.aborted ? `no byte for ${STALL_MS / 1000} s` : reasonOf(error);
    throw new Fault('CLOUD_UNREACHABLE', `block ${download.digest} from ${cloud}: ${why}`);
  } finally {
    clearTimeout(timer);
    await file?.close();
  }
}

/** The offset at which the answer's body begins. */
function startOf(response: IncomingMessage, digest: string, have: number): number {
  const { statusCode: status, headers } = response;
  if (status === 200) return 0;
  const from = /^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1];
  if (status === 206 && Number(from) === have) return have;
  response.destroy();
  const text = `block ${digest}: the cloud answers ${status}`;
  if (status === 401 || status === 403) throw new Fault('UNAUTHORIZED', text);
  if (status === 404) throw new Fault('BLOCK_UNKNOWN', text);
  throw new Error(`the cloud answers ${status}`);
}

/** Several addresses that all refuse come as one error without a text. */
function reasonOf(error: unknown): string {
  const text = errorText(error);
  return text === '' ? String((error as NodeJS.ErrnoException).code) : text;
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
