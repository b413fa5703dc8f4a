/**
 * How much the times of a device's frames vary on device, link and cloud, each compared with the prediction for the moment at which
 * the frame began. A few running sums for each machine, in memory: after a restart the spreads are unknown until frames show them.
 */
import type { FrameRecord, Prediction } from '../../wire/index.js';
import type { Spread, Spreads } from './pace-margin.js';

/** Frames from which a spread is known, and frames that it is a mean over. */
const ENOUGH_FRAMES = 16;
const WINDOW_FRAMES = 64;
/** Frames of one batch, and batches from which their means count. */
const BATCH_FRAMES = 4;
const ENOUGH_BATCHES = 8;
/** Shorter predictions are mostly the call itself. */
const LEAST_MS = 1;
/** A frame that took longer than this many times its prediction counts as that. */
const MAX_RATIO = 4;
/** A machine that has shown nothing for so long is unknown again. */
export const KEPT_MS = 600_000;
/** Spreads are published again when one has moved by this. */
const NOTABLE = 0.03;

/** A frame that is over, and the prediction for the moment at which it began. */
export interface SpreadFrame {
  readonly modelId: string;
  readonly record: Pick<FrameRecord, 'outcome' | 'fault' | 'measured' | 'link' | 'ageMs'>;
  readonly predicted: Prediction;
  /** Whether its plan sends tensors. */
  readonly sends: boolean;
}

type MachineSpreads = Omit<Spreads, 'gaps'>;
export type Ratios = { readonly [M in keyof MachineSpreads]: number };

/** Mean and variance: of all values at first, then with weights that fall from one to the next. */
class RunningMoments {
  count = 0;
  mean = 0;
  variance = 0;

  constructor(private readonly window: number) {}

  add(value: number): void {
    this.count += 1;
    const weight = Math.max(1 / this.count, 1 / this.window);
    const distance = value - this.mean;
    this.mean += weight * distance;
    this.variance = (1 - weight) * (this.variance + weight * distance ** 2);
  }
}

/**
 * The spread of one machine. Slow frames often follow each other, and queues then grow longer than the variance of single frames
 * says. Batch means show that: of independent frames, their variance times the length of a batch is that of single frames.
 */
class RunningSpread {
  private frames = new RunningMoments(WINDOW_FRAMES);
  private batches = new RunningMoments(WINDOW_FRAMES / BATCH_FRAMES);
  private batch: number[] = [];
  private newestAtMs = Number.NEGATIVE_INFINITY;

  add(ratio: number, atMs: number): void {
    if (this.isOld(atMs)) {
      this.frames = new RunningMoments(WINDOW_FRAMES);
      this.batches = new RunningMoments(WINDOW_FRAMES / BATCH_FRAMES);
      this.batch = [];
    }
    this.newestAtMs = atMs;
    this.frames.add(ratio);
    this.batch.push(ratio);
    if (this.batch.length < BATCH_FRAMES) return;
    this.batches.add(this.batch.reduce((sum, one) => sum + one, 0) / BATCH_FRAMES);
    this.batch = [];
  }

  at(nowMs: number): Spread | undefined {
    const { count, mean, variance } = this.frames;
    if (count < ENOUGH_FRAMES || !(mean > 0) || this.isOld(nowMs)) return undefined;
    const ofBatches = this.batches.count < ENOUGH_BATCHES ? 0 : this.batches.variance;
    const share = Math.sqrt(Math.max(variance, BATCH_FRAMES * ofBatches)) / mean;
    return { share, slower: mean };
  }

  private isOld(nowMs: number): boolean {
    return nowMs - this.newestAtMs > KEPT_MS;
  }
}

class Machines {
  readonly device = new RunningSpread();
  readonly uplink = new RunningSpread();
  readonly cloud = new RunningSpread();
}

const NOTHING_KNOWN: MachineSpreads = {};

export class FrameSpreads {
  private modelId: string | undefined;
  /** Made for the first frame: most devices of a fleet send none. */
  private machines: Machines | undefined;
  private published = NOTHING_KNOWN;
  private judgedSpreads = this.published;

  /** Learns from a frame. The first one of another model discards what the others showed. */
  learn(frame: SpreadFrame, nowMs: number): void {
    if (frame.record.ageMs > KEPT_MS) return;
    if (frame.modelId !== this.modelId) this.machines = undefined;
    this.modelId = frame.modelId;
    this.machines ??= new Machines();
    const { device, uplink, cloud } = ratiosOf(frame);
    if (device !== undefined) this.machines.device.add(device, nowMs);
    if (uplink !== undefined) this.machines.uplink.add(uplink, nowMs);
    if (cloud !== undefined) this.machines.cloud.add(cloud, nowMs);
  }

  /** Another object whenever one of them has moved notably, became known, or is unknown again. */
  at(nowMs: number): MachineSpreads {
    const { machines } = this;
    const [device, uplink, cloud] = [machines?.device, machines?.uplink, machines?.cloud].map(
      (one) => one?.at(nowMs),
    );
    const was = this.published;
    const isNews =
      hasMoved(was.device, device) || hasMoved(was.uplink, uplink) || hasMoved(was.cloud, cloud);
    if (isNews) {
      this.published = {
        ...(device && { device }),
        ...(uplink && { uplink }),
        ...(cloud && { cloud }),
      };
    }
    return this.published;
  }

  /** Planning begins for the spreads that were published last. */
  judged(): void {
    this.judgedSpreads = this.published;
  }

  /** True when the spreads differ from those that were last planned for. */
  isNews(nowMs: number): boolean {
    return this.at(nowMs) !== this.judgedSpreads;
  }
}

/** Measured over predicted, of every machine that the frame shows. */
export function ratiosOf({ record, predicted, sends }: SpreadFrame): Ratios {
  const { outcome, fault, measured, link } = record;
  // The frames that came through alone would make a bad link look steady.
  if (outcome === 'local-fallback' && fault?.code === 'FRAME_EXPIRED' && sends) {
    return { uplink: MAX_RATIO };
  }
  if (outcome !== 'cloud' && outcome !== 'local-plan') return {};
  const device = ratioOf(
    measured.deviceMs + measured.encodeMs,
    predicted.deviceMs + predicted.encodeMs,
  );
  const isCloud = outcome === 'cloud';
  // Both uplink times hold a round trip, which is no load of the link. A time of 0 ms was not measured: the answer came first.
  const rttMs = link?.rttMs ?? 0;
  const uplink =
    isCloud &&
    measured.uplinkMs > 0 &&
    ratioOf(measured.uplinkMs - rttMs, predicted.uplinkMs - rttMs);
  const cloud = isCloud && ratioOf(measured.cloudMs, predicted.cloudMs);
  return {
    ...(device !== undefined && { device }),
    ...(typeof uplink === 'number' && { uplink }),
    ...(typeof cloud === 'number' && { cloud }),
  };
}

/** Undefined where nothing is expected to take long enough to show a spread. */
function ratioOf(tookMs: number, expectedMs: number): number | undefined {
  if (expectedMs < LEAST_MS) return undefined;
  return Math.min(MAX_RATIO, Math.max(0, tookMs / expectedMs));
}

function hasMoved(was: Spread | undefined, now: Spread | undefined): boolean {
  if (was === undefined || now === undefined) return was !== now;
  return Math.abs(now.share - was.share) > NOTABLE || Math.abs(now.slower - was.slower) > NOTABLE;
}
