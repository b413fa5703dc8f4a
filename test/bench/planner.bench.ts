/**
 * What the planner costs, measured: joint solves, plan tables, look-ups, large random networks.
 *
 * Prints Markdown for docs/results.md. Wall times of one process; every question is asked several
 * times and its median taken, so that the p99 over questions speaks of the questions.
 */
import { cpus } from 'node:os';
import {
  type Link,
  type Network,
  planPrepared,
  planTable,
  prepareNetwork,
  type Schedule,
  type StrategyName,
} from '../../src/planner/index.js';
import { choosePlan } from '../../src/wire/index.js';
import { instances } from '../support/instances.js';
import { randomLarge } from '../support/random-networks.js';

const TRAITS = { latencyMs: 5, perTensorMs: 0.5, resultBytes: 1000, downlinkMbps: 20 };
const RATES = Array.from({ length: 40 }, (_, i) => 0.05 * 20_000 ** (i / 39));
const REPEATS = 5;
const RIVALS: readonly StrategyName[] = ['tree', 'path-wise', 'topological', 'min-cut', 'cloud'];

function main(): void {
  const [cpu] = cpus();
  console.log(
    `Machine: ${cpu?.model ?? 'unknown'}, ${cpus().length} cores; Node ${process.version}\n`,
  );
  networksTable();
  largeTable();
  console.log(`\nMemory (RSS) at the end: ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`);
}

function networksTable(): void {
  console.log(
    row(
      'network',
      'device sets',
      'prepare ms',
      'optimal of 40',
      'solve p50 ms',
      'solve p99 ms',
      'table ms',
      'rows',
      'bytes',
      'look-up µs',
      ...RIVALS.map((name) => `${name} worst gap`),
    ),
  );
  console.log(row(...Array.from({ length: 10 + RIVALS.length }, () => '---')));
  for (const { name, network } of instances()) {
    const [prepareMs, preparation] = timed(() => prepared(network));
    const solves = RATES.map((uplinkMbps) => medianOf(() => solved(preparation, uplinkMbps)));
    const [tableMs, table] = timed(() => planTable(network, TRAITS));
    const lookUpMs = timed(() => {
      for (let i = 0; i < 10_000; i++) choosePlan(table, { uplinkMsPerByte: 1e-5 * (1 + i) });
    })[0];
    const gaps = RIVALS.map((rival) =>
      Math.max(
        ...solves.map(({ value }, i) => {
          const other = solved(preparation, RATES[i] ?? 1, rival);
          return other.makespanMs / value.makespanMs - 1;
        }),
      ),
    );
    const times = solves.map(({ ms }) => ms);
    console.log(
      row(
        name,
        preparation.sets?.length ?? 'many',
        prepareMs.toFixed(1),
        solves.filter(({ value }) => value.optimal).length,
        quantile(times, 0.5),
        quantile(times, 0.99),
        tableMs.toFixed(0),
        table.rows.length,
        JSON.stringify(table).length,
        (lookUpMs / 10).toFixed(2),
        ...gaps.map((gap) => `${(100 * gap).toFixed(1)} %`),
      ),
    );
  }
}

function largeTable(): void {
  const shapes = [
    ['series-parallel', 200, 10],
    ['narrow', 60, 10],
    ['wide', 1000, 2],
  ] as const;
  console.log(
    `\n${row('random networks', 'units', 'solve p50 ms', 'solve p99 ms', 'optimal', 'gap p50', 'gap worst')}`,
  );
  console.log(row(...Array.from({ length: 7 }, () => '---')));
  for (const [shape, units, count] of shapes) {
    const solves = Array.from({ length: count }, (_, seed) => {
      const preparation = prepared(randomLarge(shape, units, seed + 1));
      return [1.1, 5.85, 18.88, 60].map((mbps) => medianOf(() => solved(preparation, mbps)));
    }).flat();
    const times = solves.map(({ ms }) => ms);
    const gaps = solves.map(({ value }) => value.gap * 100);
    console.log(
      row(
        shape,
        units,
        quantile(times, 0.5),
        quantile(times, 0.99),
        `${solves.filter(({ value }) => value.optimal).length} of ${solves.length}`,
        `${quantile(gaps, 0.5)} %`,
        `${quantile(gaps, 1)} %`,
      ),
    );
  }
}

function prepared(network: Network): Exclude<ReturnType<typeof prepareNetwork>, { fault: string }> {
  const preparation = prepareNetwork(network);
  if ('fault' in preparation) throw new Error(`${preparation.field}: ${preparation.fault}`);
  return preparation;
}

function solved(
  preparation: ReturnType<typeof prepared>,
  uplinkMbps: number,
  strategy: StrategyName = 'auto',
): Schedule {
  const link: Link = { ...TRAITS, uplinkMbps };
  const outcome = planPrepared(preparation, { link }, strategy);
  if (outcome.kind === 'infeasible') throw new Error(outcome.because);
  return outcome.schedule;
}

function medianOf<T>(question: () => T): { ms: number; value: T } {
  const answers = Array.from({ length: REPEATS }, () => timed(question));
  const [median = answers[0]] = answers.toSorted(([a], [b]) => a - b).slice(REPEATS >> 1);
  if (!median) throw new RangeError('nothing was asked');
  return { ms: median[0], value: median[1] };
}

function timed<T>(work: () => T): [number, T] {
  const start = performance.now();
  const value = work();
  return [performance.now() - start, value];
}

function quantile(values: readonly number[], share: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.floor(share * sorted.length));
  return (sorted[at] ?? 0).toFixed(2);
}

function row(...cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

main();
