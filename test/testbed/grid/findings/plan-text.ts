/** Plans of the grid compared, and in a few words. */
import type { PlanView } from '../../fleet.js';

type Cut = Pick<PlanView, 'device' | 'cloud' | 'uploads'>;

/** True when two plans run the same blocks on the same side, in the same order, and send the same; a mix, in the same turns. */
export function isSamePlan(a: PlanView, b: PlanView): boolean {
  return planText(a) === planText(b);
}

function planText(plan: PlanView): string {
  const { cuts, pattern } = plan.mix ?? { cuts: [], pattern: [] };
  if (cuts.length === 0) return cutText(plan);
  return JSON.stringify([cutText(plan), cuts.map(cutText), pattern]);
}

function cutText({ device, uploads, cloud }: Cut): string {
  return JSON.stringify([device, cloud, uploads.map((one) => [one.tensor, one.encoding])]);
}

/** `3 of 7 here, 24.5 KB as u8`; of a mix, the commonest cut and how many there are. */
export function shortPlan({ mix, ...own }: PlanView): string {
  const others = mix?.cuts.length ?? 0;
  return others === 0 ? shortCut(own) : `${shortCut(own)}, and ${others} more in turn`;
}

function shortCut({ device, cloud, uploads }: Cut): string {
  const blocks = device.length + cloud.length;
  if (cloud.length === 0) return 'all on the device';
  const kilobytes = uploads.reduce((sum, { bytes }) => sum + bytes, 0) / 1000;
  const tensors = uploads.length > 1 ? ` in ${uploads.length}` : '';
  const ways = [...new Set(uploads.map(({ encoding }) => encoding))].join(', ');
  return `${device.length} of ${blocks} here, ${kilobytes.toFixed(1)} KB${tensors} as ${ways}`;
}
