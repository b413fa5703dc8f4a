/** Every query of the store of models, on both databases. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Examined, Update } from '../../../src/models/examination/examined.js';
import { ModelsStore } from '../../../src/models/store/models.store.js';
import { ModelReferences } from '../../../src/platform/index.js';
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

  it('gives a model no version before it is ready', async () => {
    const versions = [
      await store.create(model('m-1', 'net')),
      await store.create(model('m-2', 'net', 'same file')),
      await store.create(model('m-3', 'other')),
      await store.create(model('m-4', 'net', 'same file')),
    ].map(({ name, version }) => `${name} ${version}`);
    expect(versions).toEqual(['net -1', 'net -2', 'other -1', 'net -3']);
    const row = { state: 'checking', bytes: BigInt(BYTES), manifest, fault: null, document: null };
    expect(await store.find('m-1')).toMatchObject(row);
    expect(await store.find('missing')).toBeNull();
  });

  it('sets what an examination found', async () => {
    expect(await store.setReady('m-1', found('a', 'b'), AT)).toBe(true);
    expect(await store.setReady('m-2', found('b', 'c', 'b'), AT)).toBe(true);
    expect(await store.setReady('missing', found('z'), AT)).toBe(false);
    const ready = {
      ...{ state: 'ready', version: 1, readyAt: AT },
      ...{ document: found('a', 'b'), documentDigest: 'normal form' },
    };
    expect(await store.find('m-1')).toMatchObject(ready);
    expect(await store.blockDigests('m-2')).toEqual(new Set(['b', 'c']));
    expect(await store.blockDigests()).toEqual(new Set(['a', 'b', 'c']));
    const unused = Array.from({ length: 1200 }, (_, i) => `unused-${i}`);
    expect(await store.digestsInUse(['a', ...unused, 'c', 'z'])).toEqual(new Set(['a', 'c']));
    const changed = { inputs: [], outputs: [], name: 'x' } as unknown as ModelManifest;
    const row = await store.setFindings('m-1', { manifest: changed });
    expect(row).toMatchObject({ manifest: changed, document: found('a', 'b'), lastUpdate: null });
    expect((await store.find('m-2'))?.version).toBe(2);
  });

  it('sets what an update found, and finds updates that did not end', async () => {
    const running = { state: 'running', startedAt: AT.toISOString(), endedAt: null, fault: null };
    const update = running as Update;
    await store.setFindings('m-1', { update, found: found('a', 'b') });
    await store.setFindings('m-2', { update: { ...update, state: 'done' } });
    expect(await store.setFindings('missing', { update })).toBeUndefined();
    expect(await store.updating()).toEqual([{ id: 'm-1', update }]);
    await store.setFindings('m-1', { update: { ...update, state: 'failed' } });
    expect(await store.updating()).toEqual([]);
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
    expect(ids(all)).toEqual(['m-2', 'm-1']);
    expect(all.every((row) => !('document' in row))).toBe(true);
    const page = async (asked: object) => ids(await store.page({ limit: 10, ...asked }));
    const state = 'all';
    expect(await page({ state })).toEqual(['m-2', 'm-4', 'm-3', 'm-1']);
    expect(await page({ state, limit: 1, after: { createdAt, id: 'm-2' } })).toEqual(['m-4']);
    expect(await page({ state, after: { createdAt: AT, id: 'm-4' } })).toEqual(['m-3', 'm-1']);
    expect(await page({ state, name: 'net' })).toEqual(['m-2', 'm-4', 'm-1']);
    expect(await page({ state: 'ready' })).toEqual(['m-2', 'm-1']);
    const after = { createdAt, id: 'm-2' };
    expect(await page({ name: 'net', state: 'refused', after })).toEqual(['m-4']);
  });

  it('finds the model of an id, a digest, a name or a name with a version', async () => {
    const references = new ModelReferences(open.database);
    const { model: table } = open.database.client;
    const [digest, file] = ['ab'.repeat(32), 'cd'.repeat(32)];
    const data = { documentDigest: digest, digest: file };
    await table.updateMany({ where: { id: { in: ['m-1', 'm-2'] } }, data });
    await table.update({ where: { id: 'm-2' }, data: { readyAt: new Date(AT.getTime() + 1) } });
    const second = { id: 'm-2', name: 'net', version: 2, digest };
    for (const reference of ['m-2', digest, file, 'net', 'net@2']) {
      expect(await references.find(reference)).toEqual({ ...second, state: 'ready' });
      expect(await references.ready(reference)).toEqual({ ...second, state: 'ready' });
    }
    expect(await references.find('net@1')).toMatchObject({ id: 'm-1', version: 1 });
    expect(await references.find('other')).toMatchObject({ id: 'm-3', version: null });
    const refused = references.ready('other', 'change.model');
    await expect(refused).rejects.toThrow("change.model: model 'other' is refused");
    for (const unknown of ['none', 'net@3', 'net@-3', 'ef'.repeat(32), 'NET']) {
      const looked = references.find(unknown, 'model');
      await expect(looked).rejects.toThrow(`model: model '${unknown}' not found`);
    }
    expect(await references.named(['m-2', null, undefined, 'gone', 'm-2'])).toEqual(
      new Map([['m-2', second]]),
    );
    const found = await references.ofDigests([digest, 'ef'.repeat(32)]);
    expect(found).toEqual(new Map([[digest, second]]));
    const filtered = async (text: string) => ids(await references.filtered(text)).sort();
    expect(await filtered('m-1')).toEqual(['m-1']);
    expect(await filtered(digest)).toEqual(['m-1', 'm-2']);
    expect(await filtered('net')).toEqual(['m-1', 'm-2', 'm-4']);
    expect(await filtered('net@1')).toEqual(['m-1']);
    expect(await filtered('ef'.repeat(32))).toEqual([]);
    await expect(filtered('none')).rejects.toThrow("model: model 'none' not found");
  });

  it('removes refused uploads that are old, and gives their versions to others', async () => {
    const { model: table } = open.database.client;
    await table.update({ where: { id: 'm-4' }, data: { createdAt: new Date(AT.getTime() + 9) } });
    expect(await store.removeRefused(new Date(AT.getTime() + 9))).toBe(1);
    expect(ids(await store.page({ limit: 10, state: 'all' }))).toEqual(['m-4', 'm-2', 'm-1']);
    await store.create(model('m-5', 'net'));
    await store.setReady('m-5', found('z'), AT);
    expect((await store.find('m-5'))?.version).toBe(3);
    await store.removeUnused('m-5');
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
