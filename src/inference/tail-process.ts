/** The process that runs the cloud's part of networks: started by the pool, speaks by its pipe, may be killed at any time. */
import { packTensors, serve } from '../runtime/index.js';
import { decodeUpload, Fault, type Tensor, tensorBytes } from '../wire/index.js';
import { isAllFinite } from './finite.js';
import { SessionCache } from './session-cache.js';
import type { RunReply, TailHead } from './tail-call.js';

const sessions = new SessionCache();

/** Runs blocks in order; every tensor made on the way stays at hand for the blocks after it. */
async function runBlocks(head: TailHead, tensors: Map<string, Tensor>): Promise<void> {
  for (const block of head.blocks) {
    const session = await sessions.session(block, head.settings);
    const feeds = new Map(session.inputs.map((name) => [name, tensorNamed(tensors, name)]));
    for (const [name, tensor] of await session.run(feeds)) tensors.set(name, tensor);
  }
}

function tensorNamed(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new Fault('FRAME_FAILED', `nothing made the tensor ${name}`);
  return tensor;
}

await serve({
  run: async (message) => {
    const head = message.head as TailHead;
    const tensors = new Map<string, Tensor>();
    for (const [i, tensor] of head.tensors.entries()) {
      const encoded = { ...tensor, bytes: message.buffers[i] ?? new Uint8Array(0) };
      tensors.set(tensor.name, await decodeUpload(tensor, encoded, tensor.image));
    }
    const nonFinite = [...tensors]
      .filter(([, tensor]) => !isAllFinite(tensor))
      .map(([name]) => name);
    await runBlocks(head, tensors);
    const outputs = head.outputs.map((name) => [name, tensorNamed(tensors, name)] as const);
    const { parts, buffers } = packTensors(new Map(outputs));
    return { head: { parts, nonFinite } satisfies RunReply, buffers };
  },
  /** Opens the sessions of a plan and runs them once on zeros: the first run of a session is slower than all others. */
  warm: async (message) => {
    const head = message.head as TailHead;
    const zeros = head.tensors.map(({ name, dtype, dims }): [string, Tensor] => [
      name,
      { dtype, dims, data: new Uint8Array(tensorBytes({ dtype, dims })) },
    ]);
    await runBlocks(head, new Map(zeros));
    return { head: {}, buffers: [] };
  },
});
