/** What rollouts read of devices in the database. */
import { Inject, Injectable } from '@nestjs/common';
import { Database, type Prisma } from '../../platform/index.js';
import type { DeviceSettings } from '../rules/rollout.js';
import type { RolloutTarget } from '../schemas/rollout-requests.js';

/** A statement of SQLite takes 999 parameters. */
const AT_ONCE = 500;

@Injectable()
export class DeviceSettingsStore {
  private readonly client: Database['client'];

  constructor(@Inject(Database) database: Database) {
    this.client = database.client;
  }

  /** The devices that are meant, with their settings, up to a limit. */
  async meant(
    { devices, group, tags = [] }: RolloutTarget,
    limit: number,
  ): Promise<DeviceSettings[]> {
    const where = {
      ...(group !== undefined && { group }),
      AND: tags.map((tag) => ({ tags: { some: { tag } } })),
    };
    if (devices === undefined) return this.settings(where, limit);
    const found: DeviceSettings[] = [];
    const named = [...new Set(devices)];
    for (let from = 0; from < named.length; from += AT_ONCE) {
      const id = { in: named.slice(from, from + AT_ONCE) };
      found.push(...(await this.settings({ ...where, id }, limit)));
    }
    return found;
  }

  /** The settings of devices by id; those that are gone are left out. */
  async settingsOf(devices: readonly string[]): Promise<Map<string, DeviceSettings>> {
    const found = new Map<string, DeviceSettings>();
    for (let from = 0; from < devices.length; from += AT_ONCE) {
      const id = { in: devices.slice(from, from + AT_ONCE) };
      for (const one of await this.settings({ id }, AT_ONCE)) found.set(one.device, one);
    }
    return found;
  }

  private async settings(where: Prisma.DeviceWhereInput, limit: number): Promise<DeviceSettings[]> {
    const rows = await this.client.device.findMany({
      where,
      orderBy: { id: 'asc' },
      select: {
        ...{ id: true, version: true, state: true, lastSeenAt: true },
        ...{ modelId: true, strategy: true, deadlineMs: true },
      },
      take: limit,
    });
    return rows.map(({ id, state, modelId, ...rest }) => {
      return { device: id, isConnected: state === 'online', model: modelId, ...rest };
    });
  }
}
