/** Single frames: joint solves, plan tables and look-ups, and other strategies compared with the optimum. */
import { planRows } from '../../../src/planner/index.js';
import { rowsOf } from '../../../src/replay/index.js';
import { latencyAt } from '../../../src/wire/index.js';
import { preparedNetwork, TRAITS } from '../../support/planner/best-known.js';
import { percent, quantile, type Run, TIMES, table, timed, timesOf } from '../measure.js';
import { type Size, type Strategy, solved } from './planner-ask.js';

const RIVALS: readonly Strategy[] = ['tree', 'path-wise', 'topological', 'min-cut'];

/** What an answer costs once a network is prepared. */
export function jointSolves({ networks, rates, repeats }: Size): string {
  const rows = networks.map(({ name, network }) => {
    const { run: preparing, value: preparation } = timed(() => preparedNetwork(network));
    const runs: Run[] = [];
    let optimal = 0;
    for (let repeat = 0; repeat < repeats; repeat++) {
      const answers = rates.map((rate) => timed(() => solved(preparation, rate)));
      runs.push(...answers.map(({ run }) => run));
      optimal = answers.filter(({ value }) => value.optimal).length;
    }
    const sets = preparation.sets?.length ?? 'not listed';
    return [
      name,
      sets,
      preparing.wallMs.toFixed(1),
      `${optimal} of ${rates.length}`,
      ...timesOf(runs),
    ];
  });
  return table(['joint solves', 'device sets', 'prepare ms', 'optimal', ...TIMES], rows);
}

/** What all rates at once cost, and how large the table is. */
export function tables({ networks, repeats }: Size): string {
  const rows = networks.map(({ name, network }) => {
    const builds = Array.from({ length: Math.min(3, repeats) }, () =>
      timed(() => planRows(network, TRAITS)),
    );
    const [{ value }] = builds as [(typeof builds)[number]];
    const times = rowsOf(network, TRAITS);
    const lookUps = timed(() => {
      for (let i = 0; i < 10_000; i++) {
        Math.min(...times.map((row) => latencyAt(row, 1e-5 * (1 + i))));
      }
    });
    return [
      name,
      quantile(
        builds.map(({ run }) => run.wallMs),
        0.5,
      ).toFixed(0),
      quantile(
        builds.map(({ run }) => run.wallMs),
        1,
      ).toFixed(0),
      value.length,
      JSON.stringify(value).length,
      (lookUps.run.wallMs / 10).toFixed(2),
    ];
  });
  return table(['plan tables', 'p50 ms', 'max ms', 'rows', 'bytes', 'look-up µs'], rows);
}

/** Mean and worst excess of other strategies over the proven optimum. */
export function rivals({ networks, rates }: Size): string {
  const rows = networks.map(({ name, network }) => {
    const preparation = preparedNetwork(network);
    const bestMs = rates.map((rate) => solved(preparation, rate).makespanMs);
    const cells = RIVALS.map((rival) => {
      const gaps = rates.map(
        (rate, i) => solved(preparation, rate, {}, rival).makespanMs / (bestMs[i] ?? 1) - 1,
      );
      const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
      return `${percent(mean)} / ${percent(Math.max(...gaps))}`;
    });
    return [name, ...cells];
  });
  return table(['above the optimum', ...RIVALS.map((name) => `${name}, mean / worst`)], rows);
}
