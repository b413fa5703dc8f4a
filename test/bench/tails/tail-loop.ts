/** The process a pool is measured against: nothing but ONNX Runtime running the same blocks on the same tensors over and over. */
import {
  openSession,
  type Session,
  serve,
  type TensorParts,
  unpackTensors,
} from '../../../src/runtime/index.js';

/** Input of the loop: files of blocks in order, and the types of the tensors that come as buffers. */
export interface LoopHead {
  readonly paths: readonly string[];
  readonly parts: TensorParts;
  readonly threads: number;
  readonly forMs: number;
}

const sessions = new Map<string, Session>();

async function sessionOf(path: string, threads: number): Promise<Session> {
  const session = sessions.get(path) ?? (await openSession(path, { threads }));
  sessions.set(path, session);
  return session;
}

await serve({
  /** Answers with how many frames a second it ran. */
  loop: async ({ head, buffers }) => {
    const { paths, parts, threads, forMs } = head as LoopHead;
    const inputs = unpackTensors(parts, buffers);
    const blocks = await Promise.all(paths.map((path) => sessionOf(path, threads)));
    const startMs = performance.now();
    let frames = 0;
    while (performance.now() - startMs < forMs) {
      const tensors = new Map(inputs);
      for (const block of blocks) {
        const feeds = new Map([...tensors].filter(([name]) => block.inputs.includes(name)));
        for (const [name, tensor] of await block.run(feeds)) tensors.set(name, tensor);
      }
      frames += 1;
    }
    return { head: (1000 * frames) / (performance.now() - startMs), buffers: [] };
  },
});
