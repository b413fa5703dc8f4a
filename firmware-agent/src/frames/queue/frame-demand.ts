/** What a frame takes while it is in flight: reckoned from its model and plan before it begins. */
import { type FramePlan, isLossy, type ModelDocument } from '../../../../src/wire/index.js';
import type { FrameDemand } from './frame-window.js';
import type { FrameAssignment } from './frame-work.js';

const tensorBytesOf = new WeakMap<ModelDocument, number>();

/** A frame holds its inputs and whatever blocks make of them until it is over, and a copy of what it sends. */
export function demandOf({ model, plan }: FrameAssignment): FrameDemand {
  const known = tensorBytesOf.get(model) ?? sum(model.tensors);
  tensorBytesOf.set(model, known);
  const sentBytes = sum(plan?.uploads ?? []);
  const creditBytes = plan?.creditBytes ?? Number.POSITIVE_INFINITY;
  return { needsDevice: needsDevice(plan), heldBytes: known + sentBytes, sentBytes, creditBytes };
}

/** False for a frame that only sends its inputs as they are: it keeps the link busy while the device computes another one. */
export function needsDevice(plan: FramePlan | null): boolean {
  return (
    plan === null ||
    plan.device.length > 0 ||
    plan.uploads.some(({ encoding }) => isLossy(encoding))
  );
}

function sum(ones: readonly { readonly bytes: number }[]): number {
  return ones.reduce((total, { bytes }) => total + bytes, 0);
}
