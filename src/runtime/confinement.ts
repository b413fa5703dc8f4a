/**
 * What keeps a child from harming its host: a limit on the memory it may write to, no core dumps, a bare environment,
 * and an eye on its resident set (for what the limit does not count).
 */
import { readFileSync } from 'node:fs';

const KIB = 1024;
const PAGE_BYTES = 4096;
const WATCH_INTERVAL_MS = 200;
/** What Node and the runtime take before any model is there. */
const OWN_BYTES = 160 * 1024 * KIB;

/**
 * The data-segment limit is used, not the address-space one: Node reserves gigabytes of addresses it never touches, but
 * only memory that may be written to counts as data.
 */
const CONFINED = 'ulimit -c 0; ulimit -d "$1"; shift; exec nice -n "$@"';

/**
 * The command that runs a program under a memory limit and with a niceness, from its first thread on: a priority that the parent
 * sets afterwards does not reach threads that exist by then.
 */
export function confinedCommand(
  memoryBytes: number,
  niceness: number,
  program: string,
  args: readonly string[],
): readonly [string, readonly string[]] {
  const limitKib = Math.ceil((memoryBytes + OWN_BYTES) / KIB);
  const words = [limitKib, niceness, program, ...args].map(String);
  return ['/bin/sh', ['-c', CONFINED, 'sh', ...words]];
}

/** The environment of a child: where programs are and nothing else, above all no secrets. */
export function bareEnvironment(): Record<string, string> {
  const { PATH, TMPDIR } = process.env;
  return { ...(PATH && { PATH }), ...(TMPDIR && { TMPDIR }) };
}

/** Resident bytes of a process; 0 when it is gone or the system has no /proc. */
function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
  } catch {
    return 0;
  }
}

/** Calls back once when a process holds more memory than it may; the answer ends the watch. */
export function watchMemory(pid: number, memoryBytes: number, onExceeded: () => void): () => void {
  const timer = setInterval(() => {
    if (residentBytes(pid) <= memoryBytes + OWN_BYTES) return;
    clearInterval(timer);
    onExceeded();
  }, WATCH_INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
