/** Groups in the database: all devices of one at once. */
import { Inject, Injectable } from '@nestjs/common';
import { Database } from '../../platform/index.js';

/** How many devices of a group have a model and a state. */
export interface GroupPart {
  readonly group: string;
  readonly modelId: string | null;
  readonly state: string;
  readonly devices: number;
}

export interface GroupDevice {
  readonly id: string;
  readonly modelId: string | null;
  readonly deadlineMs: number | null;
  readonly strategy: string;
}

/** What all devices of a group get; undefined leaves it as it is. */
export interface GroupChange {
  readonly modelId?: string | null | undefined;
  readonly deadlineMs?: number | null | undefined;
  readonly strategy?: string | undefined;
}

@Injectable()
export class GroupsStore {
  private readonly client: Database['client'];

  constructor(@Inject(Database) database: Database) {
    this.client = database.client;
  }

  /** Of all groups, or of one. */
  async parts(group?: string): Promise<GroupPart[]> {
    const parts = await this.client.device.groupBy({
      by: ['group', 'modelId', 'state'],
      where: { group: group ?? { not: null } },
      _count: { _all: true },
    });
    return parts.map(({ group, modelId, state, _count }) => {
      return { group: group ?? '', modelId, state, devices: _count._all };
    });
  }

  /** The devices of a group with what all of them can be given at once, by id. */
  async devicesOf(group: string): Promise<GroupDevice[]> {
    const select = { id: true, modelId: true, deadlineMs: true, strategy: true };
    return this.client.device.findMany({ where: { group }, select, orderBy: { id: 'asc' } });
  }

  /** Changes all devices of a group in one statement. */
  async change(group: string, change: GroupChange): Promise<void> {
    const { modelId, deadlineMs, strategy } = change;
    await this.client.device.updateMany({
      where: { group },
      data: {
        ...(modelId !== undefined && { modelId }),
        ...(deadlineMs !== undefined && { deadlineMs }),
        ...(strategy !== undefined && { strategy }),
        version: { increment: 1 },
      },
    });
  }
}
