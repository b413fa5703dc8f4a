/** What a crowd's tallies say: rates, shares and their fairness by kind of device, and what is not as it must be. */
import { percent, quantile, table } from '../measure.js';
import type { DeviceTally } from './crowd-device.js';

/** Jain's fairness index of rates: 1 when all are equal, 1/n when one has everything. */
export function jain(rates: readonly number[]): number {
  const sum = rates.reduce((total, rate) => total + rate, 0);
  const squares = rates.reduce((total, rate) => total + rate * rate, 0);
  return squares === 0 ? 1 : sum ** 2 / (rates.length * squares);
}

export interface Bounds {
  readonly jain: number;
  /** Share of the frames of devices with a rate of their own that must be answered in time. */
  readonly inTime: number;
}

const sumOf = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((sum, item) => sum + of(item), 0);

/** Devices by kind, in the order they come. */
export function byKind(devices: readonly DeviceTally[]): Map<string, DeviceTally[]> {
  const kinds = new Map<string, DeviceTally[]>();
  for (const one of devices) kinds.set(one.kind, [...(kinds.get(one.kind) ?? []), one]);
  return kinds;
}

/** A row for every kind of device. */
export function crowdTable(devices: readonly DeviceTally[], seconds: number): string {
  const rows = [...byKind(devices)].map(([kind, own]) => {
    const rates = own.map(({ results }) => results / seconds);
    const latencies = own.flatMap(({ latenciesMs }) => latenciesMs);
    const [first] = own;
    return [
      kind,
      own.length,
      `${((first?.sentBytes ?? 0) / 1000).toFixed(1)}, ${first?.cloudBlocks ?? 0}`,
      sumOf(rates, (rate) => rate).toFixed(1),
      [0, 0.5, 1].map((share) => quantile(rates, share).toFixed(2)).join(' / '),
      jain(rates).toFixed(4),
      percent(sumOf(own, ({ cloudMs }) => cloudMs) / sumOf(devices, ({ cloudMs }) => cloudMs)),
      [0.5, 0.95, 1].map((share) => quantile(latencies, share).toFixed(0)).join(' / '),
      sumOf(own, ({ sent }) => sent),
      endsText(own),
      `${sumOf(own, ({ lost }) => lost)}, ${sumOf(own, ({ twice }) => twice)}, ${sumOf(own, ({ late }) => late)}`,
    ];
  });
  const header = [
    ...['devices', 'number', 'KB a frame, blocks in the cloud', 'frames/s, all'],
    ...['of one: least / median / most', 'Jain', 'of the cloud’s time'],
    ...['latency ms: p50 / p95 / max', 'frames sent', 'ended as', 'lost, twice, late'],
  ];
  return table(header, rows);
}

/** What is wrong: frames not answered exactly once, unfair shares within a kind, timed frames that come late. */
export function crowdProblems(devices: readonly DeviceTally[], bounds: Bounds): string[] {
  const problems: string[] = [];
  for (const [kind, own] of byKind(devices)) {
    const lost = sumOf(own, (one) => one.lost);
    const twice = sumOf(own, (one) => one.twice);
    if (lost > 0) problems.push(`${kind}: ${lost} frames were never answered`);
    if (twice > 0) problems.push(`${kind}: ${twice} frames were answered more than once`);
    const index = jain(own.map(({ results }) => results));
    if (index < bounds.jain) problems.push(`${kind}: Jain’s index is ${index.toFixed(3)}`);
    const sent = sumOf(own, (one) => one.sent);
    const good = sumOf(own, ({ ends, late }) => (ends.result ?? 0) - late);
    if (good < bounds.inTime * sent) {
      problems.push(`${kind}: only ${percent(good / sent)} of the frames were answered in time`);
    }
  }
  return problems;
}

function endsText(devices: readonly DeviceTally[]): string {
  const ends: Record<string, number> = {};
  for (const one of devices) {
    for (const [end, count] of Object.entries(one.ends)) ends[end] = (ends[end] ?? 0) + count;
  }
  return Object.entries(ends)
    .map(([end, count]) => `${end} ${count}`)
    .join(', ');
}
