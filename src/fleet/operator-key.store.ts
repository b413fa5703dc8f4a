/** The hashes of the operators' keys in the database. */
import { Inject, Injectable } from '@nestjs/common';
import { Database } from '../platform/index.js';

export interface StoredKey {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
}

@Injectable()
export class OperatorKeyStore {
  private readonly client: Database['client'];

  constructor(@Inject(Database) database: Database) {
    this.client = database.client;
  }

  async all(): Promise<StoredKey[]> {
    return this.client.apiKey.findMany();
  }

  /** Writes a key, in place of one with the same id. */
  async put(key: StoredKey): Promise<void> {
    const { id, ...rest } = key;
    await this.client.apiKey.upsert({ where: { id }, create: key, update: rest });
  }

  async remove(id: string): Promise<void> {
    await this.client.apiKey.deleteMany({ where: { id } });
  }
}
