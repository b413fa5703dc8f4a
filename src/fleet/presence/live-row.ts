/** Device rows with the newest presence over them, before it is written. Pure. */
import { jsonText, type Prisma } from '../../platform/index.js';
import type { DeviceRow } from '../store/devices.store.js';
import type { LiveState } from '../store/live-state.js';
import type { LivePatch } from './live-devices.js';

/** The row as it will be once the patch is written. */
export function withLive(row: DeviceRow, patch: LivePatch | undefined): DeviceRow {
  if (patch === undefined) return row;
  const { birth, telemetry, telemetryAt } = patch;
  const { state, lastSeenAt, flappingUntil, agentVersion, uplinkMsPerByte } = liveStateOf(patch);
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
  };
}

export function liveStateOf(patch: LivePatch): LiveState {
  const { device, state, lastSeenAt, flappingUntil, birth, telemetry } = patch;
  return {
    ...{ device, state, lastSeenAt, flappingUntil },
    agentVersion: birth?.agent,
    uplinkMsPerByte: telemetry?.link?.uplinkMsPerByte,
  };
}

/** As the database keeps it: without halves of characters. */
function cleaned<T extends Prisma.JsonValue>(value: T): T {
  return JSON.parse(jsonText(value)) as T;
}
