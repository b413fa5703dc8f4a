/** What the REST interface of rollouts takes and answers, field by field. */
import { z } from 'zod';
import { groupName, tagNames, wholeNumber } from '../platform/index.js';
import { deviceId, Fault } from '../wire/index.js';
import type { Comparison } from './next-step.js';
import {
  type Gates,
  gates,
  type RolloutChange,
  type RolloutDevice,
  type RolloutDeviceState,
  type RolloutState,
  rolloutChange,
  rolloutDeviceStates,
  rolloutStates,
} from './rollout.js';

const MOST_NAMED = 1000;
const MOST_WAVES = 20;
const WAVES = [0.1, 0.5, 1];

/** Named devices, those of a group, or those with all of some tags; absent conditions do not matter, and all absent is the fleet. */
export const rolloutTarget = z.strictObject({
  devices: z.array(deviceId).min(1).max(MOST_NAMED).optional(),
  group: groupName.optional(),
  tags: tagNames.optional(),
});
export type RolloutTarget = z.infer<typeof rolloutTarget>;

const waves = z
  .array(z.number().gt(0).max(1))
  .min(1)
  .max(MOST_WAVES)
  .refine(
    (shares) =>
      shares.at(-1) === 1 && shares.every((one, i) => i === 0 || one > (shares[i - 1] ?? 0)),
    'are not ascending shares up to 1',
  );

export const newRollout = z
  .strictObject({
    change: rolloutChange,
    target: rolloutTarget,
    waves: waves.default(WAVES),
    gates: gates.prefault({}),
  })
  .meta({
    example: {
      change: { model: 'k3v9x2m1' },
      target: { group: 'indoors' },
      waves: WAVES,
      gates: { mostFailures: 0.05, mostP95Factor: 1.5, minFrames: 50, observeS: 60 },
    },
  });
export type NewRolloutRequest = z.infer<typeof newRollout>;

export const rolloutPath = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{16}$/, 'is no rollout id'),
});
export type RolloutPath = z.infer<typeof rolloutPath>;

export const rolloutPage = z.strictObject({
  /** Those that were meant for the group. */
  group: groupName.optional(),
  state: z.enum(rolloutStates).optional(),
  limit: wholeNumber(200).default(50),
  cursor: z.string().max(200).optional(),
});
export type RolloutPageRequest = z.infer<typeof rolloutPage>;

export const rolloutDevicePage = z.strictObject({
  state: z.enum(rolloutDeviceStates).optional(),
  limit: wholeNumber(1000).default(100),
  cursor: deviceId.optional(),
});
export type RolloutDevicePageRequest = z.infer<typeof rolloutDevicePage>;

export interface RolloutEvent {
  readonly at: string;
  readonly text: string;
}

export interface RolloutView {
  readonly id: string;
  readonly state: RolloutState;
  readonly change: RolloutChange;
  readonly target: RolloutTarget;
  readonly gates: Gates;
  /** The wave under way, from 0. */
  readonly wave: number;
  /** What it waits for, or why it was taken back. */
  readonly because: string;
  readonly waves: readonly {
    readonly share: number;
    /** How many devices are in each state; a state that no device is in is left out. */
    readonly devices: Readonly<Partial<Record<RolloutDeviceState, number>>>;
  }[];
  /** What frames of the wave under way cost before and after, when it was last judged. */
  readonly measured: (Comparison & { readonly at: string }) | null;
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly events: readonly RolloutEvent[];
}

const AT = '2026-11-23T09:30:00.000Z';
export const ROLLOUT_EXAMPLE: RolloutView = {
  ...{ id: '0123456789abcdef', state: 'rolled-back', wave: 0 },
  ...{ change: { model: 'k3v9x2m1' }, target: { group: 'indoors' } },
  gates: { mostFailures: 0.05, mostP95Factor: 1.5, minFrames: 50, observeS: 60, convergeS: 900 },
  because: 'the p95 of 50 frames is 311.4 ms, it was 102.9 ms',
  waves: [
    { share: 0.1, devices: { restored: 1 } },
    { share: 1, devices: { waiting: 11 } },
  ],
  measured: {
    at: AT,
    before: { frames: 600, failed: 0, fallbacks: 2, p95Ms: 102.9 },
    after: { frames: 50, failed: 0, fallbacks: 0, p95Ms: 311.4 },
  },
  createdAt: AT,
  endedAt: '2026-11-23T09:31:12.000Z',
  events: [{ at: AT, text: 'begun: 12 device(s) in 2 wave(s)' }],
};

export interface RolloutDeviceView {
  readonly device: string;
  readonly wave: number;
  readonly state: RolloutDeviceState;
  readonly before: RolloutDevice['before'];
  readonly switchedAt: string | null;
  readonly readyAt: string | null;
  readonly fault: string | null;
}

export const DEVICE_EXAMPLE: RolloutDeviceView = {
  ...{ device: 'pi-kitchen', wave: 0, state: 'ready', before: { model: 'a1b2c3d4' } },
  ...{ switchedAt: AT, readyAt: '2026-11-23T09:30:09.700Z', fault: null },
};

export function deviceView({ switchedAt, readyAt, ...rest }: RolloutDevice): RolloutDeviceView {
  return {
    ...rest,
    switchedAt: switchedAt?.toISOString() ?? null,
    readyAt: readyAt?.toISOString() ?? null,
  };
}

/** Where a page of rollouts ended, for the next request. */
export function cursorOf({ createdAt, id }: { createdAt: Date; id: string }): string {
  return Buffer.from(`${createdAt.getTime()} ${id}`).toString('base64url');
}

/** The place a cursor stands for; throws REQUEST_INVALID for text that is no cursor. */
export function placeOf(cursor: string): { readonly createdAt: Date; readonly id: string } {
  const text = Buffer.from(cursor, 'base64url').toString();
  const [, time = '', id = ''] = /^(\d{1,15}) ([0-9a-f]{16})$/.exec(text) ?? [];
  if (id === '') throw new Fault('REQUEST_INVALID', 'cursor: is not one this service gave');
  return { createdAt: new Date(Number(time)), id };
}
