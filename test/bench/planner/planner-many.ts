/** Several frames at once, and networks larger than any real one. */

import { randomLarge } from '../../support/networks/random-networks.js';
import { preparedNetwork } from '../../support/planner/best-known.js';
import { percent, quantile, type Run, TIMES, table, timed, timesOf } from '../measure.js';
import { type Size, solved } from './planner-ask.js';

const RATES_OF_MANY = [1.1, 5.85, 18.88, 100] as const;
const FRAMES = 8;
/** Shape, units, and the share of the seeds that is tried. */
const LARGE = [
  ['series-parallel', 200, 1],
  ['narrow', 60, 1],
  ['wide', 1000, 0.1],
] as const;

/** Streams executed frame by frame, against the bound of the linear program. */
export function streams({ networks, rates }: Size): string {
  const rows = networks.map(({ name, network }) => {
    const preparation = preparedNetwork(network);
    const answers = rates.map((rate) =>
      timed(() => solved(preparation, rate, { objective: 'stream' })),
    );
    const executed = answers.flatMap(({ value: { stream, lowerBoundMs } }) =>
      stream ? [{ ...stream.executed, excess: stream.executed.periodMs / lowerBoundMs - 1 }] : [],
    );
    const lengths = executed.map(({ pattern }) => pattern.length);
    return [
      name,
      `${executed.filter(({ excess }) => excess <= 0.01).length} of ${rates.length}`,
      percent(Math.max(...executed.map(({ excess }) => excess))),
      quantile(lengths, 0.5),
      Math.max(...lengths),
      quantile(
        answers.map(({ run }) => run.wallMs),
        0.5,
      ).toFixed(1),
    ];
  });
  const header = [
    'streams',
    'within 1 %',
    'worst',
    'pattern, median',
    'pattern, longest',
    'p50 ms',
  ];
  return table(header, rows);
}

/** Throughput of a burst compared with frames one by one, and the proven part of it. */
export function bursts({ networks }: Size): string {
  const rows = networks.map(({ name, network }) => {
    const preparation = preparedNetwork(network);
    const answers = RATES_OF_MANY.map((rate) => {
      const burst = solved(preparation, rate, { objective: 'burst', frames: FRAMES });
      const single = solved(preparation, rate);
      return { gain: (FRAMES * single.makespanMs) / burst.makespanMs, gap: burst.gap };
    });
    return [name, ...answers.map(({ gain, gap }) => `${gain.toFixed(2)} (${percent(gap)})`)];
  });
  const rates = RATES_OF_MANY.map((rate) => `${rate} Mbps`);
  return table(['bursts of 8: gain over one by one (gap)', ...rates], rows);
}

/** Random networks; `prepare` comes once before all links. */
export function largeNetworks({ seeds, repeats }: Size): string {
  const rows = LARGE.map(([shape, units, share]) => {
    const prepareMs: number[] = [];
    const runs: Run[] = [];
    const gaps: number[] = [];
    let optimal = 0;
    for (let seed = 1; seed <= Math.max(1, seeds * share); seed++) {
      const network = randomLarge(shape, units, seed);
      const { run, value: preparation } = timed(() => preparedNetwork(network));
      prepareMs.push(run.wallMs);
      for (const rate of [1.1, 5.85, 18.88, 60]) {
        solved(preparation, rate);
        const answers = Array.from({ length: Math.min(2, repeats) }, () =>
          timed(() => solved(preparation, rate)),
        );
        runs.push(...answers.map((answer) => answer.run));
        const { gap = 0, optimal: isOptimal } = answers[0]?.value ?? {};
        gaps.push(gap);
        if (isOptimal) optimal += 1;
      }
    }
    return [
      `${shape}, ${units} units`,
      quantile(prepareMs, 0.99).toFixed(1),
      ...timesOf(runs),
      `${optimal} of ${gaps.length}`,
      percent(quantile(gaps, 0.5)),
      percent(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length),
      percent(quantile(gaps, 1)),
    ];
  });
  const header = [
    'random networks',
    'prepare p99 ms',
    ...TIMES,
    'optimal',
    'gap p50',
    'gap mean',
    'gap worst',
  ];
  return table(header, rows);
}
