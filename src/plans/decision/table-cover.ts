/**
 * Whether the plan table of a device already says what to do now, so that a new version adds nothing
 * (docs/decisions/0030-rows-and-their-price.md). Pure.
 */
import {
  cutsOf,
  type DesiredPlan,
  type FramePlan,
  latencyAt,
  overloadMs,
  type Prediction,
  priceOfRow,
  rowsOfPlan,
  usualDeadlineMs,
} from '../../wire/index.js';
import { priceMsOf, runsNoBlock } from '../pricing/frame-limits.js';
import { hasPaceChanged } from '../pricing/frame-pace.js';
import { chunkBytesFor } from '../pricing/link-estimates.js';
import { localCut } from '../pricing/planner-network.js';
import { predict, type Situation } from '../pricing/prediction.js';
import { costOf, weighedPlan } from './best-plan.js';
import { answerDeadlineMs, type PricedPlan } from './proposal.js';

/** A table's word is good while it is within this of what is predicted now, and so is a deadline that was made from it. */
export const MAX_DRIFT = 0.2;
/** Chunks that were sized for a quicker link may take so long. */
const MAX_CHUNK_MS = 400;

/** What the device has of its table. */
export interface Followed {
  /** Number of the cut that it follows, as far as it reported. */
  readonly cut: number;
  /** False for a device that had time to follow another row and did not. */
  readonly isTrusted: boolean;
}

/** What another plan must gain over one that costs this much, as a share. */
export interface GainMargin {
  leastGain(nowMs: number): number;
}

/** True while the table's row for the link is as good as the best plan, and is, or soon will be, what the device follows. */
export function isCovered(
  situation: Situation,
  current: DesiredPlan,
  { best, margins, followed }: { best: PricedPlan; margins: GainMargin; followed: Followed },
): boolean {
  if (current.mix !== undefined || best.mix !== undefined) return false;
  if (hasPaceChanged(current.paced?.intervalMs, best.paced?.intervalMs)) return false;
  const rows = rowsAt(situation, current);
  const row = rows.find(({ costMs }) => costMs === Math.min(...rows.map((one) => one.costMs)));
  const own = rows.find(({ cut }) => cut.cut === followed.cut);
  const frameMs = row && predict(situation, row.cut)?.totalMs;
  const costMs = current.paced === undefined ? frameMs : row && costOf(situation, row.cut);
  if (row === undefined || own === undefined) return false;
  if (frameMs === undefined || costMs === undefined) return false;
  const nowMs = costMs + priceMsOf(situation, row.cut);
  const leastGain = margins.leastGain(nowMs);
  const isFollowed = followed.isTrusted || row.costMs >= (1 - leastGain) * own.costMs;
  const isAsGood = weighedPlan(situation, best) >= (1 - leastGain) * nowMs;
  const isTrue = Math.abs(row.tableMs - frameMs) <= MAX_DRIFT * frameMs;
  return isFollowed && isAsGood && isTrue && isRunnable(situation, current, row, rows);
}

/**
 * True where the latency of some row is off by more than its share: times of blocks or overheads are others than the table was made for.
 * Undefined without a table. `shareOf` knows what counts for a row by its prediction of now.
 */
export function isTableOff(
  situation: Situation,
  current: DesiredPlan,
  shareOf: (predicted: Prediction) => number,
): boolean | undefined {
  if (current.table === undefined) return undefined;
  return rowsAt(situation, current).some(({ cut, tableMs }) => {
    const now = predict(situation, cut);
    return now === undefined || Math.abs(tableMs - now.totalMs) > shareOf(now) * now.totalMs;
  });
}

interface RowNow {
  readonly cut: FramePlan;
  /** Latency over the link of now, as the device computes it. */
  readonly tableMs: number;
  /** With the wait of frames that come more often than the row serves them, and the price of its bytes. */
  readonly costMs: number;
}

function rowsAt({ link, costs, limits = {} }: Situation, plan: DesiredPlan): RowNow[] {
  const cuts = cutsOf(plan);
  const frameMs = costs.overheads?.frameMs ?? 0;
  const { uplinkMsPerByte } = link;
  const { bytesPrice = 0 } = limits;
  const { intervalMs = Number.POSITIVE_INFINITY, margins } = plan.paced ?? {};
  return rowsOfPlan(plan).flatMap(({ cut, times }) => {
    const one = cuts[cut];
    if (one === undefined) return [];
    const tableMs = latencyAt(times, uplinkMsPerByte) + frameMs;
    const priceMs = priceOfRow(times, bytesPrice);
    const queueMs = overloadMs(times, uplinkMsPerByte, intervalMs, {}, margins);
    const costMs = tableMs + queueMs + priceMs;
    return [{ cut: one, tableMs, costMs }];
  });
}

/** The plan's deadline leaves the row its time, and its chunks pass the link in pieces. */
function isRunnable(
  situation: Situation,
  plan: DesiredPlan,
  { cut, tableMs }: RowNow,
  rows: readonly RowNow[],
): boolean {
  if (cut.uploads.length === 0) return true;
  const { link, model } = situation;
  const alone = rows.find((row) => row.cut.uploads.length === 0);
  const local = runsNoBlock(situation) ? undefined : predict(situation, localCut(model));
  const localMs = alone?.tableMs ?? local?.totalMs ?? 0;
  const wantedMs = answerDeadlineMs(situation, usualDeadlineMs(tableMs, localMs));
  const chunkMs = plan.chunkBytes * link.uplinkMsPerByte;
  const hasTime = plan.deadlineMs >= (1 - MAX_DRIFT) * wantedMs;
  return hasTime && (chunkMs <= MAX_CHUNK_MS || plan.chunkBytes <= chunkBytesFor(link));
}
