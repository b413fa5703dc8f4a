/** What lets devices in, in the database: hashes of their secrets, and whether they may speak. */
import { Inject, Injectable } from '@nestjs/common';
import { Database, type Prisma } from '../../platform/index.js';
import type { Access } from '../store/device-standing.js';

/** Undefined leaves it as it is. */
export interface CredentialChange {
  readonly access?: Access;
  readonly secretHash?: string;
  readonly previousSecretHash?: string | null;
  readonly previousSecretEndsAt?: Date | null;
}

const CREDENTIAL_FIELDS = {
  id: true,
  access: true,
  secretHash: true,
  previousSecretHash: true,
  previousSecretEndsAt: true,
} as const;
export type CredentialRow = Prisma.DeviceGetPayload<{ select: typeof CREDENTIAL_FIELDS }>;

@Injectable()
export class DeviceCredentialsStore {
  private readonly client: Database['client'];

  constructor(@Inject(Database) database: Database) {
    this.client = database.client;
  }

  /** False when there is no such device, or it is not as it was expected. */
  async changeCredential(
    id: string,
    change: CredentialChange,
    expected: Pick<CredentialChange, 'access' | 'secretHash'> = {},
  ): Promise<boolean> {
    const where = { id, ...expected };
    const { count } = await this.client.device.updateMany({ where, data: change });
    return count === 1;
  }

  /** Forgets the secret before, unless it is another one by now. */
  async forgetOldSecret(id: string, hash: string): Promise<void> {
    await this.client.device.updateMany({
      where: { id, previousSecretHash: hash },
      data: { previousSecretHash: null, previousSecretEndsAt: null },
    });
  }

  /** Of every device that is not revoked. */
  async credentials(): Promise<CredentialRow[]> {
    return this.client.device.findMany({
      where: { access: { not: 'revoked' } },
      select: CREDENTIAL_FIELDS,
    });
  }
}
