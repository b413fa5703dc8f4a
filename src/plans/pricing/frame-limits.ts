/** What plans keep within: bytes in flight, bytes of a frame, memory of the device; and what their bytes cost. Pure. */
import type { DeviceLimits } from '../../fleet/index.js';
import type { Limits, Problem } from '../../planner/index.js';
import { type DesiredPlan, type ModelDocument, ranges, withheldBy } from '../../wire/index.js';
import type { Cut } from './planner-network.js';
import type { Situation } from './prediction.js';
import { waysOf } from './ways.js';

/** Bytes that a frame of a cut sends. */
export function bytesOfCut({ uploads }: Pick<Cut, 'uploads'>): number {
  return uploads.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Bytes of the blocks that a cut runs on the device. */
export function memoryOfCut({ blocks }: ModelDocument, { device }: Pick<Cut, 'device'>): number {
  const here = new Set(device);
  return blocks.reduce((sum, { digest, bytes }) => sum + (here.has(digest) ? bytes : 0), 0);
}

/** Which limit a cut breaks, for people; undefined where it keeps within all. */
export function breachOf(
  { model, creditBytes, limits = {} }: Pick<Situation, 'model' | 'creditBytes' | 'limits'>,
  cut: Pick<Cut, 'device' | 'uploads'>,
): string | undefined {
  const { maxFrameBytes = Number.POSITIVE_INFINITY, deviceMemoryBytes } = limits;
  const [sent, allowed] = [bytesOfCut(cut), Math.min(creditBytes, maxFrameBytes)];
  if (sent > allowed) return `a frame would send ${sent} bytes, ${allowed} are allowed`;
  if (deviceMemoryBytes === undefined) return undefined;
  const held = memoryOfCut(model, cut);
  if (held > 0 && deviceMemoryBytes === 0) return 'the device runs no blocks';
  return held > deviceMemoryBytes
    ? `its blocks take ${held} bytes on the device, ${deviceMemoryBytes} are allowed`
    : undefined;
}

/** The limits that the planner knows; nothing where there are none, because some objectives reject any. Plans do not need what bytes buy. */
export function plannerLimits({
  limits,
}: Pick<Situation, 'limits'>): Limits & Pick<Problem, 'saysWorth'> {
  return limits === undefined ? {} : { ...limits, saysWorth: false };
}

/** Whether a limit rules cuts out; a price only weighs them. */
export function isLimited({ limits = {} }: Pick<Situation, 'limits'>): boolean {
  return limits.maxFrameBytes !== undefined || limits.deviceMemoryBytes !== undefined;
}

/** Mean bytes of a frame, by the plan's cut or its mix. */
export function meanBytesOf(plan: Pick<DesiredPlan, 'uploads' | 'mix'>): number {
  const bytes = [plan, ...(plan.mix?.cuts ?? [])].map(bytesOfCut);
  const pattern = plan.mix?.pattern ?? [0];
  return pattern.reduce((sum, number) => sum + (bytes[number] ?? 0), 0) / pattern.length;
}

/** What the bytes of a frame are worth in ms, on average over the cuts in turn; 0 of a stream, which is measured by its rate. */
export function priceMsOf(
  { limits = {} }: Pick<Situation, 'limits'>,
  plan: Pick<DesiredPlan, 'uploads' | 'mix' | 'paced'>,
): number {
  const { bytesPrice = 0 } = limits;
  if (bytesPrice === 0 || (plan.mix !== undefined && plan.paced === undefined)) return 0;
  return (bytesPrice * meanBytesOf(plan)) / 1000;
}

/** A limit on bytes that differs by less counts as the same. */
const NOTABLE_FACTOR = 1.25;

/** True when a limit on bytes came or went, became or was 0, or differs by more than the factor. */
export function hasBytesMoved(before: number | undefined, now: number | undefined): boolean {
  if (before === undefined || now === undefined) return before !== now;
  if (before === 0 || now === 0) return before !== now;
  return Math.max(before / now, now / before) > NOTABLE_FACTOR;
}

/** True for a device that runs no block: all its frames are sent whole. */
export function runsNoBlock({ limits }: Pick<Situation, 'limits'>): boolean {
  return limits?.deviceMemoryBytes === 0;
}

/** Why there is no plan, where the planner found that there is none: for a device that runs no blocks, what keeps its inputs here. */
export function reasonFor(
  situation: Pick<Situation, 'model' | 'costs' | 'creditBytes' | 'limits'>,
  because: string,
): string {
  if (!runsNoBlock(situation)) return because;
  const { model, costs, creditBytes, limits } = situation;
  const { leaves = 'anything', name } = model;
  const isWithheld = withheldBy(model);
  const own = 'the device runs no blocks';
  let leastBytes = 0;
  for (const input of model.inputs) {
    if (isWithheld(input.name)) {
      return `${own}, and leaves of model ${name} is ${leaves}: input ${input.name} must not leave it`;
    }
    const tensor = model.tensors.find((one) => one.name === input.name);
    const ways = tensor === undefined ? [] : waysOf(tensor, input.image, costs);
    if (ways.length === 0) {
      const spoken = costs.spoken.join(', ') || 'none';
      return `${own}, and input ${input.name} has no form in its encodings: ${spoken}`;
    }
    leastBytes += Math.min(...ways.map(({ bytes }) => bytes));
  }
  const allowed = Math.min(creditBytes, limits?.maxFrameBytes ?? creditBytes);
  return leastBytes > allowed
    ? `${own}, and its inputs take ${leastBytes} bytes: ${allowed} are allowed`
    : `${own}: ${because}`;
}

/**
 * The limits of a device, what a month's cap leaves for a frame, and the price of the line of its site, as the planner knows them;
 * undefined without any. Both prices are ms for each KB, so their sum is the price of a byte.
 */
export function limitsFor(
  { bytesPrice, deviceMemoryBytes }: Pick<DeviceLimits, 'bytesPrice' | 'deviceMemoryBytes'>,
  maxFrameBytes: number | undefined,
  linePrice = 0,
): Limits | undefined {
  const price = (bytesPrice ?? 0) + linePrice;
  const limits = {
    ...(price >= ranges.bytesPrice.min && { bytesPrice: Math.min(ranges.bytesPrice.max, price) }),
    ...(deviceMemoryBytes !== null && { deviceMemoryBytes }),
    ...(maxFrameBytes !== undefined && { maxFrameBytes }),
  };
  return Object.keys(limits).length > 0 ? limits : undefined;
}
