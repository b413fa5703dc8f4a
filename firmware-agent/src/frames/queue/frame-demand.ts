/** Resources a frame needs while it is in flight, computed from its model and plan before it begins. */
import type { ModelDocument } from '../../../../src/wire/index.js';
import { type FrameAssignment, needsDevice } from '../run/frame-assignment.js';
import type { FrameDemand } from './frame-window.js';

const tensorBytesOf = new WeakMap<ModelDocument, number>();

/** A frame holds its inputs and whatever blocks make of them until it is over, and a copy of what it sends. */
export function demandOf({ model, plan }: FrameAssignment): FrameDemand {
  const known = tensorBytesOf.get(model) ?? sum(model.tensors);
  tensorBytesOf.set(model, known);
  const sentBytes = sum(plan?.uploads ?? []);
  const creditBytes = plan?.creditBytes ?? Number.POSITIVE_INFINITY;
  return { needsDevice: needsDevice(plan), heldBytes: known + sentBytes, sentBytes, creditBytes };
}

function sum(ones: readonly { readonly bytes: number }[]): number {
  return ones.reduce((total, { bytes }) => total + bytes, 0);
}
