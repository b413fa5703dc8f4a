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
      outcome.kind === 'feasible' && isKept(outcome.schedule) ? outcome.schedule.lowerBoundMs : 0,
    ),
  );
  const rows = outcomes.map(({ name, outcome }) =>
    outcome.kind === 'feasible'
      ? [name, ...cells(outcome.schedule, boundMs)]
      : [name, '–', '–', outcome.because],
  );
  const measures = {
    stream: 'period',
    paced: 'mean latency',
    frame: 'makespan',
    burst: 'makespan',
  };
  const what = measures[problem.objective ?? 'frame'];
  const header = ['strategy', what, 'gap', 'device units', 'uploads'];
  return `${[header, ...rows].map(line).join('\n')}\n`;
}

/** Whether the bound of a schedule speaks of its latency: not where the interval cannot be sustained. */
function isKept({ paced }: Schedule): boolean {
  return paced?.isSustained ?? true;
}

function cells(schedule: Schedule, boundMs: number): string[] {
  const { stream, paced, bytes, makespanMs } = schedule;
  const latencyMs = paced?.executed.meanLatencyMs ?? makespanMs;
  const ms = stream?.periodMs ?? bytes?.costMs ?? latencyMs;
  const gap = boundMs > 0 ? ms / boundMs - 1 : 0;
  const quality = gap <= 1e-9 ? 'optimal' : `${(100 * gap).toFixed(2)} %`;
  return [
    formatMs(stream?.periodMs ?? latencyMs),
    isKept(schedule) ? quality : `${(1000 / (paced?.sustainedMs ?? 1)).toFixed(2)} fps`,
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
