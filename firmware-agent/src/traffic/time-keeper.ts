/** Finds out the time for the cap of the month: once after every start of the machine, and again until the service answers. */
import { pause } from '../clock.js';
import { type TimeSource, timeOfCloud } from './cloud-time.js';
import type { Traffic } from './traffic.js';

/** Between two questions; over TLS one costs about 5 kB. */
const AGAIN_MS = 3_600_000;
/** The same when the cap is reached: ten questions a month at most. */
const OVER_AGAIN_MS = 3 * 86_400_000;
/** The first question waits for the network. */
const FIRST_MS = 2000;

export class TimeKeeper {
  private readonly stop = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly source: TimeSource,
    private readonly traffic: Traffic,
  ) {}

  start(): void {
    if (this.traffic.needsTime) this.running = this.run();
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stop;
    for (let waitMs = FIRST_MS; !signal.aborted; ) {
      await pause(waitMs, signal);
      if (signal.aborted) return;
      const atMs = await timeOfCloud(this.source, signal);
      if (atMs !== undefined) return this.traffic.learnTime(atMs);
      waitMs = this.traffic.isOver ? OVER_AGAIN_MS : AGAIN_MS;
    }
  }
}
