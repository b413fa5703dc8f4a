/** Samples of every process of a soak, kept as series by process and quantity. */
import type { LoadState } from '../../../src/platform/index.js';
import { childrenOf, usageOf } from '../../support/processes/process-usage.js';
import type { SoakFleet } from './soak-fleet.js';
import type { Sample } from './trend.js';

export class Watch {
  /** By process, then by quantity; bytes are in MB. */
  readonly series = new Map<string, Map<string, Sample[]>>();
  private readonly startMs = performance.now();

  constructor(private readonly fleet: SoakFleet) {}

  /** Looks at all processes once. */
  async look(): Promise<void> {
    const { service, agents } = this.fleet;
    const own = service.process.child.pid ?? 0;
    const tails = (await childrenOf(own)).toSorted((a, b) => a - b);
    const named = [
      ['service', own] as const,
      ...tails.map((pid, i) => [`tail ${i}`, pid] as const),
      ...agents.map(({ id, process }) => [`agent ${id}`, process.child.pid ?? 0] as const),
    ];
    const atMs = performance.now() - this.startMs;
    await Promise.all(
      named.map(async ([name, pid]) => {
        const { rssBytes, cpuMs: _, ...counts } = (await usageOf(pid)) ?? {};
        if (rssBytes !== undefined) this.note(name, atMs, { 'RSS MB': rssBytes / 1e6, ...counts });
      }),
    );
    const load = await this.load();
    this.note('service', atMs, {
      'heap MB': load.memory.heapUsedBytes / 1e6,
      'external MB': load.memory.externalBytes / 1e6,
      sessions: load.parts.broker?.sessions ?? 0,
      handles: Object.values(load.resources).reduce((sum, count) => sum + count, 0),
    });
  }

  /** What the service says of itself. */
  load(): Promise<LoadState> {
    return this.fleet.service.request<LoadState>('GET', '/health/load');
  }

  private note(name: string, atMs: number, values: Readonly<Record<string, number>>): void {
    const own = this.series.get(name) ?? new Map<string, Sample[]>();
    this.series.set(name, own);
    for (const [quantity, value] of Object.entries(values)) {
      own.set(quantity, [...(own.get(quantity) ?? []), { atMs, value }]);
    }
  }
}
