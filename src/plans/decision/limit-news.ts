/** Whether the limits of a device ask for another plan than it has. Pure. */
import { cutsOf, type DesiredPlan } from '../../wire/index.js';
import { breachOf, hasBytesMoved } from '../pricing/frame-limits.js';
import type { LineShare } from '../pricing/pace-margin.js';
import type { Situation } from '../pricing/prediction.js';
import type { Proposal } from './proposal.js';

/** A slowdown that is less is rounding. */
const SLOWED = 1 + 1e-6;

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
    return priceText(now.bytesPrice, situation);
  }
  if (before.deviceMemoryBytes !== now.deviceMemoryBytes) {
    if (before.deviceMemoryBytes === 0) return 'the device runs blocks now';
    if (now.deviceMemoryBytes === undefined) return 'memory of the device is not limited any more';
    if (now.deviceMemoryBytes === 0) return 'the device runs no blocks';
    return `blocks on the device may take ${now.deviceMemoryBytes} bytes`;
  }
  const isKept = cutsOf(current).every((cut) => breachOf(situation, cut) === undefined);
  if (isKept || now.maxFrameBytes === undefined) return undefined;
  if (now.maxFrameBytes === 0) return 'the bytes of this month are spent: frames send nothing';
  return `a frame may send ${now.maxFrameBytes} bytes at most`;
}

/** What a device said of itself that the plan does not suit, in any of its cuts; undefined where it suits. */
export function abilityNews(
  situation: Situation,
  current: DesiredPlan | undefined,
): string | undefined {
  if (current === undefined) return undefined;
  const { spoken } = situation.costs;
  const unspoken = cutsOf(current)
    .flatMap(({ uploads }) => uploads)
    .find(({ encoding }) => !spoken.includes(encoding));
  if (unspoken !== undefined) return `the device does not send ${unspoken.encoding}`;
  const { table, mix, alternatives } = current;
  const isBare = table === undefined && mix === undefined && alternatives.length === 0;
  if (situation.isSmall) return isBare ? undefined : 'the device reads small plans';
  return isBare && hasTable(situation) ? 'the device reads whole plans' : undefined;
}

/** Whether plans have a table: where an operator orders a strategy, and in a small plan, the device has nothing to choose. */
export function hasTable({ strategy = 'auto', isSmall }: Situation): boolean {
  return strategy === 'auto' && isSmall === undefined;
}

/** What a price on bytes asks, and how much of it is for the other devices of a site. */
export function priceText(bytesPrice: number, { line }: Pick<Situation, 'line'>): string {
  const text = `each KB of a frame must save ${shown(bytesPrice)} ms`;
  if (line === undefined || line.bytesPrice === 0) return text;
  return `${text}, ${shown(line.bytesPrice)} ms of it because the line of site '${line.site}' is full`;
}

/** Which interval the line of a site leaves a device's frames; undefined where the line does not lengthen it. */
export function paceText(intervalMs: number, line: LineShare | undefined): string | undefined {
  if (line === undefined || line.slowdown <= SLOWED || intervalMs > line.intervalMs)
    return undefined;
  return `the line of site '${line.site}' leaves it a frame every ${shown(intervalMs)} ms`;
}

const shown = (value: number): string => String(Number(value.toPrecision(3)));

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
