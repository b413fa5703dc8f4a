/** Starts the examining process, follows it, and says in the language of faults how it ended. */
import type { ChildProcess, Loss } from '../../runtime/index.js';
import { spawnChild } from '../../runtime/index.js';
import { Fault } from '../../wire/index.js';
import type { Progress } from './prepared-model.js';

const ENTRY = new URL('./examiner-process.js', import.meta.url);
const MIB = 1024 ** 2;

/** What an examination may cost. */
export interface Allowance {
  readonly memoryBytes: number;
  readonly timeoutMs: number;
  /** Stops it at once. */
  readonly signal?: AbortSignal;
}

/**
 * Calls a method of a fresh examining process and ends the process with it. Throws the method's Fault,
 * MODEL_TOO_COSTLY when the process was ended for its time or memory, WORKER_LOST when it was stopped.
 */
export async function inExaminer(
  method: 'examine' | 'prepare' | 'verify',
  head: unknown,
  allowance: Allowance,
  onProgress: (progress: Progress) => void,
): Promise<unknown> {
  const { memoryBytes, timeoutMs, signal } = allowance;
  const child = spawnChild({ name: 'model examiner', entry: ENTRY, memoryBytes });
  try {
    const reply = await child.call(method, head, [], {
      timeoutMs,
      onProgress: (progress) => onProgress(progress as Progress),
      ...(signal && { signal }),
    });
    return reply.head;
  } catch (error) {
    throw faultOf(error, child, allowance);
  } finally {
    child.kill();
    await child.ended;
  }
}

function faultOf(error: unknown, child: ChildProcess, allowance: Allowance): unknown {
  const loss = child.loss;
  if (loss === undefined) return error;
  const why = costText(loss, allowance);
  if (why !== undefined) return new Fault('MODEL_TOO_COSTLY', `the model ${why}`, { cause: error });
  if (loss.reason !== 'exit') return error;
  return new Fault(
    'MODEL_REFUSED',
    `the model is refused: ONNX Runtime crashed on it (${loss.signal ?? loss.exitCode})`,
    { cause: error },
  );
}

function costText({ reason }: Loss, { memoryBytes, timeoutMs }: Allowance): string | undefined {
  if (reason === 'timeout') return `was not examined within ${timeoutMs / 1000} s`;
  if (reason === 'memory')
    return `needs more than the ${Math.round(memoryBytes / MIB)} MiB an examination may take`;
  return undefined;
}
