/** What a model's blocks take on this device: as they were timed by themselves, until frames show otherwise. */
import {
  type BlockProfile,
  DRIFT_FRAMES,
  DriftWatch,
  RecentTimes,
} from '../../../src/wire/index.js';

/** One run of a block in a frame. */
export interface BlockRun {
  readonly digest: string;
  readonly ms: number;
}

/** New times are reported when all blocks together moved by more than this share of the reported sum, and by this time. */
const NOTABLE_SHARE = 0.02;
const NOTABLE_MS = 0.1;
/**
 * And by more than one standard error of the difference of two medians of fifteen, by the spread of the times: half the distance between
 * the quartiles is 0.6745 standard deviations (1.2533 · √(2/15) / 0.6745).
 */
export const NOTABLE_SPREADS = 0.68;
/** Frames after a profile because of a drift, within which it must explain them. */
const TRIAL_FRAMES = 2 * DRIFT_FRAMES;

export class BlockTimes {
  private readonly recent: ReadonlyMap<string, RecentTimes>;
  private readonly profiledMs: ReadonlyMap<string, number>;
  private readonly drift = new DriftWatch();
  private reportedMs: ReadonlyMap<string, number>;
  /** What frames take over the profile for a reason that another profile does not remove. */
  private unexplained = 1;
  private trialFrames: number;

  /** `isAfterDrift`: the profile was taken because frames had left the one before. */
  constructor(
    private readonly profiled: readonly BlockProfile[],
    isAfterDrift = false,
  ) {
    const medians = profiled.map(({ digest, medianMs }) => [digest, medianMs] as const);
    this.recent = new Map(medians.map(([digest, ms]) => [digest, new RecentTimes(ms)]));
    this.profiledMs = new Map(medians);
    this.reportedMs = this.profiledMs;
    this.trialFrames = isAfterDrift ? TRIAL_FRAMES : 0;
  }

  /** Takes the runs of one frame; the factor when frames have left what was measured of blocks by themselves. */
  add(runs: readonly BlockRun[]): number | undefined {
    for (const { digest, ms } of runs) this.recent.get(digest)?.add(ms);
    const sum = (of: (run: BlockRun) => number): number =>
      runs.reduce((total, run) => total + of(run), 0);
    const profiledMs = sum(({ digest }) => this.profiledMs.get(digest) ?? 0);
    const measuredMs = sum(({ ms }) => ms);
    const factor = this.drift.note(measuredMs, this.unexplained * profiledMs);
    if (this.trialFrames === 0) return factor;
    this.trialFrames -= 1;
    if (factor === undefined) return undefined;
    // In frames, blocks take other times than by themselves. The same profile again would find the same.
    this.unexplained *= factor;
    this.trialFrames = 0;
    this.drift.reset();
    return undefined;
  }

  /** True when the cloud should hear of them again. */
  get areNews(): boolean {
    let wasMs = 0;
    let movedMs = 0;
    let spreadMs = 0;
    for (const [digest, { count, medianMs, spreadMs: ownMs }] of this.recent) {
      const reportedMs = this.reportedMs.get(digest) ?? 0;
      if (count > 0) {
        wasMs += reportedMs;
        spreadMs += ownMs;
      }
      movedMs += Math.abs(medianMs - reportedMs);
    }
    return movedMs > Math.max(NOTABLE_MS, NOTABLE_SHARE * wasMs, NOTABLE_SPREADS * spreadMs);
  }

  /** Returns the times to report, in the order of the profile, and marks them as reported. */
  report(): BlockProfile[] {
    const now = this.profiled.map((profile) => {
      const recent = this.recent.get(profile.digest);
      if (recent === undefined || recent.count === 0) return profile;
      const { medianMs, spreadMs, count } = recent;
      return { digest: profile.digest, medianMs, spreadMs, runs: profile.runs + count };
    });
    this.reportedMs = new Map(now.map(({ digest, medianMs }) => [digest, medianMs]));
    return now;
  }
}
