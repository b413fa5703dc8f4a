/**
 * The thread that runs blocks. `run()` of ONNX Runtime blocks its thread, so the network never shares it; and ending
 * a thread in a run aborts the whole process, so it only ends when asked to, between two runs.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { BlockRunner } from './block-runner.js';
import type {
  ComputeAnswer,
  ComputeMethod,
  ComputeMethods,
  ComputeRequest,
  ComputeSettings,
} from './compute-protocol.js';
import { Runtime } from './runtime.js';

type Result = ComputeMethods[ComputeMethod][1];

/** Serves the main thread until it says close. */
export function serveCompute(): void {
  if (parentPort === null) throw new Error('the compute thread has no parent');
  const port = parentPort;
  const { threads, ...emulation } = workerData as ComputeSettings;
  const loading = Runtime.load(threads).then((runtime) => new BlockRunner(runtime, emulation));
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
  loading: Promise<BlockRunner>,
  { id, method, body }: ComputeRequest,
): Promise<ComputeAnswer> {
  try {
    // TypeScript cannot pair a method and its body across a union.
    const runner = (await loading) as Record<ComputeMethod, (body: unknown) => Promise<Result>>;
    return { id, ok: true, body: await runner[method](body) };
  } catch (error) {
    return { id, ok: false, text: error instanceof Error ? error.message : String(error) };
  }
}

function transfersOf(answer: ComputeAnswer): ArrayBuffer[] {
  if (!answer.ok || answer.body === undefined) return [];
  if ('encoded' in answer.body) return [answer.body.encoded.bytes.buffer as ArrayBuffer];
  if (!('tensors' in answer.body)) return [];
  return answer.body.tensors.map(([, { data }]) => data.buffer as ArrayBuffer);
}
