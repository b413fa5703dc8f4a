/** Bursts of 2 to 32 frames with 1 to 4 workers: how good, how well proven, at what cost. */

import {
  type Preparation,
  type Schedule,
  type StrategyName,
  strategies,
} from '../../../src/planner/index.js';
import { preparedNetwork, TRAITS } from '../../support/planner/best-known.js';
import { annealedBurstMs } from '../../support/planner/burst-annealing.js';
import { percent, type Run, TIMES, table, timed, timesOf } from '../measure.js';
import { type Size, type Strategy, solved } from './planner-ask.js';

const RATES = [1.1, 5.85, 18.88, 100] as const;
const FRAMES = [2, 4, 8, 16, 32] as const;
const WORKERS = [1, 2, 3, 4] as const;
/** All but those that choose a cut for each frame. */
const ONE_CUT = (Object.keys(strategies) as StrategyName[]).filter(
  (name) => name !== 'auto' && name !== 'exact',
);
/** Moves of the search that looks for something better where nothing is proven. */
const MOVES = 400;
/** Two ends within this share of each other are the same. */
const SAME = 1e-9;

interface Cell {
  readonly run: Run;
  readonly schedule: Schedule;
  /** The end over that of the best single cut, with a worker less, and of the best known; minus 1. */
  readonly aboveOneCut: number;
  readonly aboveFewer: number;
  readonly aboveKnown: number;
}

/** One row for every network, and one for all. */
export function burstSizes({ networks, repeats }: Size): string {
  const isShort = repeats < 10;
  const cells = networks.map(({ name, network }) => ({
    name,
    cells: cellsOf(preparedNetwork(network), isShort),
  }));
  const rows = [...cells, { name: 'all', cells: cells.flatMap((one) => one.cells) }];
  const header = [
    'bursts of 2 to 32 frames, 1 to 4 workers',
    'proven',
    'gap ≤ 1 %',
    'worst gap',
    'above one cut, worst',
    'above a worker less, worst',
    'above the best known, mean / worst',
    ...TIMES,
  ];
  return table(
    header,
    rows.map((one) => rowOf(one.name, one.cells)),
  );
}

function cellsOf(preparation: Preparation, isShort: boolean): Cell[] {
  const cells: Cell[] = [];
  for (const uplinkMbps of isShort ? [5.85, 100] : RATES) {
    for (const frames of isShort ? [8] : FRAMES) {
      let fewerMs = Infinity;
      for (const workers of WORKERS) {
        const question = { objective: 'burst', frames, workers } as const;
        const ask = (strategy: Strategy) => solved(preparation, uplinkMbps, question, strategy);
        const { run, value: schedule } = timed(() => ask('auto'));
        const { makespanMs } = schedule;
        const oneCutMs = Math.min(...ONE_CUT.map((strategy) => ask(strategy).makespanMs));
        const link = { ...TRAITS, uplinkMbps };
        const knownMs = schedule.optimal
          ? makespanMs
          : annealedBurstMs(preparation, { link, ...question }, schedule, MOVES);
        cells.push({
          run,
          schedule,
          aboveOneCut: makespanMs / oneCutMs - 1,
          aboveFewer: makespanMs / fewerMs - 1,
          aboveKnown: makespanMs / Math.min(knownMs, fewerMs, oneCutMs) - 1,
        });
        fewerMs = makespanMs;
      }
    }
  }
  return cells;
}

function rowOf(name: string, cells: readonly Cell[]): (string | number)[] {
  const count = (isCounted: (cell: Cell) => boolean): string =>
    `${cells.filter(isCounted).length} of ${cells.length}`;
  const worst = (of: (cell: Cell) => number): number => Math.max(0, ...cells.map(of));
  const mean = cells.reduce((sum, cell) => sum + Math.max(0, cell.aboveKnown), 0) / cells.length;
  return [
    name,
    count(({ schedule }) => schedule.optimal),
    count(({ schedule }) => schedule.gap <= 0.01 + SAME),
    percent(worst(({ schedule }) => schedule.gap)),
    percent(worst((cell) => cell.aboveOneCut)),
    percent(worst((cell) => cell.aboveFewer)),
    `${(100 * mean).toFixed(2)} % / ${percent(worst((cell) => cell.aboveKnown))}`,
    ...timesOf(cells.map(({ run }) => run)),
  ];
}
