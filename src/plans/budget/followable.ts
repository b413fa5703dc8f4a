/**
 * Whether a device can still follow its plan. A plan that cannot be followed is no plan: what replaces it does not wait for the budget of
 * plan documents. That is bounded all the same, since only a plan that the budget allowed can be lost in this way again. Pure.
 */
import { cutsOf, type DesiredPlan, type Encoding } from '../../wire/index.js';
import type { Abilities } from '../pricing/ways.js';

/** Encodings of pictures: a device whose frames are tensors has none. */
const OF_PICTURES: ReadonlySet<Encoding> = new Set(['pixels', 'jpeg']);

/** What has become of a device since its plan was made. */
export interface Means {
  /** What the newest birth says. */
  readonly abilities: Pick<Abilities, 'source' | 'encodings' | 'runsBlocks'>;
  /** True where the cap of the month is spent: frames must send nothing from now on. */
  readonly isSpent: boolean;
}

/** True while the device can follow every cut of a plan, and may. */
export function isFollowable(plan: DesiredPlan, { abilities, isSpent }: Means): boolean {
  if (isSpent && plan.limits?.maxFrameBytes !== 0) return false;
  const { source, encodings, runsBlocks = true } = abilities;
  const canSend = (encoding: Encoding): boolean =>
    encodings.includes(encoding) && (source === 'image' || !OF_PICTURES.has(encoding));
  return cutsOf(plan).every(
    ({ device, uploads }) =>
      (runsBlocks || device.length === 0) && uploads.every(({ encoding }) => canSend(encoding)),
  );
}
