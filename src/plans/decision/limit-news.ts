/** Whether the limits of a device ask for another plan than it has. Pure. */
import { cutsOf, type DesiredPlan } from '../../wire/index.js';
import { breachOf, hasBytesMoved } from '../pricing/frame-limits.js';
import type { Situation } from '../pricing/prediction.js';
import type { Proposal } from './proposal.js';

/** What the plan does not keep or does not know of limits and deadline; undefined where it suits them. */
export function limitNews(
  situation: Situation,
  current: DesiredPlan | undefined,
): string | undefined {
  if (current === undefined) return undefined;
  const { limits: before = {}, deadline: wasDue } = current;
  const { limits: now = {}, deadline: isDue } = situation;
  if (wasDue?.deadlineMs !== isDue?.deadlineMs || wasDue?.risk !== isDue?.risk) {
    if (isDue === undefined) return 'frames have no deadline to keep any more';
    const percent = Number((100 * isDue.risk).toPrecision(3));
    return `at most ${percent} % of the frames may end after ${isDue.deadlineMs} ms`;
  }
  if (before.bytesPrice !== now.bytesPrice) {
    if (now.bytesPrice === undefined) return 'bytes have no price any more';
    return `each KB of a frame must save ${now.bytesPrice} ms`;
  }
  if (before.deviceMemoryBytes !== now.deviceMemoryBytes) {
    if (now.deviceMemoryBytes === undefined) return 'memory of the device is not limited any more';
    return `blocks on the device may take ${now.deviceMemoryBytes} bytes`;
  }
  const isKept = cutsOf(current).every((cut) => breachOf(situation, cut) === undefined);
  if (isKept || now.maxFrameBytes === undefined) return undefined;
  if (now.maxFrameBytes === 0) return 'the bytes of this month are spent: frames send nothing';
  return `a frame may send ${now.maxFrameBytes} bytes at most`;
}

/** True when frames may send notably more or less than a plan was made for, so that other cuts may suit them. */
export function mayHaveOtherCuts(situation: Situation, { limits }: DesiredPlan): boolean {
  return hasBytesMoved(limits?.maxFrameBytes, situation.limits?.maxFrameBytes);
}

/** True when a proposal has the cuts of a plan, in any order. */
export function hasSameCuts(current: DesiredPlan, proposal: Proposal): boolean {
  const { v, version, at, cause } = current;
  const proposed: DesiredPlan = { v, version, at, cause, ...proposal };
  const textsOf = (plan: DesiredPlan): string[] =>
    cutsOf(plan)
      .map(({ device, uploads }) =>
        JSON.stringify([device, uploads.map(({ tensor, encoding }) => [tensor, encoding])]),
      )
      .sort();
  return textsOf(current).join() === textsOf(proposed).join();
}
