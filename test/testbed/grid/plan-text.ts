/** Plans of the grid compared, and in a few words. */
import type { PlanView } from '../fleet.js';

/** True when two plans run the same blocks on the same side, in the same order, and send the same. */
export function isSamePlan(a: PlanView, b: PlanView): boolean {
  const textOf = ({ device, uploads, cloud }: PlanView): string =>
    JSON.stringify([device, cloud, uploads.map(({ tensor, encoding }) => [tensor, encoding])]);
  return textOf(a) === textOf(b);
}

/** `3 of 7 blocks here, sends 24.5 KB`. */
export function shortPlan({ device, cloud, uploads }: PlanView): string {
  const blocks = device.length + cloud.length;
  if (cloud.length === 0) return 'all on the device';
  const kilobytes = uploads.reduce((sum, { bytes }) => sum + bytes, 0) / 1000;
  const tensors = uploads.length > 1 ? ` in ${uploads.length}` : '';
  return `${device.length} of ${blocks} here, ${kilobytes.toFixed(1)} KB${tensors}`;
}
