/** Removes refused uploads when they are old: they are kept to be read, not for ever. */
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Clock, Config, Log, Sweep } from '../../platform/index.js';
import { ModelsStore } from '../store/models.store.js';

const HOUR_MS = 3_600_000;

@Injectable()
export class RefusedUploads implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly sweep: Sweep;

  constructor(
    @Inject(ModelsStore) private readonly store: ModelsStore,
    @Inject(Config) private readonly config: Config,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Log) private readonly log: Log,
  ) {
    const failed = 'expired refused uploads not removed';
    this.sweep = new Sweep({ everyMs: HOUR_MS, clock, log, failed }, () => this.remove());
  }

  onApplicationBootstrap(): void {
    this.sweep.start();
  }

  /** Before the database closes. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.sweep.stop();
  }

  private async remove(): Promise<void> {
    const keptMs = this.config.refusedUploadHours * HOUR_MS;
    const before = new Date(Math.max(0, this.clock.now().getTime() - keptMs));
    const uploads = await this.store.removeRefused(before);
    if (uploads > 0) this.log.info({ uploads }, 'expired refused uploads removed');
  }
}
