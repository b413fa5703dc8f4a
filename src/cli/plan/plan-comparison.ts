/** `flotilla plan --compare`: one instance under every strategy. */
import { type Schedule, type StrategyName, solve, strategies } from '../../planner/index.js';
import { formatMs } from './gantt.js';
import type { PlanQuestion } from './plan-instance.js';

/** A table of all strategies; gaps are relative to the best bound of any strategy. */
export function comparisonText({ problem }: PlanQuestion): string {
  const names = Object.keys(strategies) as StrategyName[];
  const outcomes = names.map((name) => ({ name, outcome: solve(problem, name) }));
  const boundMs = Math.max(
    ...outcomes.map(({ outcome }) =>
      outcome.kind === 'feasible' ? outcome.schedule.lowerBoundMs : 0,
    ),
  );
  const rows = outcomes.map(({ name, outcome }) =>
    outcome.kind === 'feasible'
      ? [name, ...cells(outcome.schedule, boundMs)]
      : [name, '–', '–', outcome.because],
  );
  const what = problem.objective === 'stream' ? 'period' : 'makespan';
  const header = ['strategy', what, 'gap', 'device units', 'uploads'];
  return `${[header, ...rows].map(line).join('\n')}\n`;
}

function cells(schedule: Schedule, boundMs: number): string[] {
  const ms = schedule.stream?.periodMs ?? schedule.makespanMs;
  const gap = boundMs > 0 ? ms / boundMs - 1 : 0;
  return [
    formatMs(ms),
    gap <= 1e-9 ? 'optimal' : `${(100 * gap).toFixed(2)} %`,
    String(schedule.device.length),
    schedule.uploads.map(({ id }) => id).join(', ') || '–',
  ];
}

function line([
  strategy = '',
  ms = '',
  gap = '',
  units = '',
  uploads = '',
]: readonly string[]): string {
  return `${strategy.padEnd(12)}${ms.padStart(12)}  ${gap.padStart(10)}  ${units.padStart(12)}  ${uploads}`.trimEnd();
}
