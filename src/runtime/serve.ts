/**
 * The child's side: answers one call after the other until the parent goes away.
 *
 * ONNX Runtime blocks its thread anyway, so calls are read with blocking reads, straight into the memory of their tensors.
 */
import { readSync, writevSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { asFault, Fault } from '../wire/index.js';
import {
  decodeFrameHead,
  encodeFrameHead,
  type FrameHead,
  headLength,
  LENGTH_BYTES,
  type Message,
} from './frame-pipe.js';
import { SpareBuffers } from './spare-buffers.js';

/** The descriptor of the pipe to the parent. */
export const PIPE_FD = 3;
/** The descriptor of the memory shared with the parent, if there is any. */
export const MEMORY_FD = 4;

/** Answers a call; a thrown Fault reaches the caller as it is. The call's buffers are the handler's until it has answered. */
export type Handler = (
  message: Message,
  progress: (head: unknown) => void,
) => Message | Promise<Message>;

/**
 * A thread of its own that ends the process when standard input closes, as it does when the parent dies in whatever way:
 * the main thread may be inside a network that never returns.
 */
const PARENT_WATCH = `
const input = new (require('node:net').Socket)({ fd: 0 });
const end = () => process.kill(process.pid, 'SIGKILL');
input.on('close', end).on('error', end).resume();
`;

/** Serves calls by name until the pipe ends, then exits the process; never returns before. */
export async function serve(handlers: Readonly<Record<string, Handler>>): Promise<never> {
  new Worker(PARENT_WATCH, { eval: true }).unref();
  // The parent decides when a child ends; a Ctrl+C in the terminal reaches both.
  process.on('SIGINT', () => {});
  const spare = new SpareBuffers();
  for (;;) {
    const call = readCall(spare);
    if (call === undefined) process.exit(0);
    const { frame, buffers } = call;
    await answer(handlers, frame, { head: frame.head, buffers });
    spare.give(buffers);
  }
}

async function answer(
  handlers: Readonly<Record<string, Handler>>,
  frame: FrameHead,
  message: Message,
): Promise<void> {
  const { call } = frame;
  try {
    const { method, head } = frame.head as { method: string; head: unknown };
    const handler = handlers[method];
    if (handler === undefined) throw new Fault('INTERNAL', `no method '${method}' in this process`);
    const reply = await handler({ head, buffers: message.buffers }, (progress) =>
      write({ call, kind: 'progress', head: progress }, []),
    );
    write({ call, kind: 'reply', head: reply.head }, reply.buffers);
  } catch (error) {
    const { code, message: text } = asFault(error);
    write({ call, kind: 'fault', head: { code, message: text } }, []);
  }
}

function readCall(spare: SpareBuffers): { frame: FrameHead; buffers: Buffer[] } | undefined {
  const length = readInto(Buffer.allocUnsafe(LENGTH_BYTES));
  const text = length && readInto(Buffer.allocUnsafe(headLength(length)));
  if (text === undefined) return undefined;
  const frame = decodeFrameHead(text);
  const buffers: Buffer[] = [];
  for (const [i, bytes] of frame.buffers.entries()) {
    const buffer = readInto(spare.take(bytes), frame.places?.[i] ?? null);
    if (buffer === undefined) return undefined;
    buffers.push(buffer);
  }
  return { frame, buffers };
}

/** A buffer filled from the pipe, or from a place in shared memory; undefined when the pipe ends before. */
function readInto(target: Buffer, place: number | null = null): Buffer | undefined {
  const bytes = target.length;
  for (let filled = 0; filled < bytes; ) {
    const count =
      place === null
        ? readSync(PIPE_FD, target, filled, bytes - filled, null)
        : readSync(MEMORY_FD, target, filled, bytes - filled, place + filled);
    if (count === 0) return undefined;
    filled += count;
  }
  return target;
}

function write(frame: Omit<FrameHead, 'buffers'>, buffers: readonly Uint8Array[]): void {
  // At once: the parent would wake up for each piece.
  let left: readonly Uint8Array[] = [encodeFrameHead(frame, buffers), ...buffers];
  while (left.length > 0) left = behind(left, writevSync(PIPE_FD, left));
}

/** The rest of buffers behind a number of bytes. */
function behind(buffers: readonly Uint8Array[], bytes: number): Uint8Array[] {
  const left: Uint8Array[] = [];
  let skipped = bytes;
  for (const buffer of buffers) {
    if (skipped < buffer.length) left.push(buffer.subarray(skipped));
    skipped = Math.max(0, skipped - buffer.length);
  }
  return left;
}
