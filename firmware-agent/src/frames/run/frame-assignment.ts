/** Model and plan that frames run under. */
import {
  type DesiredPlan,
  type FramePlan,
  isLossy,
  type ModelDocument,
} from '../../../../src/wire/index.js';

/** Model and plan of one frame. */
export interface FrameAssignment {
  readonly model: ModelDocument;
  readonly plan: FramePlan | null;
  readonly restMs?: number | undefined;
}

/** Model and plan of the frames that begin now. */
export interface Assignment {
  readonly model: ModelDocument;
  readonly plan: DesiredPlan | null;
  /** When the model became ready, on the monotonic clock. */
  readonly sinceMs: number;
}

/** False for a frame that only sends its inputs as they are: it uses the link while the device computes another frame. */
export function needsDevice(plan: FramePlan | null): boolean {
  return (
    plan === null ||
    plan.device.length > 0 ||
    plan.uploads.some(({ encoding }) => isLossy(encoding))
  );
}
