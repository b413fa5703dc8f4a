/** Every query of the stores of plans, on both databases. */
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SupersededStore } from '../../../src/plans/retention/superseded.store.js';
import { SupersededDocuments } from '../../../src/plans/retention/superseded-documents.js';
import { ShadowStore } from '../../../src/plans/shadow/shadow.store.js';
import { type TwinName, TwinsStore } from '../../../src/plans/state/twins.store.js';
import { Clock } from '../../../src/platform/index.js';
import type { Reported } from '../../../src/wire/index.js';
import {
  databaseKinds,
  type OpenDatabase,
  openTestDatabase,
} from '../../support/service/databases.js';

const AT = new Date('2026-01-02T03:04:05.678Z');
const later = (ms: number) => new Date(AT.getTime() + ms);

describe.each(databaseKinds)('stores of plans (%s)', (kind) => {
  let open: OpenDatabase;
  beforeAll(async () => {
    open = await openTestDatabase(kind);
    const { client } = open.database;
    const data = ['p-1', 'p-2'].map((id) => ({ id, name: id, secretHash: id, group: id }));
    await client.device.createMany({ data });
    const model = { name: 'net', version: 1, digest: 'f', state: 'ready', manifest: {}, bytes: 1n };
    await client.model.create({ data: { ...model, id: 'm-1' } });
    const blocks = ['a', 'b', 'c'].map((name) => name.repeat(64));
    await client.modelBlock.createMany({
      data: blocks.map((digest, position) => ({ modelId: 'm-1', position, digest, bytes: 1n })),
    });
  }, 60_000);
  afterAll(() => open.remove());

  const cause = { code: 'model', text: 'it was assigned' };

  it('keep the block times of a profile, all at once, and only those of blocks that a model has', async () => {
    const store = new TwinsStore(open.database);
    const block = (name: string, medianMs: number) => ({
      ...{ digest: name.repeat(64), medianMs, spreadMs: 0.5, runs: 5 },
    });
    const names = (saved: ReadonlySet<string>) => [...saved].map(([name]) => name).sort();
    const first = await store.saveProfile('p-1', [block('a', 1.5), block('b', 2)], AT);
    expect(names(first)).toEqual(['a', 'b']);
    const blocks = [block('b', 3), block('c', 4), block('d', 5)];
    expect(names(await store.saveProfile('p-1', blocks, AT))).toEqual(['b', 'c']);
    expect([...(await store.profileOf('p-1')).values()].sort()).toEqual([1.5, 3, 4]);
    expect((await store.profileOf('p-2')).size).toBe(0);
    expect((await store.saveProfile('p-2', [block('d', 5)], AT)).size).toBe(0);
  });

  it('list the newest documents that are not applied, by page and by group', async () => {
    const store = new TwinsStore(open.database);
    const shadow = new ShadowStore(open.database);
    for (const device of ['p-1', 'p-2']) {
      await store.saveVersion(device, 'model', 1, { model: null }, cause);
      await store.saveVersion(device, 'model', 2, { model: null }, cause);
    }
    const drifted = async (...page: Parameters<ShadowStore['drifted']>) =>
      (await shadow.drifted(...page)).map(({ deviceId, version }) => `${deviceId} ${version}`);
    expect(await drifted(undefined, 10, undefined)).toEqual(['p-1 2', 'p-2 2']);
    expect(await drifted('p-2', 10, undefined)).toEqual(['p-2 2']);
    expect(await drifted(undefined, 10, { device: 'p-1', name: 'model' })).toEqual(['p-2 2']);
    const report = { v: 1, version: 2, at: AT.toISOString(), state: 'applied' } as const;
    expect(await store.saveReport('p-1', 'model', report, AT)).toBe(true);
    expect(await drifted(undefined, 10, undefined)).toEqual(['p-2 2']);
  });
  const reported = (version: number, state: Reported['state'], more: object = {}) =>
    ({ v: 1, version, at: AT.toISOString(), state, ...more }) as Reported;
  const fault = { code: 'PLAN_INVALID', message: "it's not a plan" };

  it('list the versions of a document with the last report on each', async () => {
    const store = new TwinsStore(open.database);
    for (const version of [1, 2, 3]) {
      await store.saveVersion('p-1', 'plan', version, { row: version }, cause);
    }
    expect(await store.saveReport('p-1', 'plan', reported(2, 'refused', { fault }), AT)).toBe(true);
    expect(await store.saveReport('p-1', 'plan', reported(1, 'refused', { fault }), AT)).toBe(true);
    expect(await store.saveReport('p-1', 'plan', reported(1, 'applied'), later(1))).toBe(true);
    expect(await store.saveReport('p-1', 'plan', reported(9, 'applied'), AT)).toBe(false);
    const [newest, refused, applied] = await store.versions('p-1', 'plan', 10);
    const text = { causeCode: 'model', causeText: 'it was assigned' };
    expect(newest).toEqual({
      ...{ version: 3, document: { row: 3 }, createdAt: expect.any(Date), ...text },
      ...{ reportedAt: null, appliedAt: null, refusal: null },
    });
    expect(refused).toMatchObject({ version: 2, reportedAt: AT, appliedAt: null, refusal: fault });
    expect(applied).toMatchObject({ version: 1, appliedAt: later(1), refusal: null });
    const page = async (limit: number, before?: number) =>
      (await store.versions('p-1', 'plan', limit, before)).map(({ version }) => version);
    expect(await page(2)).toEqual([3, 2]);
    expect(await page(1, 3)).toEqual([2]);
    expect(await page(10, 1)).toEqual([]);
  });

  it('find the newest versions of one device and of many, with their models', async () => {
    const store = new TwinsStore(open.database);
    const shadow = new ShadowStore(open.database);
    await store.saveVersion('p-2', 'model', 3, { model: 'm-1' }, cause);
    expect(await shadow.newest('p-1', 'plan')).toMatchObject({ version: 3, document: { row: 3 } });
    expect(await shadow.newest('p-2', 'plan')).toBeNull();
    const last = await shadow.newestReported('p-1', 'plan');
    expect(last).toMatchObject({ version: 2, refusal: fault });
    expect(last).not.toHaveProperty('document');
    expect(await shadow.newestReported('p-2', 'model')).toBeNull();
    const states = await shadow.newestOf(['p-2', 'p-1', 'missing']);
    expect(states.map(({ deviceId, name, version }) => `${deviceId} ${name} ${version}`)).toEqual([
      ...['p-1 model 2', 'p-1 plan 3', 'p-2 model 3'],
    ]);
    const models = await shadow.modelsOf(states.filter(({ name }) => name === 'model'));
    expect([...models].sort()).toEqual([
      ['p-1', null],
      ['p-2', 'm-1'],
    ]);
  });

  it('leave out a plan that is older than the newest model', async () => {
    const shadow = new ShadowStore(open.database);
    const { twin } = open.database.client;
    const created = (name: string, ms: number) =>
      twin.updateMany({ where: { deviceId: 'p-1', name }, data: { createdAt: later(ms) } });
    const drifted = async () =>
      (await shadow.drifted('p-1', 10, undefined)).map(({ name, version }) => `${name} ${version}`);
    await created('model', 0);
    await created('plan', 1);
    expect(await drifted()).toEqual(['plan 3']);
    await created('model', 2);
    expect(await drifted()).toEqual([]);
  });

  it('read what planning needs of a device', async () => {
    const store = new TwinsStore(open.database);
    const { device } = open.database.client;
    const nothing = { modelId: null, deadlineMs: null, telemetryAt: null, lastSeenAt: null };
    const limits = {
      ...{ bytesPrice: null, monthlyBytes: null, deviceMemoryBytes: null },
      ...{ deadline: null, uplink: null },
    };
    const none = { birth: undefined, telemetry: undefined };
    const facts = { ...nothing, strategy: 'auto', limits, ...none };
    expect(await store.facts('p-1')).toEqual(facts);
    expect(await store.facts('missing')).toBeUndefined();
    const telemetry = {
      ...{ v: 1, sid: 's', at: AT.toISOString(), link: null, load: 0.5 },
      ...{ freeMemoryBytes: 2 ** 33, framesWaiting: 0 },
    };
    const birth = { agent: 'not a birth' };
    const data = { modelId: 'm-1', deadlineMs: 250, lastSeenAt: AT, telemetryAt: AT };
    await device.update({
      where: { id: 'p-2' },
      data: { ...data, strategy: 'of another version', telemetry, birth },
    });
    expect(await store.facts('p-2')).toEqual({ ...facts, ...data, telemetry });
    expect(await store.devicesOf('m-1')).toEqual(['p-2']);
    expect(await store.devicesOf('missing')).toEqual([]);
  });

  it('keep the newest superseded documents of each device, and the one in use', async () => {
    const store = new TwinsStore(open.database);
    const superseded = new SupersededStore(open.database);
    const { client } = open.database;
    const data = ['old-1', 'old-2', 'old-3'].map((id) => ({ id, name: id, secretHash: id }));
    await client.device.createMany({ data });
    const version = { name: 'plan', document: {}, causeCode: 'link', causeText: '' };
    const many = Array.from({ length: 250 }, (_, i) => i + 1);
    await client.twin.createMany({
      data: many.map((n) => ({ ...version, deviceId: 'old-1', version: n })),
    });
    await client.twin.createMany({
      data: many.slice(0, 11).map((n) => ({ ...version, deviceId: 'old-2', version: n })),
    });
    for (const n of [1, 2]) await store.saveVersion('old-3', 'plan', n, {}, cause);
    for (const n of many.slice(0, 13)) await store.saveVersion('old-3', 'model', n, {}, cause);

    const spans = await superseded.spans('plan', 'old', 2);
    expect(spans).toEqual([
      { device: 'old-1', oldest: 1, newest: 250 },
      { device: 'old-2', oldest: 1, newest: 11 },
    ]);
    expect(await superseded.spans('plan', 'old-2', 1)).toEqual([
      { device: 'old-3', oldest: 1, newest: 2 },
    ]);
    const silent = pino({ level: 'silent' });
    const kept = { documentsKept: 10 };
    const documents = new SupersededDocuments(superseded, kept, new Clock(), silent);
    expect(await documents.remove(AbortSignal.abort())).toBe(0);
    expect(await documents.remove(new AbortController().signal)).toBe(239 + 2);
    const versions = async (device: string, name: TwinName) =>
      (await store.versions(device, name, 1000)).map((one) => one.version);
    expect(await versions('old-1', 'plan')).toEqual(many.slice(-11).toReversed());
    expect((await versions('old-2', 'plan')).length).toBe(11);
    expect(await versions('old-3', 'plan')).toEqual([2, 1]);
    expect((await versions('old-3', 'model')).at(-1)).toBe(3);
    expect(await superseded.remove('old-1', 'plan', 240, 242)).toBe(2);
    expect(await documents.remove(new AbortController().signal)).toBe(0);
  });
});
