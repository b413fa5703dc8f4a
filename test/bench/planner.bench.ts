/**
 * What the planner costs, measured: joint solves, plan tables, look-ups, large random networks.
 *
 * Prints Markdown for docs/results.md. Wall times and, since a shared machine stretches those,
 * processor times of one process; quantiles are over all runs of all questions.
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
      'p50 ms',
      'p99 ms',
      'p99 CPU ms',
      'table ms',
      'rows',
      'bytes',
      'look-up µs',
      ...RIVALS.map((name) => `${name} worst gap`),
    ),
  );
  console.log(row(...Array.from({ length: 11 + RIVALS.length }, () => '---')));
  for (const { name, network } of instances()) {
    const [prepareMs, preparation] = timed(() => prepared(network));
    const solves = RATES.map((uplinkMbps) => asked(() => solved(preparation, uplinkMbps)));
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
    const runs = solves.flatMap((one) => one.runs);
    console.log(
      row(
        name,
        preparation.sets?.length ?? 'many',
        prepareMs.toFixed(1),
        solves.filter(({ value }) => value.optimal).length,
        ...times(runs),
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
    `\n${row('random networks', 'units', 'p50 ms', 'p99 ms', 'p99 CPU ms', 'optimal', 'gap p50', 'gap worst')}`,
  );
  console.log(row(...Array.from({ length: 8 }, () => '---')));
  for (const [shape, units, count] of shapes) {
    const solves = Array.from({ length: count }, (_, seed) => {
      const preparation = prepared(randomLarge(shape, units, seed + 1));
      return [1.1, 5.85, 18.88, 60].map((mbps) => asked(() => solved(preparation, mbps)));
    }).flat();
    const runs = solves.flatMap((one) => one.runs);
    const gaps = solves.map(({ value }) => value.gap * 100);
    console.log(
      row(
        shape,
        units,
        ...times(runs),
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

/** Asks several times; wall and processor time of every run, and the last answer. */
function asked<T>(question: () => T): { runs: Run[]; value: T } {
  const runs: Run[] = [];
  let value = question();
  for (let i = 0; i < REPEATS; i++) {
    const before = process.cpuUsage();
    const [wallMs, answer] = timed(question);
    const { user, system } = process.cpuUsage(before);
    runs.push({ wallMs, cpuMs: (user + system) / 1000 });
    value = answer;
  }
  return { runs, value };
}

interface Run {
  readonly wallMs: number;
  readonly cpuMs: number;
}

function times(runs: readonly Run[]): string[] {
  const wall = runs.map(({ wallMs }) => wallMs);
  const cpu = runs.map(({ cpuMs }) => cpuMs);
  return [quantile(wall, 0.5), quantile(wall, 0.99), quantile(cpu, 0.99)];
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
