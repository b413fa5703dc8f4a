/** The roll-ups that answer a latency question: whose, of which levels, and which spans of time they fill. */
import type { FramesStore } from '../frames/frames.store.js';
import type { Marks } from '../rollups/marks.store.js';
import { ceilTo, floorTo, type RollupSpan, rollupLevels } from '../rollups/rollup-levels.js';
import type { RollupOwner, RollupsStore } from '../rollups/rollups.store.js';
import type { BucketScale } from './bucket-scale.js';
import type { LatencyQuestion } from './latency-question.js';

/** A question with its range and buckets known. */
export interface Scope extends LatencyQuestion {
  readonly fromMs: number;
  readonly toMs: number;
  readonly scale: BucketScale;
}

/** What is known of the stored rows as a question is asked. */
export interface Stored {
  readonly marks: Marks;
  /** The last frame that is in the roll-ups. */
  readonly foldedSeq: number;
}

/** The versions of plans are a device's own, and only its roll-ups know them. */
export function ownerOf({ devices, planVersion }: LatencyQuestion): RollupOwner {
  if (devices !== undefined) return { devices };
  return planVersion === undefined ? 'fleet' : 'every device';
}

export class RollupSpans {
  constructor(
    private readonly frames: FramesStore,
    private readonly rollups: RollupsStore,
  ) {}

  /** The start of the first roll-up of a question, or of its first frame that is in none yet; undefined without any in the range. */
  async firstStart(
    question: LatencyQuestion,
    { levelMs, fromMs, toMs }: RollupSpan,
    { foldedSeq }: Stored,
  ): Promise<number | undefined> {
    const range = { devices: question.devices, fromMs, toMs };
    const starts = [
      await this.rollups.firstStart(ownerOf(question), { levelMs, fromMs, toMs }),
      await this.frames.firstStart(range, foldedSeq),
    ].filter((ms) => ms !== undefined);
    return starts.length > 0 ? floorTo(Math.min(...starts), levelMs) : undefined;
  }

  /**
   * The widths of the levels that have what a range needs, finest first. A level has it when the range begins at its mark or later, or
   * when the next coarser one, which has it, holds nothing of the range before that mark.
   */
  async levelsFor(scope: Scope, stored: Stored): Promise<number[]> {
    const [coarsest, ...finer] = rollupLevels.toReversed();
    const usable: number[] = coarsest === undefined ? [] : [coarsest.ms];
    for (const { name, ms } of finer) {
      const levelMs = usable[0] ?? ms;
      const fromMs = floorTo(scope.fromMs, levelMs);
      const toMs = Math.min(stored.marks[name], ceilTo(scope.toMs, levelMs));
      if (fromMs < toMs) {
        const lostMs = await this.firstStart(scope, { levelMs, fromMs, toMs }, stored);
        if (lostMs !== undefined) break;
      }
      usable.unshift(ms);
    }
    return usable;
  }
}

/** The span that a time is in, of spans in the order of time. */
export function spanAt(spans: readonly RollupSpan[], atMs: number): RollupSpan | undefined {
  let [low, high] = [0, spans.length];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((spans[middle]?.fromMs ?? Number.POSITIVE_INFINITY) <= atMs) low = middle;
    else high = middle;
  }
  const span = spans[low];
  return span !== undefined && atMs >= span.fromMs && atMs < span.toMs ? span : undefined;
}

/**
 * The spans by level, in portions that are read together: as many as fill about a page of rows, so that the number of queries follows
 * the number of rows and not that of buckets.
 */
export function portionsOfSpans(
  spans: readonly RollupSpan[],
  owners: number,
  pageRows: number,
): RollupSpan[][] {
  const portions: RollupSpan[][] = [];
  for (const { ms } of rollupLevels) {
    let rows = Number.POSITIVE_INFINITY;
    for (const span of spans) {
      if (span.levelMs !== ms) continue;
      const more = ((span.toMs - span.fromMs) / ms) * owners;
      if (rows + more > pageRows) portions.push([]);
      rows = rows + more > pageRows ? more : rows + more;
      portions.at(-1)?.push(span);
    }
  }
  return portions;
}
