/** How the cameras of a device are, in one word: what it reported, and whether that still holds. Pure. */
import type { InputFigures, Telemetry } from '../../wire/index.js';

/**
 * live: pictures come from all of them. starting: one has brought none yet. failed: one brings none. ended: all frames that were asked for
 * were taken. none: the device has none. unknown: its agent does not report cameras, or nothing that it reported is current.
 */
export const cameraStates = ['live', 'starting', 'failed', 'ended', 'none', 'unknown'] as const;
export type CameraState = (typeof cameraStates)[number];

/** Telemetry that is older says nothing: devices that save traffic send some each hour. */
export const CURRENT_MS = 2 * 3_600_000;

/** The word for one camera. */
export function cameraStateOf({ state, fault }: Pick<InputFigures, 'state' | 'fault'>) {
  return fault !== undefined || state === 'waiting' ? 'failed' : state;
}

/** The word for all cameras of a telemetry: that of the worst. */
export function reportedCameras(inputs: Telemetry['inputs']): CameraState {
  if (inputs === undefined) return 'unknown';
  const states = new Set(inputs.map(cameraStateOf));
  return (
    (['failed', 'starting', 'live', 'ended'] as const).find((one) => states.has(one)) ?? 'none'
  );
}

interface Reported {
  /** 'online' while a session lives. */
  readonly state: string;
  /** Since when. */
  readonly stateAt: Date;
  readonly telemetryAt: Date | null;
}

/** Whether the last telemetry holds: it came by the session of now, and not long ago. */
export function isTelemetryCurrent({ state, stateAt, telemetryAt }: Reported, now: Date): boolean {
  if (state !== 'online' || telemetryAt === null) return false;
  return telemetryAt >= stateAt && now.getTime() - telemetryAt.getTime() < CURRENT_MS;
}
