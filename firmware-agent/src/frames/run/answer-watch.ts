/**
 * Watches a frame that is in the cloud and resolves when the device should begin to finish it (src/wire/adapt/local-finish). Looks now and
 * then, since what counts is what does not happen.
 */
import {
  type FramePlan,
  isSoonerHere,
  type LinkEstimator,
  rowsOfPlan,
} from '../../../../src/wire/index.js';
import { monotonicMs } from '../../clock.js';
import type { Upload, Uploader } from '../../cloud/transfer/uploader.js';

const LOOK_MS = 20;

export interface WatchedFrame {
  readonly upload: Upload;
  readonly plan: FramePlan;
  /** Time the device would need for the rest of the frame; 0 where it is unknown. */
  readonly restMs: number;
  /** The last moment, on the monotonic clock. */
  readonly lastMs: number;
}

export interface WatchParts {
  readonly uploader: Uploader;
  readonly estimator: Pick<LinkEstimator, 'estimate'>;
}

export class AnswerWatch {
  /** Resolves when it is time to begin; never, when it was closed before. */
  readonly isTime: Promise<void>;
  private readonly timer: NodeJS.Timeout;
  private readonly afterLinkMs: number;

  constructor(
    private readonly frame: WatchedFrame,
    private readonly parts: WatchParts,
  ) {
    const { plan } = frame;
    const times = rowsOfPlan(plan).find(({ cut }) => cut === plan.cut)?.times;
    const lastWorkMs = times?.uploads.at(-1)?.cloudMs ?? 0;
    this.afterLinkMs = times === undefined ? 0 : times.latencyMs + lastWorkMs + times.returnMs;
    let resolveTime: () => void = () => undefined;
    this.isTime = new Promise((resolve) => {
      resolveTime = resolve;
    });
    this.timer = setInterval(() => {
      if (monotonicMs() >= frame.lastMs || this.isSoonerHere()) resolveTime();
    }, LOOK_MS);
  }

  close(): void {
    clearInterval(this.timer);
  }

  private isSoonerHere(): boolean {
    const { upload, plan, restMs } = this.frame;
    const { uploader, estimator } = this.parts;
    const link = estimator.estimate(monotonicMs());
    if (restMs === 0 || link === null || plan.table === undefined) return false;
    const chunkMs = plan.chunkBytes * link.uplinkMsPerByte;
    const out = {
      unackedBytes: upload.unackedBytes === 0 ? 0 : uploader.unackedBytesUntil(upload),
      afterLinkMs: this.afterLinkMs,
      restHereMs: restMs,
      overdueMs: uploader.stillMs - link.rttMs - chunkMs,
      isDeviceTaken: plan.mix !== undefined,
    };
    return isSoonerHere(out, link.uplinkMsPerByte);
  }
}
