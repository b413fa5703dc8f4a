/** Frames of a real agent as the replay has them, so that both are summed up by the same function. Pure. */
import {
  localRow,
  type ReplayCase,
  type Replayed,
  type ReplayedFrame,
} from '../../../src/replay/index.js';
import { cutsOf, type DesiredPlan, type RowTimes, rowsOfPlan } from '../../../src/wire/index.js';

/** A frame as the agent prints it (`--json`), with the testbed's time of printing. */
export interface LiveFrame {
  readonly endedMs: number;
  readonly totalMs: number;
  readonly outcome: 'cloud' | 'local-plan' | 'local-fallback' | 'failed';
  readonly sentBytes: number;
  readonly plan: { readonly version: number; readonly cut: number } | null;
}

/** Plans by version. */
export type Plans = ReadonlyMap<number, DesiredPlan>;

/** Answered frames, with rows numbered as they come: a row is what device and cloud do, whatever version says so. */
export function asReplayed(frames: readonly LiveFrame[], plans: Plans, beganMs: number): Replayed {
  const rows = new Map<string, number>();
  const answered = frames.flatMap((frame): ReplayedFrame[] => {
    const { outcome, endedMs, totalMs } = frame;
    if (outcome === 'failed') return [];
    const text = rowText(frame, plans);
    const row = rows.get(text) ?? rows.size;
    rows.set(text, row);
    const atMs = endedMs - totalMs - beganMs;
    return [{ atMs, row, latencyMs: totalMs, outcome, isSilent: false }];
  });
  return { frames: answered, suppressed: 0 };
}

function rowText({ plan }: LiveFrame, plans: Plans): string {
  const desired = plan === null ? undefined : plans.get(plan.version);
  return desired === undefined ? '' : cutText(cutsOf(desired)[plan?.cut ?? 0] ?? desired);
}

/** What is on the device and what is sent: two cuts with the same text are the same. */
export function cutText({ device, uploads }: Pick<DesiredPlan, 'device' | 'uploads'>): string {
  return JSON.stringify([device, uploads.map(({ tensor, encoding }) => [tensor, encoding])]);
}

/** The rows of a plan's table over a link of another round trip than the one they were made for. */
export function rowsOver(plan: DesiredPlan, rttMs: number): RowTimes[] {
  return rowsOfPlan(plan).map(({ times }) => overTrip(times, rttMs));
}

/** A plan's own cut among the rows of a case: its number there; added where the table does not have it. */
export function withOwnRow(
  one: ReplayCase,
  adaptive: DesiredPlan,
  plan: DesiredPlan,
): { readonly case: ReplayCase; readonly row: number } {
  const cuts = cutsOf(adaptive);
  const known = rowsOfPlan(adaptive).findIndex(
    ({ cut }) => cutText(cuts[cut] ?? adaptive) === cutText(plan),
  );
  if (known >= 0) return { case: one, row: known };
  if (plan.uploads.length === 0) return { case: one, row: localRow(one.rows) };
  return {
    case: { ...one, rows: [...one.rows, timesOfStages(plan, one.rttMs)] },
    row: one.rows.length,
  };
}

/** A row from the stages that a plan predicts: all is sent when the device is done, and the cloud begins when all is there. */
export function timesOfStages({ predicted, uploads }: DesiredPlan, rttMs: number): RowTimes {
  const { deviceMs, encodeMs, queueMs, cloudMs, downlinkMs } = predicted;
  const readyMs = deviceMs + encodeMs;
  const bytes = uploads.reduce((sum, upload) => sum + upload.bytes, 0);
  return {
    ...{ deviceMs: readyMs, ownMs: 0, latencyMs: rttMs / 2, returnMs: rttMs / 2 + downlinkMs },
    uploads: [{ readyMs, bytes, cloudMs: queueMs + cloudMs }],
  };
}

function overTrip(times: RowTimes, rttMs: number): RowTimes {
  const latencyMs = rttMs / 2;
  return {
    ...times,
    latencyMs,
    returnMs: Math.max(0, times.returnMs - times.latencyMs) + latencyMs,
  };
}
