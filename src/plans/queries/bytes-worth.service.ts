/** What bytes buy a device, computed in a thread, one question at a time. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Inject, Injectable } from '@nestjs/common';
import { Clock, LimitedLog, Log } from '../../platform/index.js';
import type { Situation } from '../pricing/prediction.js';
import type { BytesWorth } from './bytes-worth.js';

const ENTRY = new URL('./bytes-worth-worker.js', import.meta.url);
/** As long as planning may take. */
const LIMIT_MS = 5_000;
const MEMORY_MIB = 512;

@Injectable()
export class BytesWorthService {
  private readonly lines: LimitedLog;
  private turns: Promise<unknown> = Promise.resolve();

  constructor(@Inject(Clock) clock: Clock, @Inject(Log) log: Log) {
    this.lines = new LimitedLog(log.child({ part: 'plans' }), clock);
  }

  /** Undefined where bytes do not trade for latency; null where that could not be computed. */
  of(situation: Situation): Promise<BytesWorth | undefined | null> {
    const found = this.turns.then(() => inThread(situation));
    this.turns = found.catch(() => undefined);
    return found.catch((err: unknown) => {
      this.lines.warn({ err }, 'what bytes buy was not computed');
      return null;
    });
  }
}

async function inThread(workerData: Situation): Promise<BytesWorth | undefined> {
  const worker = new Worker(ENTRY, {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB },
  });
  try {
    const [found] = await once(worker, 'message', { signal: AbortSignal.timeout(LIMIT_MS) });
    return found as BytesWorth | undefined;
  } finally {
    await worker.terminate();
  }
}
