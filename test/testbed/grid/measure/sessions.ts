/**
 * What is measured of a network by which agent. An agent is started for a mode and a feed, since both are facts of how it is
 * started; all rows that can be had from it take turns on it, so that a drift of the machine meets them alike.
 */
import {
  type Cell,
  type Feed,
  type MeasuredRow,
  type Mode,
  type Policy,
  ROWS,
  type Row,
} from './grid.js';

/** A row under a policy; one without tensors between blocks is measured under `exact`, and is the same in all cells. */
export interface Task {
  readonly row: Row;
  readonly policy: Policy;
}

/** One life of an agent. */
export interface Session {
  readonly mode: Mode;
  readonly feed: Feed;
  readonly tasks: readonly Task[];
}

/** The sessions that a network needs, by what it can be fed with. */
export function sessionsOf(
  feeds: readonly Feed[],
  modes: readonly Mode[],
  policies: readonly Policy[],
): Session[] {
  return MODES_IN_ORDER.flatMap((mode) =>
    feeds.map((feed) => ({ mode, feed, tasks: tasksOf(mode, feed, modes, policies) })),
  ).filter(({ tasks }) => tasks.length > 0);
}

const MODES_IN_ORDER: readonly Mode[] = ['frames', 'stream'];

function tasksOf(
  mode: Mode,
  feed: Feed,
  modes: readonly Mode[],
  policies: readonly Policy[],
): Task[] {
  const rowFeed = feed === 'pixels' ? 'pixels' : 'camera';
  const rows = ROWS.filter((row: Row) => {
    if (row.feed !== rowFeed) return false;
    // Partition-only is one frame after another by its nature: a stream has it from there.
    if (row.strategy === 'min-cut') return mode === 'frames';
    return modes.includes(mode);
  });
  return policies.flatMap((policy, i) =>
    rows.filter((row: Row) => row.hasPolicy || i === 0).map((row) => ({ row, policy })),
  );
}

/** Flags of an agent in a mode. */
export function modeArgs(mode: Mode): string[] {
  return mode === 'stream'
    ? ['--objective', 'stream']
    : ['--objective', 'frame', '--in-flight', '1'];
}

/** A row that was measured, and where it belongs. */
export interface Taken {
  readonly mode: Mode;
  readonly task: Task;
  readonly rate: number;
  readonly load: number;
  readonly measured: MeasuredRow;
}

/** The rows of a cell in their order: its own, and those that are the same in all cells of the link. */
export function rowsOf(taken: readonly Taken[], mode: Mode, policy: Policy): MeasuredRow[] {
  return ROWS.flatMap((row: Row) => {
    const of = taken.find(
      ({ task, ...one }) =>
        task.row === row &&
        (!row.hasPolicy || task.policy === policy) &&
        one.mode === (row.strategy === 'min-cut' ? 'frames' : mode),
    );
    return of === undefined ? [] : [of.measured];
  });
}

/** The cells that were measured of a network. */
export function cellsOf(
  network: string,
  taken: readonly Taken[],
  { links, modes, policies }: Pick<GridAxes, 'links' | 'modes' | 'policies'>,
): Cell[] {
  return modes.flatMap((mode) =>
    links.flatMap((link) =>
      policies.flatMap((policy) => {
        const here = taken.filter(({ rate }) => rate === link.uplinkMbps);
        const rows = rowsOf(here, mode, policy);
        const load = Math.max(0, ...here.map((one) => one.load));
        return rows.length === 0 ? [] : [{ network, link, mode, policy, load, rows }];
      }),
    ),
  );
}

/** What is measured of every network. */
export interface GridAxes {
  readonly links: readonly Cell['link'][];
  readonly modes: readonly Mode[];
  readonly policies: readonly Policy[];
}
