/** The device's clocks: durations come from the monotonic one; wall time is only shown to people. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Milliseconds since the machine started (CLOCK_MONOTONIC), the same for every process on it. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Where the kernel names no start: another name for every process, since process ids come again. */
const PROCESS_BOOT = `process-${randomUUID()}`;

/** Changes with every start of the machine: monotonic times can only be compared under the same one. */
export function bootId(): string {
  return kernelBootId() ?? PROCESS_BOOT;
}

/** The start of the machine as the kernel names it; undefined where it names none. */
export function kernelBootId(file = '/proc/sys/kernel/random/boot_id'): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Resolves after some milliseconds, or at once when the signal aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** Resolves when the signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Waits for a promise, but no longer than some milliseconds, and leaves no timer behind. */
export async function waitAtMost(ms: number, promise: Promise<unknown>): Promise<void> {
  const late = new AbortController();
  await Promise.race([promise, pause(ms, late.signal)]).finally(() => late.abort());
}
