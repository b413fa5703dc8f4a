/** An uplink's bandwidth over time, and when bytes have passed it. */

/** A rate from a time on; 0 in an outage. */
export interface TracePoint {
  readonly atMs: number;
  readonly mbps: number;
}

/** Bits of a megabit per second in a millisecond, in bytes. */
const BYTES_PER_MS = 125;

/** A trace that begins again where it ends. Times from 0; O(log n) a question. */
export class Trace {
  private readonly atMs: readonly number[];
  private readonly mbps: readonly number[];
  /** Bytes that can have passed by each point. */
  private readonly passedBytes: readonly number[];
  readonly bytesPerRound: number;

  /** Points by rising time, the first at 0; the last one holds until endMs. */
  constructor(
    readonly points: readonly TracePoint[],
    readonly endMs: number,
  ) {
    this.atMs = points.map(({ atMs }) => atMs);
    this.mbps = points.map(({ mbps }) => mbps);
    const passed: number[] = [];
    let bytes = 0;
    for (const [i, { atMs, mbps }] of points.entries()) {
      passed.push(bytes);
      bytes += ((points[i + 1]?.atMs ?? endMs) - atMs) * mbps * BYTES_PER_MS;
    }
    this.passedBytes = passed;
    this.bytesPerRound = bytes;
  }

  /** The rate at a time. */
  mbpsAt(atMs: number): number {
    return this.mbps[lastAtMost(this.atMs, atMs % this.endMs)] ?? 0;
  }

  /** The time at which bytes that begin at a time have passed; Infinity where nothing ever passes. */
  endOf(startMs: number, bytes: number): number {
    if (bytes <= 0) return startMs;
    if (this.bytesPerRound <= 0) return Number.POSITIVE_INFINITY;
    const wanted = this.passedBy(startMs) + bytes;
    let rounds = Math.floor(wanted / this.bytesPerRound);
    let rest = wanted - rounds * this.bytesPerRound;
    if (rest <= 0) {
      rounds -= 1;
      rest += this.bytesPerRound;
    }
    // The first moment by which the bytes have passed lies behind the last point with fewer.
    const i = lastBelow(this.passedBytes, rest);
    const rate = (this.mbps[i] ?? 0) * BYTES_PER_MS;
    return rounds * this.endMs + (this.atMs[i] ?? 0) + (rest - (this.passedBytes[i] ?? 0)) / rate;
  }

  /** Bytes that could have passed from 0 until a time. */
  passedBy(atMs: number): number {
    const rounds = Math.floor(atMs / this.endMs);
    const restMs = atMs - rounds * this.endMs;
    const i = lastAtMost(this.atMs, restMs);
    const here = (restMs - (this.atMs[i] ?? 0)) * (this.mbps[i] ?? 0) * BYTES_PER_MS;
    return rounds * this.bytesPerRound + (this.passedBytes[i] ?? 0) + here;
  }
}

/** The trace with nothing passing for a while. */
export function withOutage(trace: Trace, fromMs: number, lastsMs: number): Trace {
  const toMs = fromMs + lastsMs;
  const outside = trace.points.filter(({ atMs }) => atMs < fromMs || atMs > toMs);
  const edges = [
    { atMs: fromMs, mbps: 0 },
    { atMs: toMs, mbps: trace.mbpsAt(toMs) },
  ];
  const points = [...outside, ...edges].sort((a, b) => a.atMs - b.atMs);
  return new Trace(points, trace.endMs);
}

/** Place of the last of rising values that is at most the given one; 0 when none is. */
function lastAtMost(values: readonly number[], most: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((values[middle] ?? Number.POSITIVE_INFINITY) <= most) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Place of the last of rising values that is below a limit; 0 when none is. */
function lastBelow(values: readonly number[], limit: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((values[middle] ?? Number.POSITIVE_INFINITY) < limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
