/** When telemetry is due: at news, and else at an interval that the traffic profile and the frames set. Pure. */
import type { LinkEstimate } from '../../../src/wire/index.js';
import type { TrafficProfile } from './profiles.js';

/** What may be news, as it is now. */
export interface Standing {
  readonly link: LinkEstimate | null;
  readonly hasFiles: boolean;
  readonly hasRate: boolean;
  /** Cameras, faults, the disk and the cap, as one text: any difference is news that does not wait. */
  readonly states: string;
  /** Frames begun so far. */
  readonly frames: number;
}

export class TelemetryNews {
  private reported: Standing | undefined;
  private reportedAtMs = Number.NEGATIVE_INFINITY;

  isDue(now: Standing, profile: TrafficProfile, atMs: number): boolean {
    const { reported } = this;
    if (reported === undefined) return true;
    const sinceMs = atMs - this.reportedAtMs;
    if (now.states !== reported.states) return true;
    const isFirst = (now.hasFiles && !reported.hasFiles) || now.hasRate !== reported.hasRate;
    const isNews = isFirst || hasMoved(reported.link, now.link, profile.linkShare);
    if (isNews && sinceMs >= profile.newsMs) return true;
    return sinceMs >= (now.frames === reported.frames ? profile.idleMs : profile.busyMs);
  }

  report(now: Standing, atMs: number): void {
    this.reported = now;
    this.reportedAtMs = atMs;
  }
}

/** True when the rate moved far enough to change a plan. */
export function hasMoved(
  reported: LinkEstimate | null,
  now: LinkEstimate | null,
  share: number,
): boolean {
  if (reported === null || now === null) return reported !== now;
  const [was, is] = [reported.downlinkMsPerByte, now.downlinkMsPerByte];
  if ((was === undefined) !== (is === undefined)) return true;
  const up = Math.abs(now.uplinkMsPerByte / reported.uplinkMsPerByte - 1);
  const down = was === undefined || is === undefined ? 0 : Math.abs(is / was - 1);
  return Math.max(up, down) > share;
}
