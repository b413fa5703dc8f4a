/** What is asked of latencies: plain values, since the question goes to a thread. */
import type { FrameFilter } from '../frames/frame-filter.js';
import type { TimedStage } from '../frames/stages.js';

export interface LatencyQuestion extends FrameFilter {
  /** Absent: the fleet. */
  readonly devices?: readonly string[] | undefined;
  /** Absent: from the first frame, but not long before a device was enrolled; to now. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Width of a bucket; `auto`: one of some round widths; `all`: one bucket. */
  readonly bucket: number | 'auto' | 'all';
  /** Name of a time zone (IANA): buckets are of its days; absent: UTC. */
  readonly timeZone?: string | undefined;
  readonly percentiles: readonly number[];
  readonly stages: readonly TimedStage[];
  /** Adds what was measured less what was predicted. */
  readonly isCompared: boolean;
  readonly nowMs: number;
}
