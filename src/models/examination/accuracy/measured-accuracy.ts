/** The accuracy of a network in blocks, on uploaded inputs or on synthetic ones: at its examination, and again later. */
import type { Examined } from '../examined.js';
import { measureLosses } from './accuracy.js';
import type { BlockNetwork } from './block-network.js';
import { calibrationInputs } from './calibration-inputs.js';

export interface MeasureOptions {
  /** Bytes of the uploaded inputs, if any. */
  readonly calibration: readonly Uint8Array[];
  /** Seed of synthetic inputs. */
  readonly seed: number;
  /** Threads a block computes with. */
  readonly threads: number;
  /** Completed share, 0 to 1. */
  readonly progress: (done: number) => void;
}

type Accuracy = NonNullable<Examined['accuracy']>;

const SYNTHETIC_WARNING =
  'measured on synthetic inputs; upload real ones as calibration for better figures';

/** Throws CALIBRATION_INVALID naming the file. */
export async function measuredAccuracy(
  network: BlockNetwork,
  { calibration, seed, threads, progress }: MeasureOptions,
): Promise<Accuracy> {
  const samples = await calibrationInputs(network, calibration, seed);
  const losses = await measureLosses(network, samples, threads, progress);
  return calibration.length > 0
    ? { source: 'uploaded', ...losses }
    : { source: 'synthetic', warning: SYNTHETIC_WARNING, ...losses };
}
