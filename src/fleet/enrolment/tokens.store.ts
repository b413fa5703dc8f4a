/** The enrolment tokens in the database: their hashes, and how often they were used. */
import { Inject, Injectable } from '@nestjs/common';
import { Database, isBehind, type NewestPlace, type Prisma } from '../../platform/index.js';

export type TokenRow = Prisma.EnrolmentTokenGetPayload<object>;

/** Where a token stands among the others. */

export interface TokensPage {
  readonly limit: number;
  readonly after: NewestPlace | undefined;
  /** null: of any, or of none. */
  readonly groups: readonly string[] | null;
}

@Injectable()
export class EnrolmentTokenStore {
  private readonly client: Database['client'];

  constructor(@Inject(Database) database: Database) {
    this.client = database.client;
  }

  async create(token: Omit<TokenRow, 'tags'> & { tags: string[] }): Promise<TokenRow> {
    return this.client.enrolmentToken.create({ data: token });
  }

  /** The newest first, of keys for some groups their tokens only. */
  async page({ limit, after, groups }: TokensPage): Promise<TokenRow[]> {
    return this.client.enrolmentToken.findMany({
      where: { ...isBehind(after), ...(groups !== null && { group: { in: [...groups] } }) },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: limit,
    });
  }

  async find(id: string): Promise<TokenRow | null> {
    return this.client.enrolmentToken.findUnique({ where: { id } });
  }

  async findByHash(hash: string): Promise<TokenRow | null> {
    return this.client.enrolmentToken.findUnique({ where: { hash } });
  }

  /** Takes one use, atomically; false when none is left. */
  async takeUse(id: string): Promise<boolean> {
    const count = await this.client.$executeRaw`
      UPDATE "EnrolmentToken" SET "uses" = "uses" + 1
      WHERE "id" = ${id} AND "uses" < "maxUses" AND "revokedAt" IS NULL`;
    return count === 1;
  }

  /** Gives back a use that came to nothing. */
  async giveBackUse(id: string): Promise<void> {
    await this.client.enrolmentToken.update({ where: { id }, data: { uses: { decrement: 1 } } });
  }

  /** False when there is no such token. */
  async revoke(id: string, at: Date): Promise<boolean> {
    const token = await this.find(id);
    if (token === null) return false;
    const where = { id, revokedAt: null };
    await this.client.enrolmentToken.updateMany({ where, data: { revokedAt: at } });
    return true;
  }
}
