/** What a model's blocks take on this device: as they were timed by themselves, until frames show otherwise. */
import { type BlockProfile, DriftWatch, RecentTimes } from '../../../src/wire/index.js';

/** One run of a block in a frame. */
export interface BlockRun {
  readonly digest: string;
  readonly ms: number;
}

/** New times are reported when all blocks together moved by more than this share of the reported sum, and by this time. */
const NOTABLE_SHARE = 0.02;
const NOTABLE_MS = 0.1;

export class BlockTimes {
  private readonly recent: ReadonlyMap<string, RecentTimes>;
  private readonly profiledMs: ReadonlyMap<string, number>;
  private readonly drift = new DriftWatch();
  private reportedMs: ReadonlyMap<string, number>;

  constructor(private readonly profiled: readonly BlockProfile[]) {
    const medians = profiled.map(({ digest, medianMs }) => [digest, medianMs] as const);
    this.recent = new Map(medians.map(([digest, ms]) => [digest, new RecentTimes(ms)]));
    this.profiledMs = new Map(medians);
    this.reportedMs = this.profiledMs;
  }

  /** Takes the runs of one frame; the factor when frames have left what was measured of blocks by themselves. */
  add(runs: readonly BlockRun[]): number | undefined {
    for (const { digest, ms } of runs) this.recent.get(digest)?.add(ms);
    const sum = (of: (run: BlockRun) => number): number =>
      runs.reduce((total, run) => total + of(run), 0);
    return this.drift.note(
      sum(({ ms }) => ms),
      sum(({ digest }) => this.profiledMs.get(digest) ?? 0),
    );
  }

  /** True when the cloud should hear of them again. */
  get areNews(): boolean {
    let wasMs = 0;
    let movedMs = 0;
    for (const [digest, { count, medianMs }] of this.recent) {
      const reportedMs = this.reportedMs.get(digest) ?? 0;
      if (count > 0) wasMs += reportedMs;
      movedMs += Math.abs(medianMs - reportedMs);
    }
    return movedMs > Math.max(NOTABLE_MS, NOTABLE_SHARE * wasMs);
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
