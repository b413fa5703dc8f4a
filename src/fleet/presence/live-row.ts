/** Device rows with the newest presence over them, before it is written. Pure. */
import { jsonText, type Prisma } from '../../platform/index.js';
import { reportedCameras } from '../store/camera-state.js';
import type { DeviceRow } from '../store/devices.store.js';
import type { LiveState } from '../store/live-state.js';
import type { LivePatch } from './live-devices.js';

/** The row as it will be once the patch is written. */
export function withLive(row: DeviceRow, patch: LivePatch | undefined): DeviceRow {
  if (patch === undefined) return row;
  const { birth, telemetry, telemetryAt } = patch;
  const live = liveStateOf(patch);
  const { state, lastSeenAt, flappingUntil, agentVersion, uplinkMsPerByte, cameras } = live;
  return {
    ...row,
    ...{ state, lastSeenAt, stateAt: patch.stateAt, disconnectReason: patch.reason },
    sid: cleaned(patch.sid),
    birth: birth === undefined ? row.birth : cleaned(birth as unknown as Prisma.JsonValue),
    telemetry:
      telemetry === undefined ? row.telemetry : cleaned(telemetry as unknown as Prisma.JsonValue),
    telemetryAt: telemetryAt ?? row.telemetryAt,
    flappingUntil: flappingUntil ?? row.flappingUntil,
    agentVersion: agentVersion ?? row.agentVersion,
    uplinkMsPerByte: uplinkMsPerByte ?? row.uplinkMsPerByte,
    cameras: cameras ?? row.cameras,
  };
}

export function liveStateOf(patch: LivePatch): LiveState {
  const { device, state, stateAt, lastSeenAt, flappingUntil, birth, telemetry } = patch;
  return {
    ...{ device, state, stateAt, lastSeenAt, flappingUntil, telemetryAt: patch.telemetryAt },
    agentVersion: birth?.agent,
    uplinkMsPerByte: telemetry?.link?.uplinkMsPerByte,
    cameras: telemetry && reportedCameras(telemetry.inputs),
  };
}

/** As the database keeps it: without halves of characters. */
function cleaned<T extends Prisma.JsonValue>(value: T): T {
  return JSON.parse(jsonText(value)) as T;
}
