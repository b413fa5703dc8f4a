/** Every query of the stores of the fleet, on both databases. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BulkStore } from '../../../src/fleet/bulk/bulk.store.js';
import { DeviceCredentialsStore } from '../../../src/fleet/credentials/device-credentials.store.js';
import { EnrolmentTokenStore, type TokenRow } from '../../../src/fleet/enrolment/tokens.store.js';
import { GroupsStore } from '../../../src/fleet/groups/groups.store.js';
import { PresenceStore } from '../../../src/fleet/presence/presence.store.js';
import { FleetStore } from '../../../src/fleet/store/devices.store.js';
import { limitsOf } from '../../../src/fleet/store/limit-columns.js';
import type { Birth, Telemetry } from '../../../src/wire/index.js';
import {
  databaseKinds,
  type OpenDatabase,
  openTestDatabase,
} from '../../support/service/databases.js';

const AT = new Date('2026-01-02T03:04:05.678Z');
const LATER = new Date(AT.getTime() + 1000);
const NO_LIMITS = {
  ...{ bytesPrice: null, monthlyBytes: null, deviceMemoryBytes: null, deadline: null },
  uplink: null,
};

describe.each(databaseKinds)('stores of the fleet (%s)', (kind) => {
  let open: OpenDatabase;
  beforeAll(async () => {
    open = await openTestDatabase(kind);
  }, 60_000);
  afterAll(() => open.remove());

  const device = (id: string, tags: readonly string[] = []) => ({
    ...{ id, name: id, secretHash: `hash of ${id}`, access: 'approved' as const, tokenId: null },
    ...{ deadlineMs: 250, modelId: null, group: 'store', tags },
  });
  const live = (id: string) => ({
    ...{
      device: id,
      state: 'online' as const,
      stateAt: AT,
      lastSeenAt: AT,
      reason: null,
      sid: 's',
    },
    flappingUntil: AT,
  });

  it('create many devices with their tags, or none', async () => {
    const bulk = new BulkStore(open.database);
    const fleet = new FleetStore(open.database);
    expect(await bulk.createAll([device('s-1', ['red', 'big']), device('s-2')], AT)).toBe(true);
    const taken = { ...device('s-2', ['red']), secretHash: 'another' };
    expect(await bulk.createAll([device('s-3'), taken], AT)).toBe(false);
    expect(await bulk.existing(['s-1', 's-2', 's-3'])).toEqual(new Set(['s-1', 's-2']));
    const found = await fleet.find('s-1');
    expect(found).toMatchObject({ deadlineMs: 250, group: 'store', createdAt: AT });
    expect(found?.tags.map(({ tag }) => tag).sort()).toEqual(['big', 'red']);
    expect((await fleet.find('s-2'))?.tags).toEqual([]);
  });

  it('write the presence of many devices at once, and keep fields that are not given', async () => {
    const presence = new PresenceStore(open.database);
    const fleet = new FleetStore(open.database);
    await presence.writeLive([live('s-1'), live('unknown')]);
    expect(await fleet.connected(['s-1', 's-2', 'missing'])).toEqual(new Set(['s-1']));
    const { flappingUntil: _, ...gone } = live('s-1');
    await presence.writeLive([{ ...gone, state: 'offline', reason: 'it left', sid: null }]);
    expect(await fleet.find('s-1')).toMatchObject({
      ...{ state: 'offline', disconnectReason: 'it left', sid: null },
      ...{ stateAt: AT, lastSeenAt: AT, flappingUntil: AT },
    });
  });

  it('write documents of a device, and keep them until newer ones come', async () => {
    const presence = new PresenceStore(open.database);
    const fleet = new FleetStore(open.database);
    const birth = { agent: '1.0.0', cores: 4 } as Birth;
    const telemetry = {
      link: { uplinkMsPerByte: 0.25 },
      load: 0.5,
      inputs: [],
    } as unknown as Telemetry;
    await presence.writeLive([{ ...live('s-1'), birth, telemetry, telemetryAt: AT }]);
    await presence.writeLive([{ ...live('s-1'), state: 'offline', reason: 'it left' }]);
    expect(await fleet.find('s-1')).toMatchObject({
      ...{ birth, telemetry, telemetryAt: AT, agentVersion: '1.0.0', uplinkMsPerByte: 0.25 },
      ...{ cameras: 'none', disconnectReason: 'it left', sid: 's' },
    });
  });

  it('list devices and groups with presence that is newer than the rows', async () => {
    const newer = {
      ...{ device: 's-2', state: 'online', lastSeenAt: AT, flappingUntil: undefined },
      ...{ agentVersion: '1.2.3', uplinkMsPerByte: undefined, stateAt: AT },
      ...{ telemetryAt: undefined, cameras: undefined },
    };
    const page = { now: new Date(AT.getTime() + 1000), groups: null, limit: 10 };
    const fleet = new FleetStore(open.database);
    const ids = async (more: object) =>
      (await fleet.page({ ...page, ...more }, [newer])).map(({ id }) => id);
    expect(await ids({ group: 'store' })).toEqual(['s-1', 's-2']);
    expect(await ids({ agent: '1.2.3' })).toEqual(['s-2']);
    expect(await ids({ tags: ['red', 'big'] })).toEqual(['s-1']);
    expect(await ids({ after: 's-1' })).toEqual(['s-2']);
    expect(await ids({ groups: ['other'] })).toEqual([]);
    const parts = await new GroupsStore(open.database).parts([newer], 'store');
    expect(new Set(parts.map(({ state, devices }) => `${state} ${devices}`))).toEqual(
      new Set(['offline 1', 'online 1']),
    );
  });

  it('filter devices by each column', async () => {
    const fleet = new FleetStore(open.database);
    const model = { name: 'net', digest: 'f', state: 'ready', manifest: {}, bytes: 1n };
    const data = [
      { ...model, id: 'm-1', version: 1 },
      { ...model, id: 'm-2', version: 2 },
    ];
    await open.database.client.model.createMany({ data });
    await fleet.create({ ...device('f-1'), modelId: 'm-1', group: 'filters' });
    const waiting = { ...device('f-2'), access: 'waiting' as const, group: 'filters' };
    await fleet.create({ ...waiting, modelId: 'm-2' });
    await fleet.create({ ...device('f-3', ['red']), group: 'filters' });
    const seen = { agentVersion: '2.0.0', uplinkMsPerByte: undefined };
    const states = [
      { device: 'f-1', state: 'online', lastSeenAt: AT, flappingUntil: LATER, ...seen },
      { device: 'f-2', state: 'online', lastSeenAt: AT, flappingUntil: AT, ...seen },
    ].map((one, n) => ({
      ...{ ...one, uplinkMsPerByte: n === 0 ? 1 : 1e-9, telemetryAt: AT },
      // That of the second came by the session before.
      ...{ cameras: 'live', stateAt: n === 0 ? AT : LATER },
    }));
    const ids = async (more: object) => {
      const page = { now: AT, groups: null, limit: 10, group: 'filters', ...more };
      return (await fleet.page(page, states)).map(({ id }) => id).join(' ');
    };
    expect(await ids({})).toBe('f-1 f-2 f-3');
    expect(await ids({ limit: 2 })).toBe('f-1 f-2');
    expect(await ids({ state: 'flapping' })).toBe('f-1');
    expect(await ids({ state: 'online' })).toBe('f-2');
    expect(await ids({ state: 'online', now: LATER })).toBe('f-1 f-2');
    expect(await ids({ state: 'never-seen' })).toBe('f-3');
    expect(await ids({ state: 'offline' })).toBe('');
    expect(await ids({ access: 'waiting' })).toBe('f-2');
    expect(await ids({ groups: ['other', 'filters'] })).toBe('f-1 f-2 f-3');
    expect(await ids({ groups: [] })).toBe('');
    expect(await ids({ models: ['m-1', 'm-2'] })).toBe('f-1 f-2');
    expect(await ids({ models: ['m-1'] })).toBe('f-1');
    expect(await ids({ modelVersion: 2 })).toBe('f-2');
    expect(await ids({ models: ['m-1'], modelVersion: 2 })).toBe('');
    expect(await ids({ models: [] })).toBe('');
    expect(await ids({ tags: ['red'] })).toBe('f-3');
    expect(await ids({ link: 'unknown' })).toBe('f-3');
    expect(await ids({ link: '3g' })).toBe('f-1');
    expect(await ids({ link: 'wired' })).toBe('f-2');
    expect(await ids({ link: 'wifi' })).toBe('');
    expect(await ids({ camera: 'live' })).toBe('f-1');
    expect(await ids({ camera: 'failed' })).toBe('');
    expect(await ids({ camera: 'unknown' })).toBe('f-2 f-3');
    const hoursLater = new Date(AT.getTime() + 3 * 3_600_000);
    expect(await ids({ camera: 'unknown', now: hoursLater })).toBe('f-1 f-2 f-3');
  });

  it('create and change a device, and reject unknown models and taken ids', async () => {
    const fleet = new FleetStore(open.database);
    const created = await fleet.create({ ...device('c-1', ['b', 'a']), group: null });
    expect(created).toMatchObject({ id: 'c-1', version: 1, tags: [{ tag: 'b' }, { tag: 'a' }] });
    const rejected = (code: string) => expect.objectContaining({ code });
    await expect(fleet.create(device('c-1'))).rejects.toEqual(rejected('DEVICE_EXISTS'));
    const unknown = { modelId: 'missing' };
    await expect(fleet.create({ ...device('c-2'), ...unknown })).rejects.toEqual(
      rejected('MODEL_UNKNOWN'),
    );
    expect(await fleet.find('c-2')).toBeNull();
    await expect(fleet.change('c-1', undefined, unknown)).rejects.toEqual(
      rejected('MODEL_UNKNOWN'),
    );
    const change = { name: 'n', deadlineMs: null, strategy: 'min-cut', modelId: 'm-1' };
    const changed = await fleet.change('c-1', 1, { ...change, group: 'g', tags: ['a', 'c'] });
    expect(changed).toMatchObject({ ...change, group: 'g', version: 2 });
    expect(await fleet.change('c-1', 1, { name: 'stale' })).toBeUndefined();
    expect(await fleet.change('missing', undefined, { name: 'x' })).toBeUndefined();
    expect(await fleet.change('c-1', undefined, {})).toMatchObject({ ...change, version: 3 });
    const set = {
      ...{ bytesPrice: 0.5, monthlyBytes: 4e12, deadline: { deadlineMs: 80.5, risk: 0.05 } },
      uplink: { site: 'barn', mbps: 12.5 },
    };
    const limited = await fleet.change('c-1', undefined, { limits: set });
    expect(limited && limitsOf(limited)).toEqual({ ...set, deviceMemoryBytes: null });
    const freed = await fleet.change('c-1', undefined, {
      limits: { deadline: null, bytesPrice: null, uplink: null },
    });
    expect(freed && limitsOf(freed)).toEqual({ ...NO_LIMITS, monthlyBytes: 4e12 });
    const tags = (await fleet.find('c-1'))?.tags.map(({ tag }) => tag).sort();
    expect(tags).toEqual(['a', 'c']);
  });

  it('read single columns of a device, and remove it', async () => {
    const fleet = new FleetStore(open.database);
    expect(await fleet.modelOf('c-1')).toBe('m-1');
    expect(await fleet.modelOf('s-1')).toBeNull();
    expect(await fleet.modelOf('missing')).toBeUndefined();
    expect(await fleet.groupOf('c-1')).toBe('g');
    expect(await fleet.groupOf('missing')).toBeUndefined();
    expect(await fleet.remove('c-1')).toBe(true);
    expect(await fleet.remove('c-1')).toBe(false);
    expect(await open.database.client.deviceTag.count({ where: { deviceId: 'c-1' } })).toBe(0);
  });

  it('change all devices of a group at once, and only what is given', async () => {
    const groups = new GroupsStore(open.database);
    await groups.change('filters', { modelId: null, strategy: 'path-wise' });
    const changed = { modelId: null, deadlineMs: 250, strategy: 'path-wise', limits: NO_LIMITS };
    const filters = ['f-1', 'f-2', 'f-3'];
    expect(await groups.devicesOf('filters')).toEqual(filters.map((id) => ({ id, ...changed })));
    const deviceMemoryBytes = 2 ** 33;
    await groups.change('filters', {
      ...{ deadlineMs: null, modelId: 'm-2', limits: { deviceMemoryBytes } },
    });
    const limits = { ...NO_LIMITS, deviceMemoryBytes };
    const again = { ...changed, deadlineMs: null, modelId: 'm-2', limits };
    expect(await groups.devicesOf('filters')).toEqual(filters.map((id) => ({ id, ...again })));
    const fleet = new FleetStore(open.database);
    expect(await fleet.find('f-1')).toMatchObject({ version: 3 });
    expect(await fleet.find('s-1')).toMatchObject({ version: 1, strategy: 'auto' });
    const parts = (await groups.parts([])).map(({ group, modelId, state, devices }) =>
      [group, modelId, state, devices].join(' '),
    );
    expect(parts.sort()).toEqual(['filters m-2 offline 3', 'store  offline 2']);
  });

  it('mark every device that is online as offline', async () => {
    const presence = new PresenceStore(open.database);
    const fleet = new FleetStore(open.database);
    await presence.writeLive([live('f-1')]);
    await presence.markAllOffline('restarted', LATER);
    const offline = { state: 'offline', stateAt: LATER, disconnectReason: 'restarted' };
    expect(await fleet.find('f-1')).toMatchObject(offline);
    expect(await fleet.find('s-1')).toMatchObject({ disconnectReason: 'it left' });
  });

  it('list more devices at once than a statement takes parameters', async () => {
    const fleet = new FleetStore(open.database);
    const ids = Array.from({ length: 1200 }, (_, i) => `many-${10_000 + i}`);
    const many = ids.map((id, i) => ({ ...device(id, i === 1100 ? ['late'] : []), group: 'many' }));
    expect(await new BulkStore(open.database).createAll(many, AT)).toBe(true);
    const page = await fleet.page({ now: AT, groups: null, group: 'many', limit: 1200 }, []);
    expect(page.map(({ id }) => id)).toEqual(ids);
    expect(page[1100]?.tags.map(({ tag }) => tag)).toEqual(['late']);
    await new PresenceStore(open.database).writeLive([live('many-10000'), live('many-11199')]);
    expect(await fleet.connected(ids)).toEqual(new Set(['many-10000', 'many-11199']));
    await open.database.client.device.deleteMany({ where: { group: 'many' } });
  });

  it('change the credential of a device only as it is expected', async () => {
    const store = new DeviceCredentialsStore(open.database);
    const renewed = {
      ...{ secretHash: 'new', previousSecretHash: 'hash of f-1', previousSecretEndsAt: LATER },
    };
    const expected = { access: 'approved', secretHash: 'another' } as const;
    expect(await store.changeCredential('f-1', renewed, expected)).toBe(false);
    expect(await store.changeCredential('missing', renewed)).toBe(false);
    const right = { access: 'approved', secretHash: 'hash of f-1' } as const;
    expect(await store.changeCredential('f-1', renewed, right)).toBe(true);
    expect(await store.changeCredential('f-3', { access: 'revoked' })).toBe(true);
    const row = async () => (await store.credentials()).find(({ id }) => id === 'f-1');
    expect(await row()).toEqual({ id: 'f-1', access: 'approved', ...renewed });
    await store.forgetOldSecret('f-1', 'another');
    expect(await row()).toMatchObject(renewed);
    await store.forgetOldSecret('f-1', 'hash of f-1');
    expect(await row()).toMatchObject({ previousSecretHash: null, previousSecretEndsAt: null });
    const ids = (await store.credentials()).map(({ id }) => id).sort();
    expect(ids).toEqual(['f-1', 'f-2', 's-1', 's-2']);
  });

  const token = (id: string, more: Partial<TokenRow> = {}) => ({
    ...{ id, name: id, hash: `hash of ${id}`, createdAt: AT, createdBy: 'a', expiresAt: LATER },
    ...{ revokedAt: null, maxUses: 2, uses: 0, access: 'approved', group: null },
    ...{ modelId: null, ...more, tags: ['red'] },
  });

  it('limit a token to its uses, also at the same time', async () => {
    const tokens = new EnrolmentTokenStore(open.database);
    await tokens.create(token('t-1'));
    const taken = await Promise.all([1, 2, 3].map(() => tokens.takeUse('t-1')));
    expect(taken.filter(Boolean)).toHaveLength(2);
    await tokens.giveBackUse('t-1');
    expect(await tokens.takeUse('t-1')).toBe(true);
    expect(await tokens.takeUse('t-1')).toBe(false);
  });

  it('find tokens, list the newest first, and revoke a token once', async () => {
    const tokens = new EnrolmentTokenStore(open.database);
    await tokens.create(token('t-2', { group: 'north' }));
    await tokens.create(token('t-3', { createdAt: LATER, group: 'south' }));
    expect(await tokens.find('t-2')).toEqual(token('t-2', { group: 'north' }));
    expect(await tokens.find('missing')).toBeNull();
    expect((await tokens.findByHash('hash of t-3'))?.id).toBe('t-3');
    expect(await tokens.findByHash('missing')).toBeNull();
    const page = async (more: object) => {
      const asked = { limit: 10, after: undefined, groups: null, ...more };
      return (await tokens.page(asked)).map(({ id }) => id);
    };
    expect(await page({})).toEqual(['t-3', 't-2', 't-1']);
    expect(await page({ limit: 1, after: { createdAt: LATER, id: 't-3' } })).toEqual(['t-2']);
    expect(await page({ after: { createdAt: AT, id: 't-2' } })).toEqual(['t-1']);
    expect(await page({ groups: ['north', 'east'] })).toEqual(['t-2']);
    expect(await page({ groups: [] })).toEqual([]);
    expect(await tokens.revoke('missing', AT)).toBe(false);
    expect(await tokens.revoke('t-2', AT)).toBe(true);
    expect(await tokens.revoke('t-2', LATER)).toBe(true);
    expect(await tokens.find('t-2')).toMatchObject({ revokedAt: AT });
    expect(await tokens.takeUse('t-2')).toBe(false);
  });
});
