/** What the REST interface of rollouts takes and answers, field by field. */
import { z } from 'zod';
import { deviceTarget, groupName, wholeNumber } from '../../platform/index.js';
import { deviceId } from '../../wire/index.js';
import { gates, rolloutChange, rolloutDeviceStates, rolloutStates } from '../rules/rollout.js';

const MAX_WAVES = 20;
const WAVES = [0.1, 0.5, 1];

const waves = z
  .array(z.number().gt(0).max(1))
  .min(1)
  .max(MAX_WAVES)
  .refine(
    (shares) =>
      shares.at(-1) === 1 && shares.every((one, i) => i === 0 || one > (shares[i - 1] ?? 0)),
    'are not ascending shares up to 1',
  );

export const newRollout = z
  .strictObject({
    change: rolloutChange,
    target: deviceTarget,
    waves: waves.default(WAVES),
    gates: gates.prefault({}),
  })
  .meta({
    example: {
      change: { model: 'mobilenetv2@3' },
      target: { group: 'indoors' },
      waves: WAVES,
      gates: { maxFailures: 0.05, maxP95Factor: 1.5, minFrames: 50, observeS: 60 },
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
