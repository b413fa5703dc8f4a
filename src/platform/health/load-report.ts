/** How busy the service's own process is, and what its parts hold: what is watched for overload and for leaks. */
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import type { ResponseOf } from '../http/answers.js';
import { EventLoopDelay, eventLoopDelays } from './event-loop-delay.js';

const counts = z.record(z.string(), z.number());
/** Numbers by name: counts since the start, or what is held now. */
export type Counts = ResponseOf<typeof counts>;

export const loadState = z.object({
  eventLoop: eventLoopDelays,
  cpu: z
    .object({ userMs: z.number(), systemMs: z.number() })
    .describe('Processor time since the start, all threads, without child processes'),
  memory: z.object({ rssBytes: z.int(), heapUsedBytes: z.int(), externalBytes: z.int() }),
  resources: counts.describe(
    'Sockets, pipes, timers and the like that are open, by Node’s names for them',
  ),
  parts: z.record(z.string(), counts).describe('By part of the service'),
});
export type LoadState = ResponseOf<typeof loadState>;

export class LoadReport implements OnModuleInit, OnModuleDestroy {
  private readonly delay = new EventLoopDelay();
  private readonly parts = new Map<string, () => Counts>();

  onModuleInit(): void {
    this.delay.start();
  }

  onModuleDestroy(): void {
    this.delay.stop();
  }

  /** Adds the numbers of a part; a name is taken once. */
  register(part: string, counts: () => Counts): void {
    if (this.parts.has(part)) throw new Error(`there are numbers of '${part}' already`);
    this.parts.set(part, counts);
  }

  /** What is now; the event loop's delay over the last ms, a minute at most. */
  state(lastMs: number): LoadState {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed, external } = process.memoryUsage();
    const resources: Record<string, number> = {};
    for (const name of process.getActiveResourcesInfo()) {
      resources[name] = (resources[name] ?? 0) + 1;
    }
    return {
      eventLoop: this.delay.since(performance.now() - lastMs),
      cpu: { userMs: user / 1000, systemMs: system / 1000 },
      memory: { rssBytes: rss, heapUsedBytes: heapUsed, externalBytes: external },
      resources,
      parts: Object.fromEntries([...this.parts].map(([part, counts]) => [part, counts()])),
    };
  }
}
