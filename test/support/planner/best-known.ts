/** The problems whose best known values test/best-known.json holds. */
import {
  type Link,
  type Network,
  type Objective,
  type Preparation,
  planPrepared,
  prepareNetwork,
  type Schedule,
} from '../../../src/planner/index.js';

/** Everything of the link in benchmarks and frozen answers but its rate. */
export const TRAITS: Omit<Link, 'uplinkMbps'> = {
  latencyMs: 5,
  perTensorMs: 0.5,
  resultBytes: 1000,
  downlinkMbps: 20,
};

/** Forty link rates from 0.05 to 1000 Mbps, evenly on a logarithmic scale. */
export const RATES: readonly number[] = Array.from(
  { length: 40 },
  (_, i) => 0.05 * 20_000 ** (i / 39),
);

/** Answers by question, such as `burst 5.85`. */
export type Answers = Readonly<Record<string, number>>;

const OBJECTIVES: readonly Objective[] = ['frame', 'stream', 'burst'];
const FRAMES = 8;

/** A network that is known to be well formed. */
export function preparedNetwork(network: Network): Preparation {
  const preparation = prepareNetwork(network);
  if ('fault' in preparation) throw new Error(`${preparation.field}: ${preparation.fault}`);
  return preparation;
}

/** What the planner reaches now, milliseconds by problem. */
export function answersOf(network: Network): Answers {
  const preparation = preparedNetwork(network);
  const answers: Record<string, number> = {};
  for (const objective of OBJECTIVES) {
    for (const uplinkMbps of [1.1, 5.85, 18.88, 100]) {
      const link = { ...TRAITS, uplinkMbps };
      const outcome = planPrepared(preparation, { link, objective, frames: FRAMES });
      if (outcome.kind === 'infeasible') throw new Error(outcome.because);
      answers[`${objective} ${uplinkMbps}`] = Number(reachedMs(outcome.schedule).toPrecision(9));
    }
  }
  return answers;
}

function reachedMs({ stream, makespanMs }: Schedule): number {
  return stream?.periodMs ?? makespanMs;
}
