/** Periodic work in the background, such as the removal of expired rows or a look at what may have changed. */
import type { Clock, Timer } from './clock.js';

interface SweepOptions {
  readonly everyMs: number;
  readonly clock: Clock;
  readonly log: { warn(fields: { readonly err: unknown }, text: string): void };
  /** Logged with the error of a run that failed; the next run comes at its time. */
  readonly failed: string;
}

/** Runs a task at the start and then periodically, never twice at the same time. */
export class Sweep {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private timer: Timer | undefined;

  constructor(
    private readonly options: SweepOptions,
    /** Ends early when the signal is aborted. */
    private readonly task: (stopping: AbortSignal) => Promise<void>,
  ) {}

  start(): void {
    const { clock, everyMs } = this.options;
    this.run();
    this.timer = clock.every(everyMs, () => this.run());
  }

  /** Resolves when a run under way has ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.timer?.cancel();
    await this.running;
  }

  /** Runs before its time; nothing while a run is under way or after the stop. */
  run(): void {
    if (this.stopping.signal.aborted) return;
    this.running ??= this.runOnce().finally(() => {
      this.running = undefined;
    });
  }

  private async runOnce(): Promise<void> {
    const { log, failed } = this.options;
    try {
      await this.task(this.stopping.signal);
    } catch (err) {
      if (!this.stopping.signal.aborted) log.warn({ err }, failed);
    }
  }
}
