/** Many new devices at once in the database: one statement, and all of them or none. */
import { Inject, Injectable } from '@nestjs/common';
import { type Columns, Database, Prisma } from '../../platform/index.js';
import { Turns } from '../credentials/turns.js';
import type { NewDevice } from '../store/devices.store.js';

/** The columns of a new device that have no default in the database, or not the one Prisma writes. */
const NEW_COLUMNS = {
  id: 'text',
  name: 'text',
  secretHash: 'text',
  access: 'text',
  tokenId: 'text',
  deadlineMs: 'integer',
  modelId: 'text',
  group: 'text',
  createdAt: 'time',
  stateAt: 'time',
} as const satisfies Columns;
const TAG_COLUMNS = {
  deviceId: 'text',
  secretHash: 'text',
  tag: 'text',
} as const satisfies Columns;

@Injectable()
export class BulkStore {
  /** One file after another: two transactions begun at once would both wait for ever on the one connection of SQLite. */
  private readonly turns = new Turns();

  constructor(@Inject(Database) private readonly database: Database) {}

  /** All of them; none, and false, when one is there already. */
  createAll(devices: readonly NewDevice[], at: Date): Promise<boolean> {
    return this.turns.of('files', () => this.write(devices, at));
  }

  private async write(devices: readonly NewDevice[], at: Date): Promise<boolean> {
    const { client } = this.database;
    const given = this.database.dialect.rows(
      'given',
      NEW_COLUMNS,
      devices.map((one) => newRow(one, at)),
    );
    const list = Prisma.raw(
      Object.keys(NEW_COLUMNS)
        .map((name) => `"${name}"`)
        .join(', '),
    );
    const tags = devices.flatMap(({ id, secretHash, tags: own }) =>
      own.map((tag) => [id, secretHash, tag]),
    );
    const givenTags = this.database.dialect.rows('given', TAG_COLUMNS, tags);
    const [created] = await client.$transaction([
      client.$executeRaw`
        INSERT INTO "Device" (${list}) SELECT ${list} FROM ${given}
        WHERE NOT EXISTS (SELECT 1 FROM "Device" WHERE "id" IN (SELECT "id" FROM ${given}))`,
      // Only of devices that were written just now.
      client.$executeRaw`
        INSERT INTO "DeviceTag" ("deviceId", "tag") SELECT given."deviceId", given."tag" FROM ${givenTags}
        JOIN "Device" ON "Device"."id" = given."deviceId" AND "Device"."secretHash" = given."secretHash"`,
    ]);
    return created === devices.length;
  }

  /** Those of the ids that are taken. */
  async existing(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const given = this.database.dialect.rows(
      'given',
      { id: 'text' },
      ids.map((id) => [id]),
    );
    const rows = await this.database.client.$queryRaw<{ id: string }[]>`
      SELECT "Device"."id" FROM "Device" JOIN ${given} ON "Device"."id" = given."id"`;
    return new Set(rows.map(({ id }) => id));
  }
}

/** In the order of NEW_COLUMNS. */
function newRow(device: NewDevice, at: Date): unknown[] {
  const { id, name, secretHash, access, tokenId, deadlineMs, modelId, group } = device;
  return [id, name, secretHash, access, tokenId, deadlineMs, modelId, group, at, at];
}
