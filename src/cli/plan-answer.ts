/** The planner's answer as people read it (table and Gantt) and as programs read it (one document). */
import type { Outcome, Problem, Schedule } from '../planner/index.js';
import { Fault } from '../wire/index.js';
import { formatMs, type GanttStyle, ganttLines } from './gantt.js';
import type { PlanQuestion } from './plan-instance.js';

/** The document of docs/planner.md; uploads are bare ids where no unit names encodings. */
export function planDocument({ network }: Problem, schedule: Schedule): object {
  const hasEncodings = network.units.some((unit) => unit.encodings !== undefined);
  const { strategy, objective, optimal, makespanMs, lowerBoundMs, gap } = schedule;
  return {
    strategy,
    objective,
    optimal,
    makespanMs,
    lowerBoundMs,
    gap,
    device: schedule.device,
    uploads: hasEncodings ? schedule.uploads : schedule.uploads.map(({ id }) => id),
    cloud: schedule.cloud,
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
    ['makespan', `${formatMs(schedule.makespanMs)} (${certificate(schedule)})`],
    ['device', list(schedule.device)],
    ['uploads', list(sent)],
    ['cloud', list(schedule.cloud)],
  ];
  const table = rows.map(([key = '', value = '']) => `${key.padEnd(10)}${value}`);
  return `${[...table, '', ...ganttLines(schedule.timeline, style)].join('\n')}\n`;
}

/** What is known about how good a schedule is. */
export function certificate({ optimal, lowerBoundMs, gap }: Schedule): string {
  if (optimal) return 'proven optimal';
  return `at most ${(100 * gap).toFixed(2)} % above the optimum, bound ${formatMs(lowerBoundMs)}`;
}

/** The schedule of an outcome, or the fault it is. */
export function scheduleOf(outcome: Outcome): Schedule {
  if (outcome.kind === 'feasible') return outcome.schedule;
  throw new Fault('PLAN_IMPOSSIBLE', outcome.because);
}

function list(ids: readonly string[]): string {
  return ids.length === 0 ? '–' : ids.join(', ');
}
