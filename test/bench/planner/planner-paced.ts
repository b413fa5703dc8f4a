/** Frames at a given interval: latency and rate of `frame`, `stream` and `paced`, and what the answers cost. */

import { candidatesOf, prepareMany } from '../../../src/planner/cuts/candidates.js';
import { cutMixOf } from '../../../src/planner/cuts/cut-mix.js';
import { frontOf, type Preparation } from '../../../src/planner/index.js';
import { cutLimitsOf } from '../../../src/planner/objectives/paced/limits.js';
import { paceMixOf, startingCuts } from '../../../src/planner/objectives/paced/pace-mix.js';
import { pacePatterns } from '../../../src/planner/objectives/paced/pace-pattern.js';
import { FRAMES, runPattern } from '../../../src/planner/objectives/stream-run.js';
import { kahnOrder } from '../../../src/planner/order/kahn-order.js';
import { pricedFrameOf } from '../../../src/planner/problem/priced-frame.js';
import { randomLarge } from '../../support/networks/random-networks.js';
import { preparedNetwork, TRAITS } from '../../support/planner/best-known.js';
import { percent, quantile, type Run, TIMES, table, timed, timesOf } from '../measure.js';
import { type Size, solved } from './planner-ask.js';

const RATES_OF_LINKS = [1.1, 5.85, 18.88] as const;
/** Shares of the highest rate at which frames come. */
const SHARES = [0.3, 0.5, 0.8, 0.95] as const;
const SHOWN_SHARE = 0.8;
/** Shape, units, and the share of the seeds that is tried; shares of the highest rate. */
const LARGE = [
  ['series-parallel', 200, 0.2],
  ['narrow', 60, 0.2],
  ['wide', 1000, 0.05],
] as const;
const LARGE_SHARES = [0.5, 0.8] as const;

/** One network at one link: the highest rate of one cut, of the stream, and the plan at 80 % of it. */
export function pacedCells({ networks }: Size): string {
  let [cells, oneCut] = [0, 0];
  const rows = networks.flatMap(({ name, network }) => {
    const preparation = preparedNetwork(network);
    return RATES_OF_LINKS.map((rate) => {
      const { stream } = solved(preparation, rate, { objective: 'stream' });
      const { meanLatencyMs: streamMs = 0, periodMs = 0 } = stream?.executed ?? {};
      const intervalMs = (stream?.periodMs ?? 0) / SHOWN_SHARE;
      const { paced, gap } = solved(preparation, rate, { objective: 'paced', intervalMs });
      const { meanLatencyMs = 0, cuts = [] } = paced?.executed ?? {};
      const mix = cuts.length === 1 ? mixAt(preparation, rate, intervalMs) : undefined;
      const { points } = front(network, rate);
      const alone = points[0];
      const fastest = points.findLast((point) => point.cuts.length === 1);
      cells += 1;
      if (cuts.length === 1) oneCut += 1;
      return [
        name,
        rate,
        shown(alone),
        shown(fastest),
        `${streamMs.toFixed(0)} ms at ${(1000 / periodMs).toFixed(1)}`,
        `${meanLatencyMs.toFixed(0)} ms by ${cuts.length}`,
        (streamMs / meanLatencyMs).toFixed(2),
        percent(gap),
        mix ? `${mix.boundMs.toFixed(0)} / ${mix.executedMs.toFixed(0)} ms` : '–',
      ];
    });
  });
  const header = [
    ...['network', 'Mbps', 'least latency, at frames/s', 'fastest single cut', 'stream'],
    ...[
      'at 80 % of its rate',
      'stream / paced',
      'gap',
      'mix in place of one cut: program / executed',
    ],
  ];
  return `${table(header, rows)}\n\nOne cut suffices in ${oneCut} of ${cells} cells.`;
}

/** How long answers take, and how many are proven, by how fast frames come. */
export function pacedTimes({ networks, rates, repeats }: Size): string {
  const rows = SHARES.map((share) => {
    const runs: Run[] = [];
    const gaps: number[] = [];
    let [optimal, mixed] = [0, 0];
    for (const { network } of networks) {
      const preparation = preparedNetwork(network);
      for (const rate of rates) {
        const { stream } = solved(preparation, rate, { objective: 'stream' });
        const question = {
          objective: 'paced',
          intervalMs: (stream?.periodMs ?? 0) / share,
        } as const;
        const answers = Array.from({ length: Math.min(3, repeats) }, () =>
          timed(() => solved(preparation, rate, question)),
        );
        runs.push(...answers.map(({ run }) => run));
        const { value } = answers[0] ?? {};
        gaps.push(value?.gap ?? 0);
        if (value?.optimal) optimal += 1;
        if ((value?.paced?.executed.cuts.length ?? 0) > 1) mixed += 1;
      }
    }
    return [
      `${100 * share} %`,
      `${optimal} of ${gaps.length}`,
      mixed,
      percent(quantile(gaps, 0.5)),
      percent(quantile(gaps, 1)),
      ...timesOf(runs),
    ];
  });
  const header = ['of the highest rate', 'optimal', 'mixes', 'gap p50', 'gap worst', ...TIMES];
  return table(header, rows);
}

/** Networks whose device sets are too many to list. */
export function largePaced({ seeds }: Size): string {
  const rows = LARGE.flatMap(([shape, units, share]) =>
    LARGE_SHARES.map((ofRate) => {
      const runs: Run[] = [];
      const gaps: number[] = [];
      let [optimal, oneCut] = [0, 0];
      for (let seed = 1; seed <= Math.max(1, seeds * share); seed++) {
        const preparation = preparedNetwork(randomLarge(shape, units, seed));
        for (const rate of RATES_OF_LINKS) {
          const { stream } = solved(preparation, rate, { objective: 'stream' });
          const intervalMs = (stream?.periodMs ?? 0) / ofRate;
          const { run, value } = timed(() =>
            solved(preparation, rate, { objective: 'paced', intervalMs }),
          );
          runs.push(run);
          gaps.push(value.gap);
          if (value.optimal) optimal += 1;
          if (value.paced?.executed.cuts.length === 1) oneCut += 1;
        }
      }
      return [
        `${shape}, ${units} units, ${100 * ofRate} %`,
        `${optimal} of ${gaps.length}`,
        oneCut,
        percent(quantile(gaps, 0.5)),
        percent(quantile(gaps, 1)),
        ...timesOf(runs),
      ];
    }),
  );
  const header = [
    'random networks, of the highest rate',
    'optimal',
    'one cut',
    'gap p50',
    'gap worst',
  ];
  return table([...header, ...TIMES], rows);
}

/** What the whole front costs. */
export function fronts({ networks }: Size): string {
  const rows = networks.map(({ name, network }) => {
    const answers = RATES_OF_LINKS.map((rate) => timed(() => front(network, rate).points.length));
    const counts = answers.map(({ value }) => value);
    const times = answers.map(({ run }) => run.wallMs);
    return [
      name,
      counts.join(' / '),
      quantile(times, 0.5).toFixed(0),
      quantile(times, 1).toFixed(0),
    ];
  });
  const header = ['fronts', `points at ${RATES_OF_LINKS.join(' / ')} Mbps`, 'p50 ms', 'max ms'];
  return table(header, rows);
}

/** The mix of cuts that `paced` leaves aside where one cut suffices: its value, and its best pattern as executed. */
function mixAt(preparation: Preparation, uplinkMbps: number, intervalMs: number) {
  const link = { ...TRAITS, uplinkMbps };
  const frame = pricedFrameOf(preparation.graph, link);
  const { ranked } = candidatesOf(frame, prepareMany(preparation));
  const limits = cutLimitsOf({}, link, intervalMs);
  const start = startingCuts(frame, 1, cutMixOf(frame, 1), ranked, limits);
  const mix = paceMixOf(frame, 1, ranked, start, limits);
  if (!mix) return undefined;
  const executed = pacePatterns(mix, intervalMs, () => true).map((pattern) => {
    const decisions = new Map(
      pattern.map(({ cut }) => {
        const device = kahnOrder(frame, cut.set, cut.sendings);
        return [cut, { device, sendings: cut.sendings }] as const;
      }),
    );
    const cuts = pattern.flatMap(({ cut }) => decisions.get(cut) ?? []);
    const run = { paceMs: intervalMs, frames: FRAMES, workers: 1 };
    return runPattern(frame, cuts, run).executed.meanLatencyMs;
  });
  return { boundMs: mix.boundMs, executedMs: Math.min(...executed) };
}

function front(network: Parameters<typeof frontOf>[0]['network'], uplinkMbps: number) {
  const found = frontOf({ network, link: { ...TRAITS, uplinkMbps } });
  if (found.kind === 'infeasible') throw new Error(found.because);
  return found;
}

function shown(point: { meanLatencyMs: number; intervalMs: number } | undefined): string {
  if (!point) return '–';
  return `${point.meanLatencyMs.toFixed(0)} ms at ${(1000 / point.intervalMs).toFixed(1)}`;
}
