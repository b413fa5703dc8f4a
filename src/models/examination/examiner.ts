/** Starts and follows examining processes; maps how they end to faults. */
import { type ChildProcess, type Loss, spawnChild } from '../../runtime/index.js';
import { Fault } from '../../wire/index.js';
import type { Progress } from './examined.js';

const ENTRY = new URL('./examiner-process.js', import.meta.url);
const MIB = 1024 ** 2;

/** Limits of an examination. */
export interface Allowance {
  readonly memoryBytes: number;
  /** For each call. */
  readonly timeoutMs: number;
  /** Stops it at once. */
  readonly signal?: AbortSignal;
}

/** Calls a method of an examining process (see examiner-process.ts) and waits for its answer. */
export type ExaminerCall = (
  method: 'examine' | 'measure' | 'open' | 'check',
  head: unknown,
  onProgress?: (progress: Progress) => void,
) => Promise<unknown>;

/**
 * Lends a fresh examining process and ends it afterwards. Calls throw the method's Fault, MODEL_TOO_COSTLY when the
 * process was ended for its time or memory, MODEL_REFUSED when it crashed, WORKER_LOST when it was stopped.
 */
export async function withExaminer<T>(
  allowance: Allowance,
  use: (call: ExaminerCall) => Promise<T>,
): Promise<T> {
  const { memoryBytes, timeoutMs, signal } = allowance;
  const child = spawnChild({ name: 'model examiner', entry: ENTRY, memoryBytes });
  const call: ExaminerCall = async (method, head, onProgress) => {
    try {
      const reply = await child.call(method, head, [], {
        timeoutMs,
        onProgress: (progress) => onProgress?.(progress as Progress),
        ...(signal && { signal }),
      });
      return reply.head;
    } catch (error) {
      throw faultOf(error, child, allowance);
    }
  };
  try {
    return await use(call);
  } finally {
    child.kill();
    await child.ended;
  }
}

function faultOf(error: unknown, child: ChildProcess, allowance: Allowance): unknown {
  const { loss } = child;
  if (loss === undefined) return error;
  const options = { cause: error };
  const why = costText(loss, allowance);
  if (why !== undefined) return new Fault('MODEL_TOO_COSTLY', `the model ${why}`, options);
  if (loss.reason !== 'exit') return error;
  const how = loss.signal ?? `exit code ${loss.exitCode}`;
  return new Fault('MODEL_REFUSED', `model refused: its process crashed (${how})`, options);
}

function costText({ reason }: Loss, { memoryBytes, timeoutMs }: Allowance): string | undefined {
  const mib = Math.round(memoryBytes / MIB);
  if (reason === 'timeout') return `was not examined within ${timeoutMs / 1000} s`;
  if (reason === 'memory') return `needs more than ${mib} MiB, the limit of an examination`;
  return undefined;
}
