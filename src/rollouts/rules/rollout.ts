/** A rollout and its devices as they are kept: the schemas of what the database holds as JSON, and the words for states. */
import { z } from 'zod';
import { deadlineMs, strategy } from '../../fleet/index.js';
import { modelReference } from '../../platform/index.js';

/** A model, or a scheduling policy: who makes plans, and by when a frame has to be answered. */
export const rolloutChange = z
  .strictObject({
    model: modelReference.optional(),
    strategy: strategy.optional(),
    deadlineMs: deadlineMs.nullable().optional(),
  })
  .refine(
    ({ model, ...policy }) => (model === undefined) === Object.keys(policy).length > 0,
    'names either a model or a policy (strategy, deadlineMs)',
  );
export type RolloutChange = z.infer<typeof rolloutChange>;

/** What a device had of the settings that a rollout changes. */
export const settingsBefore = z.object({
  model: z.string().nullable().optional(),
  strategy: strategy.optional(),
  deadlineMs: deadlineMs.nullable().optional(),
});
export type SettingsBefore = z.infer<typeof settingsBefore>;

const LEAST_FRAMES = 50;
const OBSERVE_S = 60;
const CONVERGE_S = 900;
const SILENT_S = 180;
const ABSENT_S = 3600;
const WARM_UP_S = 120;

export const gates = z.strictObject({
  /**
   * Max share of a wave's devices that fail to apply the change, and max share of its frames, in addition to the share before,
   * that fail or fall back.
   */
  maxFailures: z.number().min(0).max(1).default(0.05),
  /** Max ratio of the frames' p95 to the p95 on the same devices before. */
  maxP95Factor: z.number().min(1).max(100).default(1.5),
  /** Frames a wave must run before it is evaluated. */
  minFrames: z.int().min(1).max(100_000).default(LEAST_FRAMES),
  /** How long a wave is observed after its last device is ready. */
  observeS: z.int().min(0).max(86_400).default(OBSERVE_S),
  /** How long a device has to get ready, and then to run its first frame where it ran any before its switch. */
  convergeS: z.int().min(1).max(86_400).default(CONVERGE_S),
  /** How long a device that was switched can be offline before it counts as failed: longer than a restart of it takes. */
  silentS: z.int().min(10).max(86_400).default(SILENT_S),
  /** How long after the begin of the rollout absent devices still get the change when they come. */
  absentS: z.int().min(0).max(2_592_000).default(ABSENT_S),
  /** Frames of the first seconds of a session, during which a device may be slower than usual, are not compared. */
  warmUpS: z.int().min(0).max(3600).default(WARM_UP_S),
});
export type Gates = z.infer<typeof gates>;

export const rolloutStates = ['running', 'paused', 'rolling-back', 'rolled-back', 'done'] as const;
export type RolloutState = (typeof rolloutStates)[number];
/** Those in which something is still to happen. */
export const activeStates = ['running', 'paused', 'rolling-back'] as const;

/**
 * left: an operator gave it something else meanwhile, and it is let alone. absent: it did not come in time, and keeps what
 * it had.
 */
export const rolloutDeviceStates = [
  ...(['waiting', 'switching', 'ready', 'failed'] as const),
  ...(['restoring', 'restored', 'left', 'absent'] as const),
] as const;
export type RolloutDeviceState = (typeof rolloutDeviceStates)[number];

/** A device of a rollout. */
export interface RolloutDevice {
  readonly device: string;
  readonly wave: number;
  readonly state: RolloutDeviceState;
  readonly before: SettingsBefore;
  /** Of one that waits: it was about to be given the change, and may have it. */
  readonly switchedAt: Date | null;
  readonly readyAt: Date | null;
  /** Begin of the session in which it was switched; null while it was not, or where it was offline then. */
  readonly onlineSince: Date | null;
  /** Frames in the minutes before its switch; null while they are not counted. */
  readonly ranBefore: number | null;
  /** When a frame of it was first seen since it is ready. */
  readonly ranAt: Date | null;
  readonly fault: string | null;
}

/** What is read of a device. */
export interface DeviceSettings {
  readonly device: string;
  /** Of the settings: it grows with every change. */
  readonly version: number;
  readonly isConnected: boolean;
  /** Since when it is connected, or is not. */
  readonly stateAt: Date;
  readonly lastSeenAt: Date | null;
  /** Of its last telemetry, in any session. */
  readonly telemetryAt: Date | null;
  readonly model: string | null;
  readonly strategy: string;
  readonly deadlineMs: number | null;
}

/** A device that went so lately is still waited for: it might be restarting. */
const GONE_MS = 60_000;

/** True for a device that is there, or was until just now. */
export function isThere({ isConnected, lastSeenAt }: DeviceSettings, now: Date): boolean {
  return isConnected || (lastSeenAt !== null && now.getTime() - lastSeenAt.getTime() < GONE_MS);
}

/** A device as it is when a rollout begins: in the last wave until it is drawn into another. */
export function waitingDevice(
  device: string,
  waves: number,
  before: SettingsBefore,
): RolloutDevice {
  return {
    ...{ device, wave: waves - 1, state: 'waiting', before, fault: null },
    ...{ switchedAt: null, readyAt: null, onlineSince: null, ranBefore: null, ranAt: null },
  };
}

/** True for a device that may have the change, although the step that gave it was stopped before it was written. */
export function isHalfGiven({ state, switchedAt }: RolloutDevice): boolean {
  return state === 'waiting' && switchedAt !== null;
}

const keysOf = (change: object) => Object.keys(change) as (keyof RolloutChange)[];

/** True when a device has the settings. */
export function hasSettings(
  device: DeviceSettings,
  change: RolloutChange | SettingsBefore,
): boolean {
  return keysOf(change).every((key) => device[key] === change[key]);
}

/** What a device has of the settings that a change changes. */
export function settingsOf(device: DeviceSettings, change: RolloutChange): SettingsBefore {
  return settingsBefore.parse(Object.fromEntries(keysOf(change).map((key) => [key, device[key]])));
}
