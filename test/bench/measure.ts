/** Wall and processor time of repeated runs, their quantiles, and tables for docs/results.md. */
import { ceilShare } from '../../src/wire/index.js';

/** What one run took; processor time counts all threads of the process, the collector's too. */
export interface Run {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Runs once. */
export function timed<T>(work: () => T): { readonly run: Run; readonly value: T } {
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  const value = work();
  const wallMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { run: { wallMs, cpuMs: (user + system) / 1000 }, value };
}

/** The given share of values is at most this one. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(1, ceilShare(share, sorted.length)) - 1] ?? 0;
}

/** Median, 99th percentile and maximum of the wall time, 99th percentile of the processor time. */
export function timesOf(runs: readonly Run[]): string[] {
  const wall = runs.map(({ wallMs }) => wallMs);
  const cpu = runs.map(({ cpuMs }) => cpuMs);
  return [quantile(wall, 0.5), quantile(wall, 0.99), quantile(wall, 1), quantile(cpu, 0.99)].map(
    (ms) => ms.toFixed(2),
  );
}

/** Names of the columns of `timesOf`. */
export const TIMES = ['p50 ms', 'p99 ms', 'max ms', 'p99 CPU ms'] as const;

/** A Markdown table. */
export function table(
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A share as a percentage. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
