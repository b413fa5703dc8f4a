/** Presence columns of the devices in the database. */
import { Inject, Injectable } from '@nestjs/common';
import { type Columns, Database } from '../../platform/index.js';
import { reportedCameras } from '../store/camera-state.js';
import type { LivePatch } from './live-devices.js';

/** The fields of a patch, in one order. */
const LIVE_COLUMNS = {
  device: 'text',
  state: 'text',
  stateAt: 'time',
  lastSeenAt: 'time',
  reason: 'text',
  sid: 'text',
  birth: 'json',
  telemetry: 'json',
  telemetryAt: 'time',
  flappingUntil: 'time',
  agentVersion: 'text',
  uplinkMsPerByte: 'real',
  cameras: 'text',
} as const satisfies Columns;

@Injectable()
export class PresenceStore {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** Marks every device that is online as offline. */
  async markAllOffline(reason: string, at: Date): Promise<void> {
    await this.database.client.device.updateMany({
      where: { state: 'online' },
      data: { state: 'offline', stateAt: at, disconnectReason: reason },
    });
  }

  /** The last things many devices said of themselves, in one statement; unknown devices are left out. */
  async writeLive(patches: readonly LivePatch[]): Promise<void> {
    const given = this.database.dialect.rows('patch', LIVE_COLUMNS, patches.map(liveValues));
    await this.database.client.$executeRaw`
      UPDATE "Device" SET
        "state" = patch."state", "stateAt" = patch."stateAt", "lastSeenAt" = patch."lastSeenAt",
        "disconnectReason" = patch."reason", "sid" = patch."sid",
        "birth" = coalesce(patch."birth", "Device"."birth"),
        "telemetry" = coalesce(patch."telemetry", "Device"."telemetry"),
        "telemetryAt" = coalesce(patch."telemetryAt", "Device"."telemetryAt"),
        "flappingUntil" = coalesce(patch."flappingUntil", "Device"."flappingUntil"),
        "agentVersion" = coalesce(patch."agentVersion", "Device"."agentVersion"),
        "uplinkMsPerByte" = coalesce(patch."uplinkMsPerByte", "Device"."uplinkMsPerByte"),
        "cameras" = coalesce(patch."cameras", "Device"."cameras")
      FROM ${given} WHERE "Device"."id" = patch."device"`;
  }
}

/** In the order of LIVE_COLUMNS. */
function liveValues(patch: LivePatch): unknown[] {
  const { birth, telemetry } = patch;
  const values: Record<keyof typeof LIVE_COLUMNS, unknown> = {
    ...patch,
    birth,
    telemetry,
    telemetryAt: patch.telemetryAt,
    flappingUntil: patch.flappingUntil,
    agentVersion: birth?.agent,
    uplinkMsPerByte: telemetry?.link?.uplinkMsPerByte,
    cameras: telemetry && reportedCameras(telemetry.inputs),
  };
  return (Object.keys(LIVE_COLUMNS) as (keyof typeof LIVE_COLUMNS)[]).map((field) => values[field]);
}
