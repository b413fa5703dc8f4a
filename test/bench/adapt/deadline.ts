/**
 * What planning for a deadline is worth: the nine synthetic uplinks × the reference networks × deadlines, replayed with rows
 * chosen by their chance of being late and by expected latency.
 */
import {
  chanceReplay,
  type DeadlineReplay,
  type DeadlineReplays,
  deadlineReplays,
  rowsOf,
  uplinks,
  uplinkTrace,
} from '../../../src/replay/index.js';
import { instances } from '../../support/planner/instances.js';
import type { BenchOptions } from '../bench-options.js';
import { markdownTable } from '../markdown-table.js';

const SEED = 7;
const RISK = 0.05;
const PERIOD_MS = 1000;
/** Deadlines, as shares of what the device needs alone. */
const SHARES = [0.5, 0.8, 1.2];
const RESULT = { resultBytes: 4000, downlinkMbps: 20 };

interface Cell {
  readonly name: string;
  readonly uplink: string;
  readonly by: DeadlineReplays;
  /** By chance, with the rows that a plan for the deadline holds. */
  readonly due: DeadlineReplay;
}

/** Prints misses and bytes by uplink, and the bounds that were not met. */
export function deadline({ isShort }: BenchOptions): void {
  const networks = instances().filter(({ name }) => !/^(file-|tiny-)/.test(name));
  const few = isShort ? networks.filter(({ name }) => name === 'three-heads') : networks;
  const lastsMs = isShort ? 60_000 : 600_000;
  const cells = uplinks.flatMap((uplink) =>
    few.flatMap(({ name, network }) => {
      const traits = { ...RESULT, latencyMs: uplink.rttMs / 2, perTensorMs: 0 };
      const rows = rowsOf(network, traits);
      const localMs = rows.find(({ uploads }) => uploads.length === 0)?.ownMs ?? 0;
      const trace = uplinkTrace(uplink, SEED, lastsMs);
      const one = { trace, rows, rttMs: uplink.rttMs, periodMs: PERIOD_MS, lastsMs };
      return SHARES.map((share): Cell => {
        const goal = { deadlineMs: share * localMs, risk: RISK };
        const by = deadlineReplays(one, goal);
        const dueRows = rowsOf(network, traits, { deadlineMs: goal.deadlineMs });
        const due = chanceReplay({ ...one, rows: dueRows }, goal);
        return { name: `${name} at ${share}`, uplink: uplink.name, by, due };
      });
    }),
  );
  console.log(`\n${lastsMs / 1000} s each, risk ${RISK}\n\n${byUplink(cells)}\n`);
  console.log(verdict(cells));
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
const percent = (share: number): string => (100 * share).toFixed(1);

function byUplink(cells: readonly Cell[]): string {
  const rows = uplinks.map(({ name }) => {
    const own = cells.filter(({ uplink }) => uplink === name);
    const its = own.map(({ by }) => by);
    const bytes = (of: 'chance' | 'expected'): string =>
      (mean(its.map((by) => by[of].bytes)) / 1000).toFixed(1);
    return [
      name,
      percent(mean(its.map(({ hopeless }) => hopeless))),
      percent(mean(its.map(({ fixed }) => fixed.missed))),
      percent(mean(its.map(({ expected }) => expected.missed))),
      percent(mean(its.map(({ chance }) => chance.missed))),
      percent(mean(own.map(({ due }) => due.missed))),
      bytes('expected'),
      bytes('chance'),
      (mean(own.map(({ due }) => due.bytes)) / 1000).toFixed(1),
    ];
  });
  const misses = [
    'hopeless',
    'best fixed row',
    'expected latency',
    'chance',
    'chance, rows for it',
  ];
  const bytes = ['expected latency', 'chance', 'chance, rows for it'].map(
    (by) => `kB a frame, ${by}`,
  );
  const head = ['missed, %', ...misses, ...bytes];
  return markdownTable(head, rows);
}

/** Where some policy keeps the risk, and how chance compares with expected latency. */
function verdict(cells: readonly Cell[]): string {
  const can = cells.filter(
    ({ by }) => Math.min(by.fixed.missed, by.expected.missed, by.chance.missed) <= RISK,
  );
  const kept = can.filter(({ by }) => by.chance.missed <= RISK);
  const avoidable = (of: 'chance' | 'expected'): number =>
    mean(cells.map(({ by }) => Math.max(0, by[of].missed - by.hopeless)));
  const worse = cells.filter(({ by }) => by.chance.missed > Math.max(RISK, by.expected.missed));
  const broken = can
    .filter((cell) => !kept.includes(cell))
    .map(({ name, uplink, by }) => `${name} on ${uplink} ${percent(by.chance.missed)} %`);
  const total = (of: 'chance' | 'expected'): number => mean(cells.map(({ by }) => by[of].missed));
  return [
    `Within the risk where any policy is: ${kept.length} of ${can.length} (${cells.length} cells).`,
    `Missed by expected latency and by chance: ${percent(total('expected'))} % and ${percent(total('chance'))} %;`,
    `of these avoidable: ${avoidable('expected').toFixed(4)} and ${avoidable('chance').toFixed(4)} of all frames.`,
    `By chance more than the risk and more than by expected latency: ${worse.map(({ name, uplink, by }) => `${name} on ${uplink} ${percent(by.expected.missed)} → ${percent(by.chance.missed)} %`).join('; ')}.`,
    ...dueVerdict(cells),
    `Broken: ${broken.length === 0 ? 'none' : broken.join('; ')}.`,
  ].join(' ');
}

/** What rows for the deadline change: misses and bytes where the quickest rows keep the risk too. */
function dueVerdict(cells: readonly Cell[]): string[] {
  const kept = cells.filter(({ by }) => by.chance.missed <= RISK);
  const broken = kept.filter(({ due }) => due.missed > RISK);
  const sending = kept.filter(({ by }) => by.chance.bytes > 0);
  const saved = sending.map(({ by, due }) => 1 - due.bytes / by.chance.bytes);
  const names = broken.map(({ name, uplink }) => `${name} on ${uplink}`);
  return [
    `With rows for the deadline: within the risk in ${kept.length - broken.length} of these ${kept.length};`,
    `bytes saved in those that send: ${percent(mean(saved))} % on average, at most ${percent(Math.max(0, ...saved))} %, at least ${percent(Math.min(0, ...saved))} %.`,
    ...(names.length === 0 ? [] : [`Not within it: ${names.join('; ')}.`]),
  ];
}
