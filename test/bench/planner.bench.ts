/**
 * What the planner costs and how good it is, on the frozen instances and on random networks.
 *
 * Every network is solved once before it is measured; what the first answer of a fresh process takes
 * stands apart. Quantiles are over all runs of all questions.
 */
import { preparedNetwork, RATES } from '../support/planner/best-known.js';
import { instances } from '../support/planner/instances.js';
import type { BenchOptions } from './bench-options.js';
import { timed } from './measure.js';
import { type Size, solved } from './planner/planner-ask.js';
import { burstSizes } from './planner/planner-bursts.js';
import { jointSolves, rivals, tables } from './planner/planner-frames.js';
import { bursts, largeNetworks, streams } from './planner/planner-many.js';
import { fronts, largePaced, pacedCells, pacedTimes } from './planner/planner-paced.js';
import { cameras } from './planner/planner-parts.js';

/** Networks of a short run: a chain, a fork that joins, and one with several outputs. */
const SHORT = ['alexnet', 'squeezenet', 'three-heads'];

/** Prints all tables. */
export function planner({ isShort }: BenchOptions): void {
  const all = instances();
  const own = all.filter(({ name }) => !name.startsWith('file-'));
  const fewRates = RATES.filter((_, i) => i % 8 === 0);
  const few = own.filter(({ name }) => SHORT.includes(name));
  const size: Size = isShort
    ? { networks: few, rates: fewRates, repeats: 2, seeds: 3 }
    : { networks: all, rates: RATES, repeats: 10, seeds: 40 };
  const first = timed(() => warmUp({ ...size, networks: own.slice(0, 1), rates: [5.85] }));
  console.log(`\nFirst answer of a fresh process: ${first.run.wallMs.toFixed(1)} ms.`);
  warmUp(size);
  const parts = [
    ...[jointSolves, tables, rivals, streams, pacedCells, pacedTimes, fronts, largePaced],
    ...[bursts, burstSizes, largeNetworks, cameras],
  ];
  for (const part of parts) {
    console.log(`\n${part(size)}`);
  }
  console.log(`\nMemory (RSS) at the end: ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`);
}

function warmUp({ networks, rates }: Size): void {
  for (const { network } of networks) {
    const preparation = preparedNetwork(network);
    for (const rate of rates) solved(preparation, rate);
  }
}
