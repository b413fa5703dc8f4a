/** The process that runs the cloud's part of networks: started by the pool, speaks by its pipe, may be killed at any time. */
import { type Message, packTensors, serve } from '../../runtime/index.js';
import { decodeUpload, Fault, type Tensor, tensorBytes } from '../../wire/index.js';
import { type BegunFrame, BegunFrames, newFrame, workMs } from './begun-frames.js';
import { isAllFinite } from './finite.js';
import { SessionCache } from './session-cache.js';
import type { RunReply, TailHead } from './tail-call.js';

const sessions = new SessionCache();
const begunFrames = new BegunFrames();

/** Decodes what is new among a call's tensors. */
async function take(
  { head, buffers }: Message,
  { tensors, decodings }: BegunFrame,
): Promise<TailHead> {
  const call = head as TailHead;
  for (const [i, tensor] of call.tensors.entries()) {
    if (tensors.has(tensor.name)) continue;
    const bytes = buffers[i] ?? new Uint8Array(0);
    const startMs = performance.now();
    tensors.set(tensor.name, await decodeUpload(tensor, { ...tensor, bytes }, tensor.image));
    const { encoding } = tensor;
    decodings.push({ encoding, bytes: bytes.length, ms: performance.now() - startMs });
  }
  return call;
}

/** Runs in order the blocks that were not run and have their inputs; every tensor made on the way is kept. */
async function runReady(head: TailHead, { tensors, blockMs }: BegunFrame): Promise<void> {
  for (const block of head.blocks) {
    if (blockMs.has(block.digest)) continue;
    const open = await sessions.take(block, head.settings);
    const { session, isWarm } = open;
    if (!session.inputs.every((name) => tensors.has(name))) continue;
    const feeds = new Map(session.inputs.map((name) => [name, tensorNamed(tensors, name)]));
    const startMs = performance.now();
    for (const [name, tensor] of await session.run(feeds)) tensors.set(name, tensor);
    blockMs.set(block.digest, isWarm ? performance.now() - startMs : null);
    open.isWarm = true;
  }
}

function tensorNamed(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new Fault('FRAME_FAILED', `nothing made the tensor ${name}`);
  return tensor;
}

await serve({
  /** Some tensors of a frame: runs what they suffice for, and keeps it for a while. */
  begin: async (message) => {
    const { frame } = message.head as TailHead;
    const begun = begunFrames.take(frame);
    begunFrames.keep(frame, begun);
    // They are used again by a later call.
    const buffers = message.buffers.map((buffer) => Uint8Array.from(buffer));
    await runReady(await take({ ...message, buffers }, begun), begun);
    return { head: {}, buffers: [] };
  },
  run: async (message) => {
    const begun = begunFrames.take((message.head as TailHead).frame);
    const earlierMs = workMs(begun);
    const head = await take(message, begun);
    const { tensors, decodings } = begun;
    const nonFinite = head.tensors
      .map(({ name }) => name)
      .filter((name) => !isAllFinite(tensorNamed(tensors, name)));
    await runReady(head, begun);
    const outputs = head.outputs.map((name) => [name, tensorNamed(tensors, name)] as const);
    const { parts, buffers } = packTensors(new Map(outputs));
    const blockMs = [...begun.blockMs].flatMap(([digest, ms]) =>
      ms === null ? [] : [[digest, ms] as const],
    );
    const allMs = workMs(begun);
    const callMs = allMs === null || earlierMs === null ? null : allMs - earlierMs;
    const reply: RunReply = { parts, nonFinite, blockMs, decodings, workMs: callMs };
    return { head: reply, buffers };
  },
  /** Opens the sessions of a plan and runs them once on zeros: the first run of a session is slower than all others. */
  warm: async (message) => {
    const head = message.head as TailHead;
    const zeros = head.tensors.map(({ name, dtype, dims }): [string, Tensor] => [
      name,
      { dtype, dims, data: new Uint8Array(tensorBytes({ dtype, dims })) },
    ]);
    await runReady(head, { ...newFrame(), tensors: new Map(zeros) });
    return { head: {}, buffers: [] };
  },
});
