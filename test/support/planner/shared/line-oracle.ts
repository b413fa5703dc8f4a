/**
 * The oracle of a line that devices share: what plans load it with, by the bytes in their documents alone, and what devices get that
 * each plan for themselves. Written apart from the planner and from the shares of the service.
 */
import type { PlanMix } from '../../../../src/wire/index.js';

/** A device's plan, and how often its frames are served. */
export interface ServedPlan {
  readonly cut: { readonly uploads: readonly { readonly bytes: number }[] };
  readonly mix?: Pick<PlanMix, 'pattern' | 'cuts'> | undefined;
  /** Time from frame to frame. */
  readonly servedMs: number;
}

/** Mean rate in Mbps that the frames of some plans need together. */
export function lineLoadMbps(plans: readonly ServedPlan[]): number {
  let mbps = 0;
  for (const { cut, mix, servedMs } of plans) {
    const sent = [cut, ...(mix?.cuts ?? [])].map(({ uploads }) => {
      let bytes = 0;
      for (const upload of uploads) bytes += upload.bytes;
      return bytes;
    });
    let total = 0;
    const turns = mix?.pattern ?? [0];
    for (const turn of turns) total += sent[turn] ?? Number.NaN;
    mbps += (8 * total) / turns.length / (1000 * servedMs);
  }
  return mbps;
}

/**
 * How much longer frames take to come through where no device saves bytes: a line that is asked for more than it may serve slows all down
 * alike.
 */
export function contention(plans: readonly ServedPlan[], usableMbps: number): number {
  return Math.max(1, lineLoadMbps(plans) / usableMbps);
}
