/** Files of uploads: streamed to disk, hashed and counted, without memory by size. */
import { createHash, randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Fault, fileFaultOf } from '../../wire/index.js';

/** A complete file in the folder for incoming ones. */
export interface ReceivedFile {
  readonly path: string;
  readonly bytes: number;
  /** SHA-256. */
  readonly digest: string;
  /** Removes it. */
  discard(): Promise<void>;
}

/** Where uploads are written. */
export interface UploadPlace {
  readonly folder: string;
  /** Max bytes of all files of a request. */
  readonly limitBytes: number;
  /** Throws DISK_FULL when the disk has no room for this number of bytes. */
  expectRoom(bytes: number): Promise<void>;
}

/** Room is checked again after as many bytes: others write to the disk meanwhile, and a stream may have no length. */
const CHECKED_BYTES = 16 * 1024 ** 2;

/**
 * Writes a stream into a new file of the folder. The file is removed again when the stream breaks off, is longer than
 * the limit (UPLOAD_TOO_LARGE) or finds no room (DISK_FULL); the stream is left as it then is, so that the answer can still
 * be sent on its socket.
 */
export async function receiveFile(
  source: Readable,
  { folder, limitBytes, expectRoom }: UploadPlace,
): Promise<ReceivedFile> {
  const path = join(folder, randomUUID());
  const file = await open(path, 'wx');
  const hash = createHash('sha256');
  const discard = () => rm(path, { force: true });
  let bytes = 0;
  let checkedBytes = 0;
  try {
    for await (const piece of source.iterator({ destroyOnReturn: false })) {
      bytes += piece.length;
      if (bytes > limitBytes) throw tooLarge(limitBytes);
      if (bytes - checkedBytes > CHECKED_BYTES) {
        await expectRoom(0);
        checkedBytes = bytes;
      }
      hash.update(piece);
      await file.writeFile(piece);
    }
    await file.close();
    return { path, bytes, digest: hash.digest('hex'), discard };
  } catch (error) {
    // What failed first is reported: a full disk may fail to close the file, too.
    await file.close().catch(() => undefined);
    await discard().catch(() => undefined);
    if (source.errored === null || fileFaultOf(error) !== undefined) throw error;
    throw new Fault('REQUEST_INVALID', `upload: broke off after ${bytes} bytes`, {
      cause: error,
    });
  }
}

export function tooLarge(limitBytes: number): Fault {
  const advice = 'raise FLOTILLA_UPLOAD_LIMIT_BYTES to allow more';
  return new Fault('UPLOAD_TOO_LARGE', `model larger than ${limitBytes} bytes; ${advice}`);
}
