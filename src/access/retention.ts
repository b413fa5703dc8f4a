/** Removes expired audit entries and idempotent answers: every hour, in small steps. */
import { setImmediate as othersRun } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Clock, Config, Log, Sweep } from '../platform/index.js';
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
  private readonly sweep: Sweep;

  constructor(
    @Inject(Audit) private readonly audit: Audit,
    @Inject(IdempotentAnswersStore) private readonly answers: IdempotentAnswersStore,
    @Inject(Config) private readonly config: Config,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Log) log: Log,
  ) {
    this.log = log.child({ part: 'access' });
    const failed = 'expired entries and answers not removed';
    this.sweep = new Sweep({ everyMs: SWEEP_MS, clock, log: this.log, failed }, (stopping) =>
      this.remove(stopping),
    );
  }

  onApplicationBootstrap(): void {
    this.sweep.start();
  }

  /** Before the database closes. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.sweep.stop();
  }

  private async remove(stopping: AbortSignal): Promise<void> {
    const now = this.clock.now();
    const { auditDays = Number.POSITIVE_INFINITY } = this.config;
    const before = new Date(Math.max(0, now.getTime() - auditDays * DAY_MS));
    const entries = await inSteps(() => this.audit.removeOlder(before, STEP_ENTRIES), stopping);
    const answers = await inSteps(() => this.answers.removeExpired(now, STEP_ANSWERS), stopping);
    if (entries + answers > 0) {
      this.log.info({ entries, answers }, 'expired entries and answers removed');
    }
  }
}

async function inSteps(step: () => Promise<number>, stopping: AbortSignal): Promise<number> {
  let total = 0;
  for (let removed = 1; removed > 0 && !stopping.aborted; ) {
    removed = await step();
    total += removed;
    await othersRun();
  }
  return total;
}
