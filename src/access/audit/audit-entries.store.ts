/** The audit log in the database: entries are added and read, never changed, and removed when they are too old. */
import { Inject, Injectable } from '@nestjs/common';
import { Database, Prisma } from '../../platform/index.js';

export interface AuditEntry {
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly address: string;
  readonly request: string;
  readonly action: string;
  readonly subject: string;
  readonly status: number;
  readonly asked: unknown;
  readonly before: unknown;
  readonly after: unknown;
}

export interface AuditPage {
  readonly actor?: string | undefined;
  /** `devices/pi-1`, or `devices` for all of them. */
  readonly subject?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  /** Ids before this one. */
  readonly before?: string | undefined;
  readonly limit: number;
}

@Injectable()
export class AuditEntriesStore {
  private readonly client: Database['client'];

  constructor(@Inject(Database) database: Database) {
    this.client = database.client;
  }

  async add({ asked, before, after, ...entry }: AuditEntry): Promise<void> {
    const documents = { asked: json(asked), before: json(before), after: json(after) };
    await this.client.auditEntry.create({ data: { ...entry, ...documents } });
  }

  /** Removes entries whose ids come before that one, at most `max`; returns how many. */
  async removeBefore(id: string, max: number): Promise<number> {
    const where = { id: { lt: id } };
    return (await this.client.auditEntry.deleteMany({ where, limit: max })).count;
  }

  /** The newest first. */
  async page({ actor, subject, from, to, before, limit }: AuditPage): Promise<AuditEntry[]> {
    return this.client.auditEntry.findMany({
      where: {
        ...(actor !== undefined && { actor }),
        ...(subject !== undefined && {
          OR: [{ subject }, { subject: { startsWith: `${subject}/` } }],
        }),
        at: { ...(from !== undefined && { gte: from }), ...(to !== undefined && { lt: to }) },
        ...(before !== undefined && { id: { lt: before } }),
      },
      orderBy: { id: 'desc' },
      take: limit,
    });
  }
}

/** As a column that may be null takes it; the value has been through JSON. */
function json(value: unknown): Prisma.InputJsonValue | typeof Prisma.DbNull {
  return value === null || value === undefined ? Prisma.DbNull : (value as Prisma.InputJsonValue);
}
