/**
 * Bounds for policies that know the whole trace: the best row for every frame, and the best rows with at most the switches
 * of a device. No policy can be better than the first, which can switch at every frame.
 */
import { latencyOver, type RowTimes } from '../wire/index.js';
import type { ReplayCase, Replayed, ReplayedFrame } from './replay.js';
import type { Trace } from './traces/trace.js';

/** Every frame under the row that is best for it. */
export function clairvoyant(one: ReplayCase): Replayed {
  const frames: ReplayedFrame[] = [];
  for (let freeMs = 0; freeMs < one.lastsMs; ) {
    const atMs = Math.ceil(freeMs / one.periodMs) * one.periodMs;
    const costs = one.rows.map((times) => trueLatency(times, one.trace, atMs));
    const latencyMs = Math.min(...costs);
    const row = costs.indexOf(latencyMs);
    frames.push({ atMs, row, latencyMs, outcome: outcomeOf(one.rows, row), isSilent: false });
    freeMs = Math.max(atMs + latencyMs, atMs + 1e-6);
  }
  return { frames, suppressed: 0 };
}

/**
 * The best rows with at most `maxPerMinute` switches a minute, for the frames at the times of the other: a price on switches is raised until
 * few enough are left (Lagrange), and for each price the best sequence is found by dynamic programming, O(frames · rows).
 */
export function patientClairvoyant(one: ReplayCase, maxPerMinute: number): Replayed {
  const times = clairvoyant(one).frames.map(({ atMs }) => atMs);
  const costs = times.map((atMs) => one.rows.map((row) => trueLatency(row, one.trace, atMs)));
  const maxSwitches = (maxPerMinute * one.lastsMs) / 60_000;
  let [low, high] = [0, 1];
  const switchesAt = (priceMs: number): number => countSwitches(bestSequence(costs, priceMs));
  while (switchesAt(high) > maxSwitches) high *= 2;
  for (let i = 0; i < 12 && switchesAt(low) > maxSwitches; i++) {
    const middle = (low + high) / 2;
    if (switchesAt(middle) > maxSwitches) low = middle;
    else high = middle;
  }
  const rows = bestSequence(costs, switchesAt(low) > maxSwitches ? high : low);
  const frames = rows.map((row, i) => ({
    atMs: times[i] ?? 0,
    row,
    latencyMs: costs[i]?.[row] ?? 0,
    outcome: outcomeOf(one.rows, row),
    isSilent: false,
  }));
  return { frames, suppressed: 0 };
}

function trueLatency(times: RowTimes, trace: Trace, atMs: number): number {
  let freeMs = atMs;
  return latencyOver(times, (readyMs, bytes) => {
    freeMs = trace.endOf(Math.max(freeMs, atMs + readyMs), bytes);
    return freeMs - atMs;
  });
}

function outcomeOf(rows: readonly RowTimes[], row: number): 'cloud' | 'local-plan' {
  return rows[row]?.uploads.length === 0 ? 'local-plan' : 'cloud';
}

function bestSequence(costs: readonly (readonly number[])[], priceMs: number): number[] {
  let total = [...(costs[0] ?? [])];
  const cameFrom: number[][] = [];
  for (const ofFrame of costs.slice(1)) {
    const cheapest = total.indexOf(Math.min(...total));
    const entryMs = (total[cheapest] ?? 0) + priceMs;
    cameFrom.push(total.map((ms, row) => (ms <= entryMs ? row : cheapest)));
    total = total.map((ms, row) => Math.min(ms, entryMs) + (ofFrame[row] ?? 0));
  }
  let row = total.indexOf(Math.min(...total));
  const rows = [row];
  for (const from of cameFrom.toReversed()) {
    row = from[row] ?? row;
    rows.push(row);
  }
  return rows.reverse();
}

function countSwitches(rows: readonly number[]): number {
  return rows.filter((row, i) => i > 0 && row !== rows[i - 1]).length;
}
