/** The planner's answer as text (table and Gantt) and as one JSON document. */
import type {
  Outcome,
  PacedAnswer,
  Placement,
  Problem,
  Schedule,
  StreamExecution,
} from '../../planner/index.js';
import { Fault } from '../../wire/index.js';
import { formatMs, type GanttStyle, ganttLines } from './gantt.js';
import type { PlanQuestion } from './plan-instance.js';

/** The document of docs/planner.md; uploads are bare ids where no unit names encodings. */
export function planDocument({ network }: Problem, schedule: Schedule): object {
  const hasEncodings = network.units.some((unit) => unit.encodings !== undefined);
  const placed = ({ device, uploads, cloud }: Placement): object => ({
    device,
    uploads: hasEncodings ? uploads : uploads.map(({ id }) => id),
    cloud,
  });
  const { strategy, objective, optimal, makespanMs, lowerBoundMs, gap } = schedule;
  const { stream, paced, bytes, frames } = schedule;
  return {
    strategy,
    objective,
    optimal,
    makespanMs,
    lowerBoundMs,
    gap,
    ...(stream && {
      periodMs: stream.periodMs,
      executed: { ...stream.executed, cuts: stream.executed.cuts.map(placed) },
      mix: stream.mix.map((share) => ({ weight: share.weight, ...placed(share) })),
    }),
    ...(paced && {
      ...paced,
      executed: { ...paced.executed, cuts: paced.executed.cuts.map(placed) },
    }),
    ...(bytes && { bytes }),
    ...(frames && { frames: frames.map(placed) }),
    ...placed(schedule),
    timeline: schedule.timeline,
  };
}

/** The answer as lines of text. */
export function planText(
  { name, problem }: PlanQuestion,
  schedule: Schedule,
  style: GanttStyle,
): string {
  const { units } = problem.network;
  const sent = schedule.uploads.map(({ id, encoding }) =>
    encoding === 'plain' ? id : `${id} as ${encoding}`,
  );
  const rows = [
    ['network', `${name ?? 'unnamed'}, ${units.length} units`],
    ['link', `${problem.link.uplinkMbps} Mbps up, ${problem.link.latencyMs} ms one way`],
    ['strategy', `${schedule.strategy}, ${schedule.objective}`],
    ...figures(schedule),
    ['device', list(schedule.device)],
    ['uploads', list(sent)],
    ['cloud', list(schedule.cloud)],
  ];
  const table = rows.map(([key = '', value = '']) => `${key.padEnd(10)}${value}`);
  return `${[...table, '', ...ganttLines(schedule.timeline, style)].join('\n')}\n`;
}

/** Makespan or period, with its certificate. */
function figures(schedule: Schedule): string[][] {
  const { stream, paced, frames, makespanMs } = schedule;
  if (paced) return [...pacedFigures(schedule, paced), ...bytesFigures(schedule)];
  if (stream) {
    const { executed } = stream;
    return [
      ['period', `${formatMs(stream.periodMs)} (${certificate(schedule)})`],
      [
        'executed',
        `${formatMs(executed.periodMs)} a frame over ${executed.frames} frames, after ${formatMs(executed.fillMs)} to fill`,
      ],
      [
        'latency',
        `${formatMs(executed.meanLatencyMs)} mean, ${formatMs(executed.worstLatencyMs)} worst`,
      ],
      ...stream.mix.map(({ weight, uploads }) => [
        'mix',
        `${(100 * weight).toFixed(1)} % send ${list(uploads.map(({ id }) => id))}`,
      ]),
      ...patternRows(executed),
    ];
  }
  const burst = frames ? `, ${frames.length} frames` : '';
  return [
    ['makespan', `${formatMs(makespanMs)}${burst} (${certificate(schedule)})`],
    ...bytesFigures(schedule),
  ];
}

/** Latency at the interval, or the best interval, with the certificate of the one that counts. */
function pacedFigures(schedule: Schedule, paced: PacedAnswer): string[][] {
  const { intervalMs, isSustained, sustainedMs, loadsMs, executed } = paced;
  const [ofLatency, ofInterval] = isSustained
    ? [` (${certificate(schedule)})`, '']
    : ['', ` (${certificate(schedule)})`];
  const rate = `${(1000 / sustainedMs).toFixed(2)} frames a second`;
  const interval = isSustained
    ? `${formatMs(intervalMs)}, ${rate}`
    : `${formatMs(intervalMs)} cannot be sustained; ${formatMs(sustainedMs)}, ${rate}, can${ofInterval}`;
  const shares = Object.entries(loadsMs).map(
    ([machine, ms]) => `${machine} ${((100 * ms) / sustainedMs).toFixed(0)} %`,
  );
  return [
    ['interval', interval],
    [
      'latency',
      `${formatMs(executed.meanLatencyMs)} mean${ofLatency}, ${formatMs(executed.worstLatencyMs)} worst`,
    ],
    ['load', shares.join(', ')],
    ...(executed.cuts.length > 1 ? patternRows(executed) : []),
  ];
}

function patternRows({ cuts, pattern }: StreamExecution): string[][] {
  return cuts.map(({ uploads }, cut) => [
    cut === 0 ? 'pattern' : '',
    `${pattern.filter((one) => one === cut).length} of ${pattern.length} send ${list(uploads.map(({ id }) => id))}`,
  ]);
}

/** What is sent, and what it buys. */
function bytesFigures({ bytes }: Schedule): string[][] {
  if (!bytes) return [];
  const { frameBytes, savedMsPerMegabyte: saved, furtherMsPerMegabyte: further } = bytes;
  const sent = ['bytes', `${(frameBytes / 1000).toFixed(1)} KB a frame`];
  if (saved === undefined || further === undefined) return [sent];
  const slope = (msPerMegabyte: number | null): string =>
    msPerMegabyte === null ? 'nothing found' : formatMs(msPerMegabyte);
  return [sent, ['megabyte', `saves ${slope(saved)}; a further one would save ${slope(further)}`]];
}

/** The proven quality of a schedule, as text. */
export function certificate({ optimal, lowerBoundMs, gap }: Schedule): string {
  if (optimal) return 'proven optimal';
  return `at most ${(100 * gap).toFixed(2)} % above the optimum, bound ${formatMs(lowerBoundMs)}`;
}

/** The schedule of an outcome; throws PLAN_IMPOSSIBLE. */
export function scheduleOf(outcome: Outcome): Schedule {
  if (outcome.kind === 'feasible') return outcome.schedule;
  throw new Fault('PLAN_IMPOSSIBLE', outcome.because);
}

function list(ids: readonly string[]): string {
  return ids.length === 0 ? '–' : ids.join(', ');
}
