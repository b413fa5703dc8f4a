/** The planner's answer as text (table and Gantt) and as one JSON document. */
import type { Outcome, Placement, Problem, Schedule } from '../../planner/index.js';
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
  const { strategy, objective, optimal, makespanMs, lowerBoundMs, gap, stream, frames } = schedule;
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
  const { stream, frames, makespanMs } = schedule;
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
      ...executed.cuts.map(({ uploads }, cut) => [
        cut === 0 ? 'pattern' : '',
        `${executed.pattern.filter((one) => one === cut).length} of ${executed.pattern.length} send ${list(uploads.map(({ id }) => id))}`,
      ]),
    ];
  }
  const burst = frames ? `, ${frames.length} frames` : '';
  return [['makespan', `${formatMs(makespanMs)}${burst} (${certificate(schedule)})`]];
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
