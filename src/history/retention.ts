/** Removes frames that are older than the configured days, a little at a time. */
import { setImmediate as othersRun } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Clock, Config, Log } from '../platform/index.js';
import { FramesStore } from './frames.store.js';

const DAY_MS = 86_400_000;
const EVERY_MS = 3_600_000;
const AT_ONCE_FRAMES = 2_000;

@Injectable()
export class Retention implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private isStopping = false;

  constructor(
    @Inject(Config) private readonly config: Config,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(FramesStore) private readonly store: FramesStore,
    @Inject(Log) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    const { historyDays } = this.config;
    if (historyDays === undefined) return;
    const sweep = () => {
      this.sweep(historyDays).catch((error: unknown) =>
        this.log.error({ err: error, part: 'history' }, 'old frames could not be removed'),
      );
    };
    sweep();
    this.timer = setInterval(sweep, EVERY_MS);
  }

  onModuleDestroy(): void {
    this.isStopping = true;
    clearInterval(this.timer);
  }

  private async sweep(historyDays: number): Promise<void> {
    const before = new Date(this.clock.now().getTime() - historyDays * DAY_MS);
    let total = 0;
    let removed = AT_ONCE_FRAMES;
    while (removed === AT_ONCE_FRAMES && !this.isStopping) {
      removed = await this.store.removeOldest(before, AT_ONCE_FRAMES);
      total += removed;
      await othersRun();
    }
    if (total > 0) this.log.info({ part: 'history', frames: total }, 'old frames removed');
  }
}
