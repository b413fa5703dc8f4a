/** Every query of the store of models, on both databases. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Examined } from '../../../src/models/examination/examined.js';
import { ModelsStore } from '../../../src/models/store/models.store.js';
import { Fault, type ModelManifest } from '../../../src/wire/index.js';
import {
  databaseKinds,
  type OpenDatabase,
  openTestDatabase,
} from '../../support/service/databases.js';

const AT = new Date('2026-01-02T03:04:05.678Z');
const manifest = { inputs: [], outputs: [] } as unknown as ModelManifest;
/** Larger than 32 bits. */
const BYTES = 5_000_000_000;

describe.each(databaseKinds)('ModelsStore (%s)', (kind) => {
  let open: OpenDatabase;
  let store: ModelsStore;
  beforeAll(async () => {
    open = await openTestDatabase(kind);
    store = new ModelsStore(open.database);
  }, 60_000);
  afterAll(() => open.remove());

  const model = (id: string, name: string, digest = `file of ${id}`) => ({
    ...{ id, name, digest, manifest, bytes: BYTES },
  });
  const found = (...digests: string[]) =>
    ({
      digest: 'normal form',
      blocks: digests.map((digest) => ({ digest, bytes: BYTES })),
      threads: 2,
    }) as unknown as Examined;
  const fault = (message: string) => new Fault('MODEL_TOO_COSTLY', message);
  const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

  it('gives each model the next version of its name', async () => {
    const versions = [
      await store.create(model('m-1', 'net')),
      await store.create(model('m-2', 'net', 'same file')),
      await store.create(model('m-3', 'other')),
      await store.create(model('m-4', 'net', 'same file')),
    ].map(({ name, version }) => `${name} ${version}`);
    expect(versions).toEqual(['net 1', 'net 2', 'other 1', 'net 3']);
    const row = { state: 'checking', bytes: BigInt(BYTES), manifest, fault: null, document: null };
    expect(await store.find('m-1')).toMatchObject(row);
    expect(await store.find('missing')).toBeNull();
  });

  it('sets what an examination found', async () => {
    expect(await store.setReady('m-1', found('a', 'b'), AT)).toBe(true);
    expect(await store.setReady('m-2', found('b', 'c', 'b'), AT)).toBe(true);
    expect(await store.setReady('missing', found('z'), AT)).toBe(false);
    const ready = { state: 'ready', readyAt: AT, document: found('a', 'b') };
    expect(await store.find('m-1')).toMatchObject(ready);
    expect(await store.blockDigests('m-2')).toEqual(new Set(['b', 'c']));
    expect(await store.blockDigests()).toEqual(new Set(['a', 'b', 'c']));
    const unused = Array.from({ length: 1200 }, (_, i) => `unused-${i}`);
    expect(await store.digestsInUse(['a', ...unused, 'c', 'z'])).toEqual(new Set(['a', 'c']));
    const changed = { inputs: [], outputs: [], name: 'x' } as unknown as ModelManifest;
    expect((await store.setManifest('m-1', changed)).manifest).toEqual(changed);
  });

  it('refuses only a model that is being checked', async () => {
    await store.setRefused('m-1', fault('too late'));
    await store.setRefused('m-3', fault('not a network'));
    expect(await store.find('m-1')).toMatchObject({ state: 'ready', fault: null });
    expect(await store.find('m-3')).toMatchObject({
      ...{ state: 'refused', fault: { code: 'MODEL_TOO_COSTLY', message: 'not a network' } },
    });
    expect(ids(await store.findSame('net', 'same file'))).toEqual(['m-4', 'm-2']);
    const unfinished = await store.unfinished();
    expect(unfinished).toHaveLength(1);
    for (const id of unfinished) await store.setRefused(id, fault('interrupted'));
    expect(await store.unfinished()).toEqual([]);
    expect(await store.find('m-4')).toMatchObject({ fault: { message: 'interrupted' } });
    expect(ids(await store.findSame('net', 'same file'))).toEqual(['m-2']);
  });

  it('lists the newest first, by name, state and page, without documents', async () => {
    const { model: table } = open.database.client;
    await table.updateMany({ data: { createdAt: AT } });
    const createdAt = new Date(AT.getTime() + 1);
    await table.update({ where: { id: 'm-2' }, data: { createdAt } });
    const all = await store.page({ limit: 10 });
    expect(ids(all)).toEqual(['m-2', 'm-4', 'm-3', 'm-1']);
    expect(all.every((row) => !('document' in row))).toBe(true);
    const page = async (asked: object) => ids(await store.page({ limit: 10, ...asked }));
    expect(await page({ limit: 1, after: { createdAt, id: 'm-2' } })).toEqual(['m-4']);
    expect(await page({ after: { createdAt: AT, id: 'm-4' } })).toEqual(['m-3', 'm-1']);
    expect(await page({ name: 'net' })).toEqual(['m-2', 'm-4', 'm-1']);
    expect(await page({ state: 'ready' })).toEqual(['m-2', 'm-1']);
    const after = { createdAt, id: 'm-2' };
    expect(await page({ name: 'net', state: 'refused', after })).toEqual(['m-4']);
  });

  it('removes a model with its blocks, unless a device has it', async () => {
    const data = { id: 'd', name: 'd', secretHash: 'd', modelId: 'm-1' };
    await open.database.client.device.create({ data });
    expect(await store.deviceCount('m-1')).toBe(1);
    expect(await store.deviceCount('m-2')).toBe(0);
    expect(await store.removeUnused('m-1')).toBe(false);
    expect(await store.removeUnused('m-2')).toBe(true);
    expect(await store.removeUnused('m-2')).toBe(false);
    expect(await store.blockDigests()).toEqual(new Set(['a', 'b']));
    expect(await store.digestsInUse(['b', 'c'])).toEqual(new Set(['b']));
  });
});
