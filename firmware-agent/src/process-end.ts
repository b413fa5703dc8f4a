/**
 * The end of the process within a bound. A read of a dead mount and a run of a network cannot be broken off, and `process.exit` waits for
 * both (libuv joins its threads). So a process that is still held after its bound says by what, and ends itself by SIGKILL. The
 * ledger survives that as it survives a loss of power.
 */
import { monotonicMs, pause } from './clock.js';
import { errorText, type Log } from './log.js';

/** How long a process may live after its last part was closed. */
const LEAVE_MS = 1000;
/** Requests in libuv's threads and threads of JavaScript: `process.exit` waits for them. */
const JOINED = /^(FSReq|WORK|Worker|MessagePort|GETADDRINFO|GETNAMEINFO|FileHandle)/i;

/** What keeps the process from ending, by kind: "FSReqPromise, 2 Timeout". */
export function heldBy(resources: readonly string[] = process.getActiveResourcesInfo()): string {
  const counts = new Map<string, number>();
  for (const kind of resources) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const texts = [...counts].map(([kind, count]) => (count === 1 ? kind : `${count} ${kind}`));
  return texts.length === 0 ? 'a thread' : texts.join(', ');
}

/** Lets the process end by itself with an exit code; one that is still held after a second ends anyhow, and says by what it was held. */
export function leave(exitCode: number, log: Pick<Log, 'error'>, withinMs = LEAVE_MS): void {
  process.exitCode = exitCode;
  const end = (): void => {
    const resources = process.getActiveResourcesInfo();
    log.error(`the process is still held by ${heldBy(resources)}; it ends now`);
    if (resources.some((kind) => JOINED.test(kind))) process.kill(process.pid, 'SIGKILL');
    process.exit();
  };
  setTimeout(end, withinMs).unref();
}

/** Closes parts one after the other within one bound for all. A part that is late is named and left behind. */
export class Closing {
  private readonly untilMs: number;
  /** Parts that were not closed within their time. */
  readonly late: string[] = [];

  constructor(
    totalMs: number,
    private readonly log: Log,
  ) {
    this.untilMs = monotonicMs() + totalMs;
  }

  /** Waits for a part, at most so long; the failure of a part is logged and keeps no other from its close. */
  async part(name: string, withinMs: number, closed: Promise<unknown>): Promise<void> {
    const waitMs = Math.min(withinMs, Math.max(0, this.untilMs - monotonicMs()));
    const done = closed.then(
      () => true,
      (error: unknown) => {
        this.log.error(`${name}: ${errorText(error)}`);
        return true;
      },
    );
    const over = new AbortController();
    const isClosed = await Promise.race([done, pause(waitMs, over.signal).then(() => false)]);
    over.abort();
    if (isClosed) return;
    this.late.push(name);
    this.log.error(`${name}: not closed within ${(waitMs / 1000).toFixed(1)} s (${heldBy()})`);
  }
}
