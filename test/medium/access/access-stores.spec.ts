/** Every query of the stores of access, on both databases. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AuditEntriesStore,
  type AuditPage,
} from '../../../src/access/audit/audit-entries.store.js';
import { IdempotentAnswersStore } from '../../../src/access/idempotency/idempotent-answers.store.js';
import { OperatorKeyStore } from '../../../src/access/keys/operator-key.store.js';
import { type FilterNames, KnownNames } from '../../../src/platform/index.js';
import {
  databaseKinds,
  type OpenDatabase,
  openTestDatabase,
} from '../../support/service/databases.js';

const at = (s: number) => new Date(Date.UTC(2026, 0, 2, 3, 4, s, 678));

describe.each(databaseKinds)('stores of access (%s)', (kind) => {
  let open: OpenDatabase;
  beforeAll(async () => {
    open = await openTestDatabase(kind);
  }, 60_000);
  afterAll(() => open.remove());

  describe('OperatorKeyStore', () => {
    const key = (id: string, s: number) => ({
      ...{ id, name: `key ${id}`, hash: `hash of ${id}`, role: 'operator' as const },
      ...{ groups: ['north', 'south'], createdAt: at(s), expiresAt: at(50), revokedAt: null },
    });

    it('writes a key in place of one with the same id, and lists the oldest first', async () => {
      const store = new OperatorKeyStore(open.database);
      await store.put(key('b', 1));
      await store.put(key('a', 1));
      await store.put(key('c', 0));
      const wider = { ...key('b', 1), role: 'admin' as const, groups: null, expiresAt: null };
      await store.put(wider);
      expect(await store.all()).toEqual([key('c', 0), key('a', 1), wider]);
    });

    it('revokes a key once, and removes keys', async () => {
      const store = new OperatorKeyStore(open.database);
      await store.revoke('a', at(10));
      await store.revoke('a', at(20));
      await store.revoke('missing', at(20));
      await store.remove('c');
      await store.remove('missing');
      const left = (await store.all()).map(({ id, revokedAt }) => [id, revokedAt]);
      expect(left).toEqual([
        ['a', at(10)],
        ['b', null],
      ]);
    });
  });

  describe('KnownNames', () => {
    it('know groups by devices, keys and tokens, and models by id, name and version', async () => {
      const { client } = open.database;
      const names = new KnownNames(open.database);
      const codeOf = (named: FilterNames) =>
        names.check(named).then(
          () => 'known',
          ({ code }) => code,
        );
      const ends = { createdAt: at(1), createdBy: 'x', expiresAt: at(2), maxUses: 1, tags: [] };
      await client.device.create({ data: { id: 'd', name: 'd', secretHash: '-', group: 'lived' } });
      for (const [group, revokedAt] of [
        ['to come', null],
        ['given up', at(3)],
      ] as const) {
        const token = { id: group, name: 'x', hash: group, access: 'waiting', group, revokedAt };
        await client.enrolmentToken.create({ data: { ...token, ...ends } });
        const key = { id: group, name: 'x', hash: group, groups: [`${group} too`], revokedAt };
        await client.apiKey.create({ data: key });
      }
      const model = { id: 'm', name: 'net', version: 2, digest: 'ab'.repeat(32), state: 'ready' };
      await client.model.create({ data: { ...model, manifest: {}, bytes: 1n } });
      for (const group of ['lived', 'to come', 'to come too']) {
        expect([group, await codeOf({ group })]).toEqual([group, 'known']);
      }
      for (const group of ['given up', 'given up too', 'lives', '%']) {
        expect([group, await codeOf({ group })]).toEqual([group, 'GROUP_UNKNOWN']);
      }
      expect(await codeOf({ device: 'd' })).toBe('known');
      expect(await codeOf({ device: 'e' })).toBe('DEVICE_UNKNOWN');
      for (const named of [
        ...[{ model: 'm' }, { model: 'net' }, { model: 'net', version: 2 }, { version: 2 }, {}],
        // Frames of a model that was deleted stay.
        { model: 'cd'.repeat(32) },
      ]) {
        expect([named, await codeOf(named)]).toEqual([named, 'known']);
      }
      for (const named of [{ model: 'x' }, { model: 'net', version: 1 }, { version: 3 }]) {
        expect([named, await codeOf(named)]).toEqual([named, 'MODEL_UNKNOWN']);
      }
    });
  });

  describe('AuditEntriesStore', () => {
    const entry = (n: number, actor: string, subject: string) => ({
      ...{ id: `e-${n}`, at: at(n), actor, address: '::1', request: `r-${n}` },
      ...{ action: 'PATCH /api/v1/devices/:id', subject, status: 200 },
      ...{ asked: { name: 'x', tags: ['a'] }, before: null, after: { name: 'x' } },
    });
    const page = async (asked: Partial<AuditPage>) => {
      const found = await new AuditEntriesStore(open.database).page({ limit: 10, ...asked });
      return found.map(({ id }) => id);
    };

    it('adds entries with documents or none, and returns them as they were', async () => {
      const store = new AuditEntriesStore(open.database);
      await store.add(entry(0, 'key-1', 'devices/pi-1'));
      await store.add(entry(1, 'key-2', 'devices/pi-1/secret'));
      await store.add(entry(2, 'key-1', 'devices/pi-10'));
      await store.add({ ...entry(3, 'key-1', 'keys/pi-1'), asked: undefined, after: [1] });
      expect(await store.page({ limit: 2 })).toEqual([
        { ...entry(3, 'key-1', 'keys/pi-1'), asked: null, after: [1] },
        entry(2, 'key-1', 'devices/pi-10'),
      ]);
    });

    it('lists entries by actor, subject, time and page', async () => {
      expect(await page({})).toEqual(['e-3', 'e-2', 'e-1', 'e-0']);
      expect(await page({ before: 'e-2', limit: 1 })).toEqual(['e-1']);
      expect(await page({ actor: 'key-2' })).toEqual(['e-1']);
      expect(await page({ subject: 'devices' })).toEqual(['e-2', 'e-1', 'e-0']);
      expect(await page({ subject: 'devices/pi-1' })).toEqual(['e-1', 'e-0']);
      expect(await page({ subject: 'devices/pi-1', actor: 'key-1' })).toEqual(['e-0']);
      expect(await page({ from: at(1), to: at(3) })).toEqual(['e-2', 'e-1']);
      expect(await page({ from: at(3) })).toEqual(['e-3']);
      expect(await page({ to: at(1), before: 'e-9' })).toEqual(['e-0']);
    });

    it('removes entries before an id, at most a number of them', async () => {
      const store = new AuditEntriesStore(open.database);
      expect(await store.removeBefore('e-3', 2)).toBe(2);
      expect(await page({})).toHaveLength(2);
      expect(await store.removeBefore('e-3', 2)).toBe(1);
      expect(await store.removeBefore('e-3', 2)).toBe(0);
      expect(await page({})).toEqual(['e-3']);
    });
  });

  describe('IdempotentAnswersStore', () => {
    const place = (actor: string, key = 'k') => ({ actor, key });
    const kept = (answer: string | null, s: number) => ({
      ...{ fingerprint: 'f', answer, expiresAt: at(s) },
    });

    it('keeps one answer for each key of an actor', async () => {
      const store = new IdempotentAnswersStore(open.database);
      await store.put(place('a'), kept(null, 1));
      await store.put(place('b'), kept('other', 1));
      await store.put(place('a'), kept('sealed', 2));
      expect(await store.find(place('a'))).toEqual({ ...place('a'), ...kept('sealed', 2) });
      expect(await store.find(place('b'))).toMatchObject(kept('other', 1));
      expect(await store.find(place('a', 'k-2'))).toBeNull();
      await store.remove(place('b'));
      await store.remove(place('b'));
      expect(await store.find(place('b'))).toBeNull();
    });

    it('removes expired answers, at most a number of them', async () => {
      const store = new IdempotentAnswersStore(open.database);
      for (const key of ['1', '2', '3']) await store.put(place('old', key), kept('x', 0));
      expect(await store.removeExpired(at(2), 2)).toBe(2);
      expect(await store.removeExpired(at(2), 2)).toBe(1);
      expect(await store.removeExpired(at(2), 2)).toBe(0);
      expect(await store.find(place('a'))).toMatchObject({ answer: 'sealed' });
    });
  });
});
