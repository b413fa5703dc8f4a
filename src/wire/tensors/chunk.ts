/**
 * One chunk of a tensor sent to the cloud: a fixed little-endian header, then bytes.
 * The checksum covers header and bytes and detects any single flipped bit.
 *
 * offset  bytes  field                         offset  bytes  field
 *      0      4  magic "FLT1"                      32      4  deadline, ms from the frame's start
 *      4      1  version (1)                       36      4  age, ms since the frame's start
 *      5      1  flags                             40     16  frame id
 *      6      1  encoding                          56      8  model digest, first 8 bytes
 *      7      1  dtype (ONNX number)               64      4  scale (f32)
 *      8      1  rank (0–8)                        68      4  zero point (i32)
 *      9      1  reserved (0)                      72     32  dims, u32 each, unused ones 0
 *     10      2  tensor index in plan.uploads     104      4  chunk number
 *     12      4  offset in the tensor, bytes      108      4  CRC-32C of all but these four bytes
 *     16      4  chunk length, bytes              112         the chunk's bytes
 *     20      4  tensor length, bytes, as encoded
 *     24      4  chunks in this tensor
 *     28      4  plan version
 */

import { Fault } from '../faults.js';
import { crc32c } from './crc32c.js';
import { type Encoding, encodedBytes, encodings, isEncodedLength } from './encoding.js';
import { type Dtype, dtypeNumber, dtypeOf } from './tensor.js';
import { isAffine } from './tensor-codec.js';

export const CHUNK_HEADER_BYTES = 112;
const MAGIC = 0x31544c46;
const VERSION = 1;
const CRC_AT = 108;
const RESERVED_AT = 9;
const DIMS_AT = 72;
const MAX_RANK = 8;
const FLAG_LAST_OF_TENSOR = 1;
const FLAG_LAST_OF_FRAME = 2;

export interface Chunk {
  /** 32 lower-case hex digits, unique per frame. */
  readonly frame: string;
  /** The first 16 hex digits of the model's digest. */
  readonly model: string;
  readonly planVersion: number;
  readonly tensorIndex: number;
  readonly encoding: Encoding;
  readonly dtype: Dtype;
  readonly dims: readonly number[];
  /** Under `u8` the numbers are scale × (byte − zeroPoint). */
  readonly scale: number;
  readonly zeroPoint: number;
  readonly deadlineMs: number;
  /** Milliseconds between the frame's start and the making of this chunk, on the device's clock. */
  readonly ageMs: number;
  readonly chunkIndex: number;
  readonly chunkCount: number;
  readonly offset: number;
  /** Length of the whole tensor as encoded. */
  readonly tensorBytes: number;
  readonly isLastOfTensor: boolean;
  readonly isLastOfFrame: boolean;
  readonly bytes: Uint8Array;
}

const U32_MAX = 0xffff_ffff;
const clampU32 = (value: number): number => Math.max(0, Math.min(U32_MAX, Math.round(value)));

/** Header and bytes as one packet; throws CHUNK_MALFORMED for a chunk that decodeChunk would reject. */
export function encodeChunk(chunk: Chunk): Uint8Array {
  const packet = new Uint8Array(CHUNK_HEADER_BYTES + chunk.bytes.length);
  const view = new DataView(packet.buffer);
  checkConsistent(chunk);
  view.setUint32(0, MAGIC, true);
  packet[4] = VERSION;
  packet[5] =
    (chunk.isLastOfTensor ? FLAG_LAST_OF_TENSOR : 0) |
    (chunk.isLastOfFrame ? FLAG_LAST_OF_FRAME : 0);
  packet[6] = encodings.indexOf(chunk.encoding);
  packet[7] = dtypeNumber(chunk.dtype);
  packet[8] = chunk.dims.length;
  view.setUint16(10, chunk.tensorIndex, true);
  view.setUint32(12, chunk.offset, true);
  view.setUint32(16, chunk.bytes.length, true);
  view.setUint32(20, chunk.tensorBytes, true);
  view.setUint32(24, chunk.chunkCount, true);
  view.setUint32(28, chunk.planVersion, true);
  view.setUint32(32, clampU32(chunk.deadlineMs), true);
  view.setUint32(36, clampU32(chunk.ageMs), true);
  packet.set(fromHex(chunk.frame), 40);
  packet.set(fromHex(chunk.model), 56);
  view.setFloat32(64, chunk.scale, true);
  view.setInt32(68, chunk.zeroPoint, true);
  for (const [i, dim] of chunk.dims.entries()) view.setUint32(DIMS_AT + 4 * i, dim, true);
  view.setUint32(104, chunk.chunkIndex, true);
  packet.set(chunk.bytes, CHUNK_HEADER_BYTES);
  view.setUint32(CRC_AT, checksum(packet), true);
  return packet;
}

/**
 * The chunk in a packet; its bytes are a view into the packet, not a copy.
 * Throws CHUNK_MALFORMED, CHUNK_VERSION or CHUNK_CHECKSUM; no size in the header causes an allocation.
 */
export function decodeChunk(packet: Uint8Array): Chunk {
  if (packet.length < CHUNK_HEADER_BYTES) {
    throw malformed(`${packet.length} bytes are less than the header of ${CHUNK_HEADER_BYTES}`);
  }
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw malformed('magic is not FLT1');
  const version = view.getUint8(4);
  if (version !== VERSION) {
    throw new Fault('CHUNK_VERSION', `chunk version ${version} not supported; use ${VERSION}`);
  }
  if (view.getUint32(CRC_AT, true) !== checksum(packet)) {
    throw new Fault('CHUNK_CHECKSUM', 'CRC-32C of the chunk does not match its bytes');
  }
  const chunk = readFields(packet, view);
  if (view.getUint32(16, true) !== chunk.bytes.length) {
    throw malformed(
      `header announces ${view.getUint32(16, true)} bytes, ${chunk.bytes.length} follow`,
    );
  }
  checkConsistent(chunk);
  return chunk;
}

function readFields(packet: Uint8Array, view: DataView): Chunk {
  const encoding = encodings[view.getUint8(6)];
  if (encoding === undefined) throw malformed(`encoding ${view.getUint8(6)} is unknown`);
  const dtype = dtypeOf(view.getUint8(7));
  if (dtype === undefined) throw malformed(`dtype ${view.getUint8(7)} is unknown`);
  const rank = view.getUint8(8);
  if (rank > MAX_RANK) throw malformed(`rank ${rank} is above ${MAX_RANK}`);
  const flags = view.getUint8(5);
  if (flags > (FLAG_LAST_OF_TENSOR | FLAG_LAST_OF_FRAME))
    throw malformed(`flags ${flags} are unknown`);
  checkUnused(view, rank);
  return {
    frame: toHex(packet.subarray(40, 56)),
    model: toHex(packet.subarray(56, 64)),
    planVersion: view.getUint32(28, true),
    tensorIndex: view.getUint16(10, true),
    encoding,
    dtype,
    dims: Array.from({ length: rank }, (_, i) => view.getUint32(DIMS_AT + 4 * i, true)),
    scale: view.getFloat32(64, true),
    zeroPoint: view.getInt32(68, true),
    deadlineMs: view.getUint32(32, true),
    ageMs: view.getUint32(36, true),
    chunkIndex: view.getUint32(104, true),
    chunkCount: view.getUint32(24, true),
    offset: view.getUint32(12, true),
    tensorBytes: view.getUint32(20, true),
    isLastOfTensor: (flags & FLAG_LAST_OF_TENSOR) !== 0,
    isLastOfFrame: (flags & FLAG_LAST_OF_FRAME) !== 0,
    bytes: packet.subarray(CHUNK_HEADER_BYTES),
  };
}

/** What has no meaning is zero: a sender that sets it means something that this receiver does not know. */
function checkUnused(view: DataView, rank: number): void {
  const reserved = view.getUint8(RESERVED_AT);
  if (reserved !== 0) throw malformed(`reserved byte ${RESERVED_AT} is ${reserved}, it must be 0`);
  for (let place = rank; place < MAX_RANK; place++) {
    const dim = view.getUint32(DIMS_AT + 4 * place, true);
    if (dim !== 0) {
      throw malformed(`dims[${place}] is ${dim}, beyond rank ${rank} it must be 0`);
    }
  }
}

/** Checks the consistency of the fields of a chunk, independent of the plan. */
function checkConsistent(chunk: Chunk): void {
  const { offset, bytes, tensorBytes, chunkIndex, chunkCount, dims, dtype, encoding } = chunk;
  if (dims.length > MAX_RANK) throw malformed(`rank ${dims.length} is above ${MAX_RANK}`);
  if (encoding !== 'raw' && dtype !== 'float32') {
    throw malformed(`${dtype} not allowed as ${encoding}; only float32 is`);
  }
  if (!isEncodedLength(encoding, { dtype, dims }, tensorBytes)) {
    const wanted = encodedBytes(encoding, { dtype, dims });
    throw malformed(
      `dims [${dims.join(',')}] take ${wanted} bytes as ${encoding}, the header says ${tensorBytes}`,
    );
  }
  if (encoding === 'u8' && !isAffine(chunk.scale, chunk.zeroPoint)) {
    throw malformed(
      `scale ${chunk.scale} and zero point ${chunk.zeroPoint} make no finite numbers`,
    );
  }
  if (offset + bytes.length > tensorBytes) {
    throw malformed(
      `bytes ${offset}–${offset + bytes.length} exceed the tensor of ${tensorBytes} bytes`,
    );
  }
  if (chunkIndex >= chunkCount)
    throw malformed(`chunk ${chunkIndex} of ${chunkCount} does not exist`);
  if (bytes.length === 0 && tensorBytes > 0) throw malformed('chunk is empty');
  if (chunk.isLastOfTensor !== (chunkIndex === chunkCount - 1)) {
    throw malformed(`chunk ${chunkIndex} of ${chunkCount} and its last-chunk flag disagree`);
  }
}

function checksum(packet: Uint8Array): number {
  const header = crc32c(packet.subarray(0, CRC_AT));
  return crc32c(packet.subarray(CRC_AT + 4), header);
}

function malformed(why: string): Fault {
  return new Fault('CHUNK_MALFORMED', `chunk rejected: ${why}`);
}

/** Lower-case hex digits of bytes. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The bytes of an even number of hex digits. */
export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
}
