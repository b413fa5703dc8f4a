/** Folds new frames into the roll-ups every few seconds, and removes expired frames and roll-ups every hour. */
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import {
  Clock,
  Config,
  EventBus,
  LimitedLog,
  Log,
  Sweep,
  type Timer,
} from '../../platform/index.js';
import { HistoryThread } from './history-thread.js';
import { keptDaysOf } from './kept-days.js';

/** Rows of roll-ups are written once in this time, however many frames go into them. */
const FOLD_MS = 5_000;
const SWEEP_MS = 3_600_000;

@Injectable()
export class Housekeeping implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log: Log;
  private readonly lines: LimitedLog;
  private readonly sweep: Sweep;
  private foldTimer: Timer | undefined;
  private isStopping = false;

  constructor(
    @Inject(HistoryThread) private readonly thread: HistoryThread,
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(Config) private readonly config: Config,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Log) log: Log,
  ) {
    this.log = log.child({ part: 'history' });
    this.lines = new LimitedLog(this.log, clock);
    this.sweep = new Sweep(
      { everyMs: SWEEP_MS, clock, log: this.log, failed: 'expired frames not removed' },
      () => this.remove(),
    );
  }

  onApplicationBootstrap(): void {
    this.events.on('history.framesStored', () => this.foldIn(FOLD_MS));
    // What a predecessor left unfolded.
    this.foldIn(FOLD_MS);
    this.sweep.start();
  }

  onModuleDestroy(): void {
    this.isStopping = true;
    this.foldTimer?.cancel();
    // A run under way ends when the thread closes.
    void this.sweep.stop();
  }

  private foldIn(ms: number): void {
    if (this.isStopping) return;
    this.foldTimer ??= this.clock.after(ms, () => void this.fold());
  }

  private async fold(): Promise<void> {
    let isDone = false;
    try {
      while (!isDone && !this.isStopping) isDone = await this.thread.call('fold');
    } catch (err) {
      this.lines.warn({ err }, 'frames not folded; retrying');
    }
    this.foldTimer = undefined;
    if (!isDone) this.foldIn(FOLD_MS);
  }

  private async remove(): Promise<void> {
    const kept = keptDaysOf(this.config);
    const removed = await this.thread.call('sweep', kept, this.clock.now().getTime());
    if (Object.values(removed).some((rows) => rows > 0)) {
      this.log.info({ removed }, 'expired frames removed');
    }
  }
}
