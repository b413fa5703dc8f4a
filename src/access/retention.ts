/** Removes expired audit entries and idempotent answers: every hour, in small steps. */
import { setImmediate as othersRun } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Clock, Config, Log, type Timer } from '../platform/index.js';
import { Audit } from './audit/audit.js';
import { IdempotentAnswersStore } from './idempotency/idempotent-answers.store.js';

const SWEEP_MS = 3_600_000;
const DAY_MS = 86_400_000;
const STEP_ENTRIES = 1_000;
/** An answer may have megabytes. */
const STEP_ANSWERS = 50;

@Injectable()
export class Retention implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log: Log;
  private timer: Timer | undefined;
  private sweeping: Promise<void> = Promise.resolve();
  private isStopping = false;

  constructor(
    @Inject(Audit) private readonly audit: Audit,
    @Inject(IdempotentAnswersStore) private readonly answers: IdempotentAnswersStore,
    @Inject(Config) private readonly config: Config,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Log) log: Log,
  ) {
    this.log = log.child({ part: 'access' });
  }

  onApplicationBootstrap(): void {
    const sweep = () => {
      this.sweeping = this.sweeping.then(() => this.sweep());
    };
    sweep();
    this.timer = this.clock.every(SWEEP_MS, sweep);
  }

  /** Before the database closes. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    this.timer?.cancel();
    await this.sweeping;
  }

  private async sweep(): Promise<void> {
    const now = this.clock.now();
    const { auditDays = Number.POSITIVE_INFINITY } = this.config;
    const before = new Date(Math.max(0, now.getTime() - auditDays * DAY_MS));
    try {
      const entries = await this.inSteps(() => this.audit.removeOlder(before, STEP_ENTRIES));
      const answers = await this.inSteps(() => this.answers.removeExpired(now, STEP_ANSWERS));
      if (entries + answers > 0)
        this.log.info({ entries, answers }, 'expired entries and answers removed');
    } catch (err) {
      this.log.warn({ err }, 'expired entries and answers not removed');
    }
  }

  private async inSteps(step: () => Promise<number>): Promise<number> {
    let total = 0;
    for (let removed = 1; removed > 0 && !this.isStopping; ) {
      removed = await step();
      total += removed;
      await othersRun();
    }
    return total;
  }
}
