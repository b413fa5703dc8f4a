/**
 * How much the stages of a device's frames vary from frame to frame, and what of a plan's gain or drift that explains.
 *
 * Costs are medians of the latest fifteen times, so they move though nothing has changed. A median of n normal values with the standard
 * deviation s has the standard error 1.25 · s / √n (asymptotic; Kenney and Keeping 1962, for the normal distribution). A plan is news
 * where it exceeds three of them: at one independent median in a quarter of a minute, that is by chance once in some hours.
 */
import { RecentNoise, type StageTimes } from '../../wire/index.js';
import { KEPT_MS, ratiosOf, type SpreadFrame } from '../pricing/frame-spreads.js';

/** Standard deviation of each stage, as a share of its time; absent while unknown. The cloud with the wait for it. */
export interface StageNoise {
  readonly device?: number;
  readonly uplink?: number;
  readonly cloud?: number;
}

type Stages = Pick<StageTimes, 'deviceMs' | 'uplinkMs' | 'queueMs' | 'cloudMs'>;

/** Standard error of a median of fifteen times, in their standard deviations. */
const MEDIAN_ERROR = 1.2533 / Math.sqrt(15);
const ERRORS = 3;
/** More is believed in any case. */
const MAX_GAIN = 0.25;
const MAX_DRIFT = 0.5;

/** The noise of one stage, unknown again when nothing has shown it for long: a cloud that was left in a crowd may be quiet now. */
class StageRecord {
  private readonly noise = new RecentNoise();
  private newestAtMs = Number.NEGATIVE_INFINITY;

  add(ratio: number | undefined, atMs: number): void {
    if (ratio === undefined) return;
    this.noise.add(ratio);
    this.newestAtMs = atMs;
  }

  at(nowMs: number): number | undefined {
    return nowMs - this.newestAtMs > KEPT_MS ? undefined : this.noise.share;
  }
}

class StageRecords {
  readonly device = new StageRecord();
  readonly uplink = new StageRecord();
  readonly cloud = new StageRecord();
}

/** The noise of one device's frames, in memory: after a restart it is unknown until frames show it. */
export class FrameNoise {
  private modelId: string | undefined;
  /** Made for the first frame: most devices of a fleet send none. */
  private stages: StageRecords | undefined;

  /** Learns from a frame, at a time on the monotonic clock; the first one of another model discards what the others showed. */
  learn(frame: SpreadFrame, atMs: number): void {
    if (frame.modelId !== this.modelId) this.stages = undefined;
    this.modelId = frame.modelId;
    this.stages ??= new StageRecords();
    const { record, predicted } = frame;
    const { device, uplink, cloud } = ratiosOf(frame);
    this.stages.device.add(device, atMs);
    this.stages.uplink.add(uplink, atMs);
    if (cloud !== undefined)
      this.stages.cloud.add(cloudOf(record.measured) / cloudOf(predicted), atMs);
  }

  /** What is known at a time. */
  at(nowMs: number): StageNoise {
    const { stages } = this;
    const [device, uplink, cloud] = [stages?.device, stages?.uplink, stages?.cloud].map((one) =>
      one?.at(nowMs),
    );
    return {
      ...(device !== undefined && { device }),
      ...(uplink !== undefined && { uplink }),
      ...(cloud !== undefined && { cloud }),
    };
  }
}

/**
 * The gain of one plan over another that noise explains, as a share of the cost of now. Where both do the same, errors are the same:
 * only the stages in which they differ count. Unknown noise explains nothing: what is known least changes most, and the budget bounds that.
 */
export function gainByNoise(noise: StageNoise, now: Stages, best: Stages, nowMs: number): number {
  const errorMs = MEDIAN_ERROR * deviationMs(noise, differenceOf(now, best));
  return nowMs > 0 ? Math.min(MAX_GAIN, (ERRORS * errorMs) / nowMs) : 0;
}

/** The drift of a prediction that noise explains, as a share of it: both it and the one before have their errors. */
export function driftByNoise(noise: StageNoise, stages: Stages, totalMs: number): number {
  const errorMs = Math.SQRT2 * MEDIAN_ERROR * deviationMs(noise, stages);
  return totalMs > 0 ? Math.min(MAX_DRIFT, (ERRORS * errorMs) / totalMs) : 0;
}

function deviationMs({ device = 0, uplink = 0, cloud = 0 }: StageNoise, stages: Stages): number {
  const { deviceMs, uplinkMs } = stages;
  return Math.hypot(device * deviceMs, uplink * uplinkMs, cloud * cloudOf(stages));
}

const cloudOf = ({ queueMs, cloudMs }: Pick<Stages, 'queueMs' | 'cloudMs'>): number =>
  queueMs + cloudMs;

function differenceOf(a: Stages, b: Stages): Stages {
  return {
    deviceMs: a.deviceMs - b.deviceMs,
    uplinkMs: a.uplinkMs - b.uplinkMs,
    queueMs: a.queueMs - b.queueMs,
    cloudMs: a.cloudMs - b.cloudMs,
  };
}
