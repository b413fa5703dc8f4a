/**
 * Removes superseded documents, every hour and in small portions, so that the database has a bounded number of each device. Frames keep
 * their own predictions, so nothing that is asked of them needs the plan they ran by.
 */
import { setImmediate as othersRun } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Clock, Config, Log, Sweep } from '../../platform/index.js';
import type { TwinName } from '../state/twins.store.js';
import { SupersededStore, type VersionSpan } from './superseded.store.js';

const SWEEP_MS = 3_600_000;
/** Devices of one query, and versions of one removal: each takes some milliseconds, and others have the database between two. */
const DEVICES = 100;
const VERSIONS = 100;
const NAMES: readonly TwinName[] = ['plan', 'model'];

@Injectable()
export class SupersededDocuments implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log: Log;
  private readonly sweep: Sweep;

  constructor(
    @Inject(SupersededStore) private readonly store: SupersededStore,
    @Inject(Config) private readonly config: Pick<Config, 'documentsKept'>,
    @Inject(Clock) clock: Clock,
    @Inject(Log) log: Log,
  ) {
    this.log = log.child({ part: 'plans' });
    this.sweep = new Sweep(
      { everyMs: SWEEP_MS, clock, log: this.log, failed: 'superseded documents not removed' },
      async (stopping) => {
        const removed = await this.remove(stopping);
        if (removed > 0) this.log.info({ removed }, 'superseded documents removed');
      },
    );
  }

  onApplicationBootstrap(): void {
    this.sweep.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.sweep.stop();
  }

  /** Removes all but the newest versions of each document of each device; how many. Ends early when the signal is aborted. */
  async remove(stopping: AbortSignal): Promise<number> {
    let removed = 0;
    for (const name of NAMES) {
      let after = '';
      for (let isMore = true; isMore && !stopping.aborted; ) {
        const spans = await this.store.spans(name, after, DEVICES);
        for (const span of spans) removed += await this.removeOf(span, name, stopping);
        after = spans.at(-1)?.device ?? after;
        isMore = spans.length === DEVICES;
        await othersRun();
      }
    }
    return removed;
  }

  private async removeOf(
    { device, oldest, newest }: VersionSpan,
    name: TwinName,
    stopping: AbortSignal,
  ): Promise<number> {
    // The newest one is in use, and not superseded.
    const keptFrom = newest - this.config.documentsKept;
    let removed = 0;
    for (let from = oldest; from < keptFrom && !stopping.aborted; from += VERSIONS) {
      removed += await this.store.remove(device, name, from, Math.min(keptFrom, from + VERSIONS));
      await othersRun();
    }
    return removed;
  }
}
