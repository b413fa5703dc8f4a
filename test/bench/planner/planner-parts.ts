/** Networks that fall apart: several cameras with a network each. */

import type { Network } from '../../../src/planner/index.js';
import { graphOf } from '../../../src/planner/problem/graph.js';
import { pricedFrameOf } from '../../../src/planner/problem/priced-frame.js';
import { anneal, MOVES } from '../../../src/planner/search/annealing.js';
import { jointParts } from '../../../src/planner/search/joint-parts.js';
import { preparedNetwork, TRAITS } from '../../support/planner/best-known.js';
import { joinedNetworks } from '../../support/planner/joined.js';
import { percent, quantile, type Run, TIMES, table, timed, timesOf } from '../measure.js';
import { type Size, solved } from './planner-ask.js';

const NETWORKS = ['alexnet', 'googlenet', 'mobilenetv2', 'resnet18', 'squeezenet'];
const COPIES = [2, 4, 6] as const;
const RATES = [1.1, 5.85, 18.88, 60] as const;
/** How much longer the search is that answers are compared with. */
const LONGER = 100;

interface Cell {
  readonly run: Run;
  readonly optimal: boolean;
  readonly gap: number;
  readonly excess: number;
}

/** What is proven, how far answers are above the best a search a hundred times as long finds, and times. */
export function cameras({ networks }: Size): string {
  const all: Cell[] = [];
  const rows = networks
    .filter(({ name }) => NETWORKS.includes(name))
    .flatMap(({ name, network }) =>
      COPIES.map((copies) => {
        const cells = cellsOf(joinedNetworks(Array.from({ length: copies }, () => network)));
        all.push(...cells);
        return [`${copies} × ${name}`, ...columns(cells)];
      }),
    );
  const header = ['cameras', 'optimal', 'above best known, mean', 'worst', 'gap worst', ...TIMES];
  return table(header, [...rows, ['all', ...columns(all)]]);
}

function cellsOf(network: Network): Cell[] {
  const preparation = preparedNetwork(network);
  return RATES.map((rate) => {
    solved(preparation, rate);
    const { run, value } = timed(() => solved(preparation, rate));
    const knownMs = value.optimal
      ? value.makespanMs
      : longSearchMs(network, rate, value.makespanMs);
    const excess = value.makespanMs / Math.min(knownMs, value.makespanMs) - 1;
    return { run, optimal: value.optimal, gap: value.gap, excess };
  });
}

/** The best makespan with a hundred times the labels and moves. */
function longSearchMs(network: Network, uplinkMbps: number, knownMs: number): number {
  const frame = pricedFrameOf(graphOf(network), { ...TRAITS, uplinkMbps });
  const joint = jointParts(frame, LONGER);
  if (!joint) return knownMs;
  return Math.min(joint.endMs, anneal(frame, joint.decision, LONGER * MOVES).endMs);
}

function columns(cells: readonly Cell[]): string[] {
  const mean = cells.reduce((sum, { excess }) => sum + excess, 0) / cells.length;
  return [
    `${cells.filter(({ optimal }) => optimal).length} of ${cells.length}`,
    percent(mean),
    percent(Math.max(...cells.map(({ excess }) => excess))),
    percent(
      quantile(
        cells.map(({ gap }) => gap),
        1,
      ),
    ),
    ...timesOf(cells.map(({ run }) => run)),
  ];
}
