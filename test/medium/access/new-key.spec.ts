/** `flotilla key new` on the database of a stopped service: the way back for operators who have lost their keys. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperatorKeyStore } from '../../../src/access/keys/operator-key.store.js';
import { OperatorKeys } from '../../../src/access/keys/operator-keys.js';
import { dispatch } from '../../../src/cli/dispatch.js';
import { Clock, type Database, openDatabase } from '../../../src/platform/index.js';

let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'flotilla-key-'));
  await (await open()).onApplicationShutdown();
});
afterAll(() => rm(data, { recursive: true, force: true }));

const open = () => openDatabase({ data, databaseUrl: undefined }, pino({ level: 'silent' }));

async function run(...words: string[]) {
  let said = '';
  const stream = {
    write(text: string) {
      said += text;
    },
  };
  const io = { stdin: process.stdin, stdout: stream, stderr: stream };
  return { code: await dispatch(['key', ...words], io), said };
}

async function keysOf(database: Database): Promise<OperatorKeys> {
  const keys = new OperatorKeys({}, new OperatorKeyStore(database), new Clock());
  await keys.onModuleInit();
  return keys;
}

describe('flotilla key new', () => {
  it('makes a key of an admin, which is in the audit log without its text', async () => {
    const { code, said } = await run('new', '--data', data, '--name', 'night shift');
    expect(code).toBe(0);
    const [key = ''] = /(?<=^Operator key: )flo_\S+$/m.exec(said) ?? [];
    const database = await open();
    try {
      const keys = await keysOf(database);
      expect(keys.find(key)).toMatchObject({ role: 'admin', groups: null });
      // An operator has a key now: the next start makes none.
      expect(await keys.makeFirst()).toBeUndefined();
      const entries = await database.client.auditEntry.findMany();
      expect(entries).toMatchObject([{ actor: 'command line', after: { name: 'night shift' } }]);
      expect(JSON.stringify(entries)).not.toContain(key);
    } finally {
      await database.onApplicationShutdown();
    }
  });

  it('says that the service has to stop first, and makes none', async () => {
    const database = await open();
    try {
      const before = (await keysOf(database)).list();
      const { code, said } = await run('new', '--data', data);
      expect(code).toBe(1);
      expect(said).toMatch(
        /^flotilla: FLOTILLA_DATA: .* is in use by another process; stop it.*\n$/,
      );
      expect((await keysOf(database)).list()).toEqual(before);
    } finally {
      await database.onApplicationShutdown();
    }
  });

  it.each([
    [['old'], 'key: must be key new'],
    [['new', '--data', '/missing'], '--data: no database in /missing'],
    [['new', '--name', ' '], '--name: must have 1 to 100 characters'],
  ])('rejects %j in one line with code 2', async (words, why) => {
    const { code, said } = await run(...words);
    expect([code, said]).toEqual([2, `flotilla: ${why} (see flotilla --help)\n`]);
  });
});
