/** The operators' keys in the database: their hashes, and what they may do. */
import { Inject, Injectable } from '@nestjs/common';
import { Database, Prisma, type Role } from '../../platform/index.js';
import type { Groups } from './actor.js';

export interface StoredKey {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly role: Role;
  readonly groups: Groups;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

@Injectable()
export class OperatorKeyStore {
  private readonly client: Database['client'];

  constructor(@Inject(Database) database: Database) {
    this.client = database.client;
  }

  /** Revoked ones too, the oldest first. */
  async all(): Promise<StoredKey[]> {
    const rows = await this.client.apiKey.findMany({
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
    return rows.map((row) => ({
      ...row,
      role: row.role as Role,
      groups: row.groups as Groups,
    }));
  }

  /** Writes a key, in place of one with the same id. */
  async put(key: StoredKey): Promise<void> {
    const { id, ...rest } = key;
    const groups = key.groups === null ? Prisma.DbNull : [...key.groups];
    await this.client.apiKey.upsert({
      where: { id },
      create: { ...key, groups },
      update: { ...rest, groups },
    });
  }

  async remove(id: string): Promise<void> {
    await this.client.apiKey.deleteMany({ where: { id } });
  }

  async revoke(id: string, at: Date): Promise<void> {
    await this.client.apiKey.updateMany({
      where: { id, revokedAt: null },
      data: { revokedAt: at },
    });
  }
}
