/** Versions of desired documents that newer ones have superseded. */
import { Inject, Injectable } from '@nestjs/common';
import { Database } from '../../platform/index.js';
import type { TwinName } from '../state/twins.store.js';

/** The versions that the database has of one document of a device. Each is one more than the one before. */
export interface VersionSpan {
  readonly device: string;
  readonly oldest: number;
  readonly newest: number;
}

@Injectable()
export class SupersededStore {
  private readonly client: Database['client'];

  constructor(@Inject(Database) database: Database) {
    this.client = database.client;
  }

  /** The versions of some devices, in the order of their ids, from the first one after `after`. */
  async spans(name: TwinName, after: string, devices: number): Promise<VersionSpan[]> {
    const rows = await this.client.twin.groupBy({
      by: ['deviceId'],
      where: { name, deviceId: { gt: after } },
      orderBy: { deviceId: 'asc' },
      take: devices,
      _min: { version: true },
      _max: { version: true },
    });
    return rows.map(({ deviceId, _min, _max }) => {
      return { device: deviceId, oldest: _min.version ?? 0, newest: _max.version ?? 0 };
    });
  }

  /** Removes versions from one on, and before another; how many there were. */
  async remove(device: string, name: TwinName, from: number, before: number): Promise<number> {
    const where = { deviceId: device, name, version: { gte: from, lt: before } };
    const { count } = await this.client.twin.deleteMany({ where });
    return count;
  }
}
