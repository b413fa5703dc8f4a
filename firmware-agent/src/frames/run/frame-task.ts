/** Input of one frame's run, and the parts of the agent that it uses. */
import type { Fault, FramePlan, LinkEstimator, ModelDocument } from '../../../../src/wire/index.js';
import type { ExpectedAnswers } from '../../cloud/transfer/expected-answers.js';
import type { Uploader } from '../../cloud/transfer/uploader.js';
import type { Compute } from '../../compute/compute.js';
import type { PreparedInput } from '../../inputs/frame-input.js';
import type { JpegSizes } from '../../link/jpeg-sizes.js';
import type { DeviceTurns } from './device-turns.js';

export interface FrameParts {
  readonly compute: Compute;
  readonly uploader: Uploader;
  readonly answers: ExpectedAnswers;
  readonly turns: DeviceTurns;
  readonly isOnline: () => boolean;
  /** The fault of a plan that sends what must stay on the device by now. */
  readonly confined: (plan: FramePlan, model: ModelDocument) => Fault | undefined;
  readonly jpegSizes: JpegSizes;
  readonly estimator: Pick<LinkEstimator, 'estimate'>;
}

export interface FrameTask {
  readonly frame: string;
  /** Grows from frame to frame. */
  readonly number: number;
  readonly model: ModelDocument;
  /** Null before the cloud made a plan: the device runs everything. */
  readonly plan: FramePlan | null;
  readonly deadlineMs: number;
  /** Whether a setting says so, and not the plan. */
  readonly isDeadlineSet: boolean;
  /** Time the device would need in addition to the plan's part to finish the whole frame; undefined where it is unknown. */
  readonly restMs?: number | undefined;
  readonly inputs: readonly PreparedInput[];
  /** The device begins, and is done with, its part of the plan. */
  readonly onDevice: (state: 'begun' | 'done') => void;
}
