/** Fetches one block over HTTP: resumed where an earlier attempt stopped, and accepted only with the right digest. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat, statfs } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { dirname } from 'node:path';
import { Fault } from '../../../../src/wire/index.js';
import { asDiskFault } from '../../disk/disk-full.js';
import { errorText } from '../../log.js';
import type { Traffic } from '../../traffic/traffic.js';
import { bodyText, cloudRequest, faultIn } from './cloud-request.js';
import type { Identity } from './identity.js';

/** A download without a byte for this long is aborted, and resumed later. */
const STALL_MS = 30_000;
/** Disk space that downloads leave to records and documents. */
const SPARE_BYTES = 1 << 20;

export interface BlockSource {
  readonly cloud: string;
  readonly identity: Identity;
  readonly traffic: Traffic;
}

export interface Download {
  readonly digest: string;
  readonly bytes: number;
  /** Path of the whole block; `.part` next to it holds the bytes received so far. */
  readonly path: string;
  readonly onProgress: (bytesSoFar: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Throws CLOUD_UNREACHABLE where the answer is not of the service, such as the page of a proxy; DISK_FULL or DISK_FAILED; what the service
 * itself rejects it with, such as UNAUTHORIZED or BLOCK_UNKNOWN; and BLOCK_CORRUPT. Every one of them may be over at the next attempt.
 */
export async function downloadBlock(source: BlockSource, download: Download): Promise<void> {
  const part = `${download.path}.part`;
  const have = await sizeOf(part);
  if (have < download.bytes) {
    await expectRoom(download, download.bytes - have);
    expectTraffic(source, download, download.bytes - have);
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

/** Throws CLOUD_UNREACHABLE before a byte is fetched that the cap of the month has no room for. */
function expectTraffic({ traffic }: BlockSource, { digest }: Download, bytes: number): void {
  if (traffic.allows(bytes)) return;
  const text = `block ${digest} needs ${bytes} bytes, more than --monthly-bytes leaves this month`;
  throw new Fault('CLOUD_UNREACHABLE', text);
}

async function fetchRest(
  { cloud, identity, traffic }: BlockSource,
  download: Download,
  part: string,
  have: number,
): Promise<void> {
  const stall = new AbortController();
  const headers = identity.headers();
  if (have > 0) headers.range = `bytes=${have}-`;
  let timer = setTimeout(() => stall.abort(), STALL_MS);
  let file: FileHandle | undefined;
  let isSure = true;
  try {
    const address = `${cloud.replace(/\/$/, '')}/api/v1/blocks/${download.digest}`;
    const signal = AbortSignal.any([download.signal, stall.signal]);
    const response = await cloudRequest(address, {
      ...{ headers, tls: identity.tls(), signal },
      agent: traffic.sockets.agentOf(address),
    });
    const start = await startOf(response, download, have);
    if (start === undefined) {
      await rm(part, { force: true });
      throw new Error('the cloud does not resume it');
    }
    isSure = hasMarks(response, download, start);
    file = await open(part, start === 0 ? 'w' : 'a');
    let bytes = start;
    for await (const piece of response as AsyncIterable<Buffer>) {
      clearTimeout(timer);
      timer = setTimeout(() => stall.abort(), STALL_MS);
      bytes += piece.length;
      traffic.meter.note('blocks', piece.length);
      if (bytes > download.bytes) break;
      await file.appendFile(piece);
      download.onProgress(bytes);
    }
    await file.sync();
    if (bytes < download.bytes) throw new Error(`ended after ${bytes} of ${download.bytes} bytes`);
  } catch (cause) {
    // The next attempt must not resume behind bytes of another page.
    if (!isSure) await rm(part, { force: true });
    const error = asDiskFault(cause, `block ${download.digest}`);
    if (error instanceof Fault) throw error;
    const why = stall.signal.aborted ? `no byte for ${STALL_MS / 1000} s` : reasonOf(error);
    throw new Fault('CLOUD_UNREACHABLE', `block ${download.digest} from ${cloud}: ${why}`);
  } finally {
    clearTimeout(timer);
    await file?.close();
  }
}

/** The offset at which the answer's body begins; undefined when the bytes so far are of no use. Throws when the body is not the block. */
async function startOf(
  response: IncomingMessage,
  { digest, bytes }: Download,
  have: number,
): Promise<number | undefined> {
  const { statusCode: status, headers } = response;
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers['content-range'] ?? '') ?? [];
  const isRest = status === 206 && Number(from) === have && Number(total) === bytes;
  const start = isRest ? have : 0;
  if ((status === 200 || isRest) && maybeBlock(response, bytes - start)) return start;
  const isOurs = status !== undefined && status >= 400;
  const text = isOurs ? await bodyText(response).catch(() => '') : '';
  response.destroy();
  if (status === 416) return undefined;
  const fault = faultIn(text);
  // A rejection of a crowded or restarting service is as good as none.
  if (fault !== undefined && fault.status < 500 && fault.status !== 429) {
    throw new Fault(fault.code, `block ${digest}: the cloud answers ${status}: ${fault.message}`);
  }
  if (fault !== undefined) throw new Error(`the cloud answers ${status}: ${fault.message}`);
  const { 'content-type': type = 'no type', 'content-length': length = 'unknown' } = headers;
  throw new Error(`not the block, but an answer ${status} (${type}, length ${length})`);
}

/** False for the page of a captive portal, which comes with status 200, too. */
function maybeBlock({ headers }: IncomingMessage, bytes: number): boolean {
  const { 'content-type': type = '', 'content-length': length = `${bytes}` } = headers;
  return Number(length) === bytes && !type.startsWith('text/');
}

/** True when the answer has the block's digest or its length, which no page has by chance. */
function hasMarks(
  { headers }: IncomingMessage,
  { digest, bytes }: Download,
  start: number,
): boolean {
  return headers.etag === `"${digest}"` || Number(headers['content-length']) === bytes - start;
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
