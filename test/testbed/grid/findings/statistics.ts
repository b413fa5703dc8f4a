/** How sure a ratio of two measured rows is: the bootstrap, round by round, so that a drift of the machine is in both alike. */

import { seededRandom } from '../../../../src/wire/index.js';
import { quantile } from '../../../bench/measure.js';

const DRAWS = 1000;
/** What is drawn is the same in every run over the same figures. */
const SEED = 20_231_117;

/** Samples of one row, by round. */
export type Rounds = readonly (readonly number[])[];

export interface Ratio {
  readonly value: number;
  /** 95 % of what drawing the samples again gives. */
  readonly from: number;
  readonly to: number;
}

/** The ratio of a statistic of two rows. */
export function ratioOf(
  own: Rounds,
  other: Rounds,
  statistic: (samples: readonly number[]) => number,
): Ratio {
  const random = seededRandom(SEED);
  const drawn = Array.from(
    { length: DRAWS },
    () => statistic(resampled(own, random)) / statistic(resampled(other, random)),
  );
  return {
    value: statistic(own.flat()) / statistic(other.flat()),
    from: quantile(drawn, 0.025),
    to: quantile(drawn, 0.975),
  };
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

export function mean(samples: readonly number[]): number {
  return samples.reduce((sum, value) => sum + value, 0) / Math.max(1, samples.length);
}

function resampled(rounds: Rounds, random: () => number): number[] {
  return rounds.flatMap((samples) =>
    samples.map(() => samples[Math.floor(random() * samples.length)] ?? 0),
  );
}
