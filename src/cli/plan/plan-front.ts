/** `flotilla plan --front`: rate against latency, as a table and as a picture. */
import { type Front, type FrontPoint, frontOf } from '../../planner/index.js';
import { Fault } from '../../wire/index.js';
import { formatMs } from './gantt.js';
import type { PlanQuestion } from './plan-instance.js';

/** The points of the front; throws PLAN_IMPOSSIBLE. */
export function frontPoints({ problem }: PlanQuestion): readonly FrontPoint[] {
  const front: Front = frontOf(problem);
  if (front.kind === 'feasible') return front.points;
  throw new Fault('PLAN_IMPOSSIBLE', front.because);
}

/** One line a point, from the least latency to the highest rate. */
export function frontText(points: readonly FrontPoint[]): string {
  const header = ['frames/s', 'interval', 'mean latency', 'worst', 'KB a frame', 'frames send'];
  const rows = points.map((point) => [
    (1000 / point.intervalMs).toFixed(2),
    formatMs(point.intervalMs),
    formatMs(point.meanLatencyMs),
    formatMs(point.worstLatencyMs),
    (point.frameBytes / 1000).toFixed(1),
    cutsText(point),
  ]);
  return `${[header, ...rows].map(line).join('\n')}\n`;
}

/** What the frames of a point send; of several cuts with the number of frames of each. */
export function cutsText({ cuts, pattern }: FrontPoint): string {
  const sent = cuts.map(({ uploads }) => uploads.map(({ id }) => id).join(' + ') || 'nothing');
  if (cuts.length === 1) return sent.join();
  const timesOf = (cut: number): number => pattern.filter((one) => one === cut).length;
  return sent.map((ids, cut) => `${timesOf(cut)} × ${ids}`).join(', ');
}

function line([
  rate = '',
  interval = '',
  mean = '',
  worst = '',
  bytes = '',
  cuts = '',
]: readonly string[]): string {
  const numbers = [interval, mean, worst].map((cell) => cell.padStart(13));
  return `${rate.padStart(8)}${numbers.join('')}${bytes.padStart(12)}  ${cuts}`.trimEnd();
}
