/** What the REST interface answers of rollouts, field by field. */
import { z } from 'zod';
import { deviceTarget, instant, type ResponseOf, underSomeOf } from '../../platform/index.js';
import {
  gates,
  type RolloutDevice,
  rolloutChange,
  rolloutDeviceStates,
  rolloutStates,
  settingsBefore,
} from '../rules/rollout.js';

const rolloutEvent = z.object({ at: instant, text: z.string() });
export type RolloutEvent = ResponseOf<typeof rolloutEvent>;

const costs = z.object({
  frames: z.int(),
  failed: z.int(),
  fallbacks: z.int().describe('Frames the device had to finish because the cloud did not answer'),
  p95Ms: z.number().nullable().describe('Of the frames that did not fail; null without any'),
});

const named = z.object({
  count: z.int(),
  devices: z
    .array(z.object({ device: z.string(), since: instant.nullable() }))
    .describe('The first 20 of them'),
});

export const measurements = z.object({
  at: instant,
  before: costs.describe('Without the first frames of a session (warmUpS)'),
  after: costs.describe(
    'Frames without a session, and of the first warmUpS of a later one, are left out. p95Ms: of the devices that ran frames before, so that each is compared with itself',
  ),
  comparedFrames: z.int().describe('Frames of those devices; the p95 is not judged below 10'),
  failed: named,
  silent: named.describe('Offline devices that have the change: failed after silentS'),
  restarted: named.describe(
    'Devices whose session began after their switch, less than silentS ago: no wave passes while too many are',
  ),
  idle: named.describe(
    'Ready devices without a frame since that ran some before: failed after convergeS',
  ),
  absent: named.describe(
    'Offline devices without the change, which get it when they come within absentS',
  ),
});
export type Measurements = ResponseOf<typeof measurements>;

export const rolloutView = z
  .object({
    id: z.string(),
    state: z.enum(rolloutStates),
    change: rolloutChange,
    target: deviceTarget,
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
    measured: measurements
      .nullable()
      .describe('Frames of the wave under way, and who is not well, when it was last judged'),
    createdAt: instant,
    endedAt: instant.nullable(),
    events: z.array(rolloutEvent),
  })
  .meta({ id: 'Rollout' });
export type RolloutView = ResponseOf<typeof rolloutView>;

const AT = '2026-11-23T09:30:00.000Z';
const NONE = { count: 0, devices: [] };

export const ROLLOUT_EXAMPLE: RolloutView = {
  ...{ id: '0123456789abcdef', state: 'rolled-back', wave: 0 },
  ...{ change: { model: 'k3v9x2m1' }, target: { group: 'indoors' } },
  gates: {
    ...{ maxFailures: 0.05, maxP95Factor: 1.5, minFrames: 50, observeS: 60, convergeS: 900 },
    ...{ silentS: 180, absentS: 3600, warmUpS: 120 },
  },
  because: 'the p95 of 50 frames is 311.4 ms, it was 102.9 ms',
  waves: [
    { share: 0.1, devices: { restored: 1 } },
    { share: 1, devices: { waiting: 11 } },
  ],
  measured: {
    at: AT,
    before: { frames: 600, failed: 0, fallbacks: 2, p95Ms: 102.9 },
    after: { frames: 50, failed: 0, fallbacks: 0, p95Ms: 311.4 },
    comparedFrames: 50,
    ...{ failed: NONE, silent: NONE, restarted: NONE, idle: NONE },
    absent: { count: 1, devices: [{ device: 'pi-attic', since: null }] },
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
    onlineSince: instant
      .nullable()
      .describe('Begin of the session in which it was switched; null where it was not'),
    ranBefore: z
      .int()
      .nullable()
      .describe('Frames in the 15 minutes before its switch; null while not counted'),
    ranAt: instant.nullable().describe('When a frame was first seen since it is ready'),
    fault: z.string().nullable(),
  })
  .meta({ id: 'RolloutDevice' });
export type RolloutDeviceView = ResponseOf<typeof rolloutDeviceView>;

export const DEVICE_EXAMPLE: RolloutDeviceView = {
  ...{ device: 'pi-kitchen', wave: 0, state: 'ready', before: { model: 'a1b2c3d4' } },
  ...{ switchedAt: AT, readyAt: '2026-11-23T09:30:09.700Z', fault: null },
  ...{ onlineSince: '2026-11-22T17:02:41.318Z', ranBefore: 600, ranAt: '2026-11-23T09:30:11.002Z' },
};

const textOf = (at: Date | null) => at?.toISOString() ?? null;

export function deviceView(one: RolloutDevice): RolloutDeviceView {
  const { switchedAt, readyAt, onlineSince, ranAt } = one;
  return {
    ...one,
    switchedAt: textOf(switchedAt),
    readyAt: textOf(readyAt),
    onlineSince: textOf(onlineSince),
    ranAt: textOf(ranAt),
  };
}
