/** Load of this process and figures of its parts, for detecting overload and leaks. */
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import type { ResponseOf } from '../http/answers.js';
import { EventLoopDelay, eventLoopDelays } from './event-loop-delay.js';

const counts = z.record(z.string(), z.number());
/** Numbers by name: counts since the start, or current values. */
export type Counts = ResponseOf<typeof counts>;

export const loadState = z.object({
  eventLoop: eventLoopDelays,
  cpu: z
    .object({ userMs: z.number(), systemMs: z.number() })
    .describe('Processor time since the start, all threads, without child processes'),
  memory: z.object({ rssBytes: z.int(), heapUsedBytes: z.int(), externalBytes: z.int() }),
  resources: counts.describe('Open sockets, pipes, timers and the like, by their Node names'),
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

  /** Calls `watcher` with every event-loop delay in ms, as it is measured: every 10 ms, later where the loop is. */
  watchDelay(watcher: (lateMs: number) => void): void {
    this.delay.watch(watcher);
  }

  /** Adds the figures of a part under a unique name. */
  register(part: string, counts: () => Counts): void {
    if (this.parts.has(part)) throw new Error(`figures of '${part}' already registered`);
    this.parts.set(part, counts);
  }

  /** The current load; the event-loop delay covers the last ms, at most a minute. */
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
