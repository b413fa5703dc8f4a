/** What rollouts read of devices in the database. */
import { Inject, Injectable } from '@nestjs/common';
import { Database, type DeviceTarget, type Prisma, queriesOf } from '../../platform/index.js';
import type { DeviceSettings } from '../rules/rollout.js';

@Injectable()
export class DeviceSettingsStore {
  private readonly client: Database['client'];

  constructor(@Inject(Database) database: Database) {
    this.client = database.client;
  }

  /** The devices that are meant, with their settings, up to a limit. */
  async meant(target: DeviceTarget, limit: number): Promise<DeviceSettings[]> {
    const found: DeviceSettings[] = [];
    for (const where of queriesOf(target)) found.push(...(await this.settings(where, limit)));
    return found;
  }

  /** The settings of devices by id; those that are gone are left out. */
  async settingsOf(devices: readonly string[]): Promise<Map<string, DeviceSettings>> {
    const found = await this.meant({ devices }, devices.length);
    return new Map(found.map((one) => [one.device, one]));
  }

  private async settings(where: Prisma.DeviceWhereInput, limit: number): Promise<DeviceSettings[]> {
    const rows = await this.client.device.findMany({
      where,
      orderBy: { id: 'asc' },
      select: {
        ...{ id: true, version: true, state: true, stateAt: true, lastSeenAt: true },
        telemetryAt: true,
        ...{ modelId: true, strategy: true, deadlineMs: true },
      },
      take: limit,
    });
    return rows.map(({ id, state, modelId, ...rest }) => {
      return { device: id, isConnected: state === 'online', model: modelId, ...rest };
    });
  }
}
