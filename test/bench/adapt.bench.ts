/**
 * What adapting is worth: the nine synthetic uplinks × the reference networks, replayed under the device's own policy and what
 * it is compared with, frames one at a time and at a camera's rate; and the long outage.
 */
import {
  type Comparison,
  compareAll,
  compared,
  rowsOf,
  type Uplink,
  uplinks,
  uplinkTrace,
  withOutage,
} from '../../src/replay/index.js';
import { usualDeadlineMs } from '../../src/wire/index.js';
import { instances } from '../support/planner/instances.js';
import type { BenchOptions } from './bench-options.js';
import { markdownTable } from './markdown-table.js';

const SEED = 7;
const PERIODS_MS = { 'One frame a second': 1000, 'Camera, ten pictures a second': 100 };
/** What the cloud sends back; the traits of the links are those of the planner's benchmark. */
const RESULT = { resultBytes: 4000, downlinkMbps: 20 };
const OUTAGE_MS = 78_000;

interface Cell {
  readonly uplink: Uplink;
  readonly network: string;
  readonly localMs: number;
  readonly by: Comparison;
}

/** Prints all tables. */
export function adapt({ isShort }: BenchOptions): void {
  const networks = instances().filter(({ name }) => !/^(file-|tiny-)/.test(name));
  const few = isShort ? networks.filter(({ name }) => name === 'three-heads') : networks;
  const lastsMs = isShort ? 60_000 : 600_000;
  for (const [title, periodMs] of Object.entries(PERIODS_MS)) {
    const cells = uplinks.flatMap((uplink) =>
      few.map(({ name, network }): Cell => {
        const { rttMs } = uplink;
        const rows = rowsOf(network, { ...RESULT, latencyMs: rttMs / 2, perTensorMs: 0 });
        const localMs = rows.find(({ uploads }) => uploads.length === 0)?.ownMs ?? 0;
        const trace = uplinkTrace(uplink, SEED, lastsMs);
        const by = compareAll({ trace, rows, rttMs, periodMs, lastsMs });
        return { uplink, network: name, localMs, by };
      }),
    );
    console.log(`\n### ${title}, ${lastsMs / 1000} s each\n\n${byUplink(cells)}\n`);
    console.log(`${overall(cells)}\n`);
    console.log(`Cells above 1.10: ${far(cells)}`);
  }
  console.log(`\n### Through an outage of ${OUTAGE_MS / 1000} s\n\n${outages(few)}`);
}

const ratio = ({ by }: Cell, name: keyof Comparison): number =>
  by[name].meanMs / by.clairvoyant.meanMs;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

const NAMES = ['clairvoyant-six', 'adaptive', 'best-fixed', 'rate-average', 'quick-rate'] as const;

function byUplink(cells: readonly Cell[]): string {
  const rows = uplinks.map(({ name }) => {
    const its = cells.filter(({ uplink }) => uplink.name === name);
    const switches = its.map(({ by }) => by.adaptive.switchesPerMinute);
    return [
      name,
      ...NAMES.map((policy) => mean(its.map((cell) => ratio(cell, policy))).toFixed(3)),
      Math.max(...switches).toFixed(1),
      String(Math.max(...its.map(({ by }) => by.adaptive.maxSwitchesInAMinute))),
      mean(its.map(({ by }) => by.clairvoyant.switchesPerMinute)).toFixed(1),
    ];
  });
  const head = [
    'mean latency over the clairvoyant’s',
    ...NAMES,
    'switches a minute, most of a network',
    'in any one minute',
    'clairvoyant’s, mean',
  ];
  return markdownTable(head, rows);
}

function overall(cells: readonly Cell[]): string {
  const texts = NAMES.map(
    (name) => `${name} ${mean(cells.map((cell) => ratio(cell, name))).toFixed(3)}`,
  );
  const share = (fits: (cell: Cell) => boolean): string =>
    `${cells.filter(fits).length} of ${cells.length}`;
  const isKept = ({ by, localMs }: Cell): boolean =>
    by.adaptive.p99Ms <= localMs + usualDeadlineMs(localMs, localMs);
  return [
    `Over all: ${texts.join(', ')}.`,
    `Within 1.10: ${share((cell) => ratio(cell, 'adaptive') <= 1.1)}.`,
    `At least as good, to 1 %, as the best fixed row of hindsight: ${share((cell) => ratio(cell, 'adaptive') <= 1.01 * ratio(cell, 'best-fixed'))};`,
    `as the average of the rate: ${share((cell) => ratio(cell, 'adaptive') <= 1.01 * ratio(cell, 'rate-average'))}.`,
    `p99 within local-only + deadline: ${share(isKept)}.`,
  ].join(' ');
}

function far(cells: readonly Cell[]): string {
  const texts = cells
    .filter((cell) => ratio(cell, 'adaptive') > 1.1)
    .map((cell) => `${cell.network} on ${cell.uplink.name} ${ratio(cell, 'adaptive').toFixed(2)}`);
  return texts.length === 0 ? 'none.' : `${texts.join('; ')}.`;
}

/** A steady link of 5.85 or 18.88 Mbps that stands still for long. */
function outages(networks: ReturnType<typeof instances>): string {
  const rows = networks.map(({ name, network }) => {
    const rttMs = 40;
    const lastsMs = 300_000;
    const table = rowsOf(network, { ...RESULT, latencyMs: rttMs / 2, perTensorMs: 0 });
    const localMs = table.find(({ uploads }) => uploads.length === 0)?.ownMs ?? 0;
    const steady = uplinkTrace({ ...STEADY, rttMs }, SEED, lastsMs);
    const trace = withOutage(steady, 100_000, OUTAGE_MS);
    const one = { trace, rows: table, rttMs, periodMs: 1000, lastsMs };
    const { frames, fallbacks, p99Ms, maxMs, switches } = compared(one, 'adaptive');
    const limitMs = localMs + usualDeadlineMs(localMs, localMs);
    return [
      name,
      `${frames} of ${frames}`,
      String(fallbacks),
      String(switches),
      ...[p99Ms, maxMs, localMs, limitMs].map((ms) => ms.toFixed(0)),
    ];
  });
  const head = ['network', 'answered', 'finished here', 'switches', 'p99 ms', 'max ms', 'local ms'];
  return markdownTable([...head, 'local + deadline ms'], rows);
}

const STEADY: Uplink = {
  ...{ name: 'steady', logMean: Math.log(18.88), logSd: 0.05, correlation: 0.8 },
  ...{ outageShare: 0, outageMs: 0, longestOutageMs: 0, rttMs: 40 },
};
