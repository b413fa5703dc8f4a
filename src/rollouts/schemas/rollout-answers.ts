/** What the REST interface answers of rollouts, field by field. */
import { z } from 'zod';
import { instant, type ResponseOf, underSomeOf } from '../../platform/index.js';
import {
  gates,
  type RolloutDevice,
  rolloutChange,
  rolloutDeviceStates,
  rolloutStates,
  settingsBefore,
} from '../rules/rollout.js';
import { rolloutTarget } from './rollout-requests.js';

const rolloutEvent = z.object({ at: instant, text: z.string() });
export type RolloutEvent = ResponseOf<typeof rolloutEvent>;

const costs = z.object({
  frames: z.int(),
  failed: z.int(),
  fallbacks: z.int().describe('Frames the device had to finish because the cloud did not answer'),
  p95Ms: z.number().nullable().describe('Of the frames that did not fail; null without any'),
});

export const rolloutView = z
  .object({
    id: z.string(),
    state: z.enum(rolloutStates),
    change: rolloutChange,
    target: rolloutTarget,
    gates,
    wave: z.int().describe('The wave under way, from 0'),
    because: z.string().describe('What it waits for, or why it was rolled back'),
    waves: z.array(
      z.object({
        share: z.number(),
        devices: underSomeOf(rolloutDeviceStates, z.int()).describe(
          'How many devices are in each state; one that no device is in is left out',
        ),
      }),
    ),
    measured: z
      .object({ at: instant, before: costs, after: costs })
      .nullable()
      .describe('What frames of the wave under way cost before and after, when it was last judged'),
    createdAt: instant,
    endedAt: instant.nullable(),
    events: z.array(rolloutEvent),
  })
  .meta({ id: 'Rollout' });
export type RolloutView = ResponseOf<typeof rolloutView>;

const AT = '2026-11-23T09:30:00.000Z';
export const ROLLOUT_EXAMPLE: RolloutView = {
  ...{ id: '0123456789abcdef', state: 'rolled-back', wave: 0 },
  ...{ change: { model: 'k3v9x2m1' }, target: { group: 'indoors' } },
  gates: { maxFailures: 0.05, maxP95Factor: 1.5, minFrames: 50, observeS: 60, convergeS: 900 },
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

export const rolloutDeviceView = z
  .object({
    device: z.string(),
    wave: z.int(),
    state: z.enum(rolloutDeviceStates),
    before: settingsBefore.describe('Settings before the rollout, of those it changes'),
    switchedAt: instant.nullable(),
    readyAt: instant.nullable(),
    fault: z.string().nullable(),
  })
  .meta({ id: 'RolloutDevice' });
export type RolloutDeviceView = ResponseOf<typeof rolloutDeviceView>;

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
