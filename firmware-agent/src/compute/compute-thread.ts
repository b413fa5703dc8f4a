/**
 * The thread that runs blocks. `run()` of ONNX Runtime blocks its thread, so the network never shares it; and ending
 * a thread in a run aborts the whole process, so it only ends when asked to, between two runs.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { monotonicMs } from '../clock.js';
import type {
  ComputeAnswer,
  ComputeMethod,
  ComputeMethods,
  ComputeRequest,
  ComputeSettings,
  NamedTensors,
} from './compute-protocol.js';
import { type BlockSession, Runtime, tensorOf, type Value } from './runtime.js';

type Handlers = {
  [M in ComputeMethod]: (body: ComputeMethods[M][0]) => Promise<ComputeMethods[M][1]>;
};

/** Serves the main thread until it says close. */
export function serveCompute(): void {
  if (parentPort === null) throw new Error('the compute thread has no parent');
  const port = parentPort;
  const { threads, slowdown } = workerData as ComputeSettings;
  const loading = Runtime.load(threads).then((runtime) => createHandlers(runtime, slowdown));
  let queue = Promise.resolve();
  port.on('message', (request: ComputeRequest) => {
    queue = queue.then(async () => {
      const answer = await serve(loading, request);
      port.postMessage(answer, transfersOf(answer));
      if (request.method === 'close') port.close();
    });
  });
}

async function serve(
  loading: Promise<Handlers>,
  { id, method, body }: ComputeRequest,
): Promise<ComputeAnswer> {
  try {
    const handlers = await loading;
    const handle = handlers[method] as (body: unknown) => Promise<ComputeMethods[ComputeMethod][1]>;
    return { id, ok: true, body: await handle(body) };
  } catch (error) {
    return { id, ok: false, text: error instanceof Error ? error.message : String(error) };
  }
}

function transfersOf(answer: ComputeAnswer): ArrayBuffer[] {
  if (!answer.ok || answer.body === undefined || !('tensors' in answer.body)) return [];
  return answer.body.tensors.map(([, { data }]) => data.buffer as ArrayBuffer);
}

function createHandlers(runtime: Runtime, slowdown: number): Handlers {
  const sessions = new Map<string, BlockSession>();
  const frames = new Map<string, Map<string, Value>>();
  const stretch = stretcher(slowdown);

  const sessionOf = (digest: string): BlockSession => {
    const session = sessions.get(digest);
    if (session === undefined) throw new Error(`block ${digest} is not loaded`);
    return session;
  };
  const valuesOf = (frame: string) => {
    const values = frames.get(frame);
    if (values === undefined) throw new Error(`frame ${frame} was not begun`);
    return values;
  };
  const keep = async (digests: ReadonlySet<string>): Promise<undefined> => {
    for (const [digest, session] of sessions) {
      if (digests.has(digest)) continue;
      sessions.delete(digest);
      await session.release();
    }
  };

  return {
    async open({ blocks }) {
      for (const { digest, path } of blocks) {
        if (!sessions.has(digest)) sessions.set(digest, await runtime.open(path));
      }
    },
    keep: ({ digests }) => keep(new Set(digests)),
    async begin({ frame, inputs }) {
      frames.set(frame, new Map(inputs.map(([name, tensor]) => [name, runtime.valueOf(tensor)])));
    },
    async run({ frame, digest, wanted }) {
      const values = valuesOf(frame);
      const startMs = monotonicMs();
      const outputs = await sessionOf(digest).run(values);
      stretch(digest, monotonicMs() - startMs);
      const ms = monotonicMs() - startMs;
      for (const [name, value] of outputs) values.set(name, value);
      const tensors: NamedTensors = [...outputs]
        .filter(([name]) => wanted.includes(name))
        .map(([name, value]) => [name, tensorOf(value)]);
      return { ms, tensors };
    },
    async measure({ frame, digest }) {
      const values = valuesOf(frame);
      const startMs = monotonicMs();
      const outputs = await sessionOf(digest).run(values);
      const ms = (monotonicMs() - startMs) * slowdown;
      for (const [name, value] of outputs) values.set(name, value);
      return { ms };
    },
    async end({ frame }) {
      frames.delete(frame);
    },
    close: () => keep(new Set()),
  };
}

/** A run is stretched by no more than this times the block's best: the host's hiccups are not the emulated device's. */
const HICCUP_RATIO = 1.5;

/** Sleeps after a run, so that run and sleep together take `factor` times what the run took. */
function stretcher(factor: number): (digest: string, ranMs: number) => void {
  const bestMs = new Map<string, number>();
  const cell = new Int32Array(new SharedArrayBuffer(4));
  return (digest, ranMs) => {
    if (factor === 1) return;
    const best = Math.min(ranMs, bestMs.get(digest) ?? ranMs);
    bestMs.set(digest, best);
    Atomics.wait(cell, 0, 0, Math.min(ranMs, HICCUP_RATIO * best) * (factor - 1));
  };
}
