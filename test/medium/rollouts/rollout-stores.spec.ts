/** Every query of the stores of commands and rollouts, on both databases. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandRow, CommandsStore } from '../../../src/commands/commands.store.js';
import { type RolloutDevice, waitingDevice } from '../../../src/rollouts/rules/rollout.js';
import { DeviceSettingsStore } from '../../../src/rollouts/store/device-settings.store.js';
import { type RolloutRow, RolloutsStore } from '../../../src/rollouts/store/rollouts.store.js';
import {
  databaseKinds,
  type OpenDatabase,
  openTestDatabase,
} from '../../support/service/databases.js';

const at = (s: number) => new Date(Date.UTC(2026, 0, 2, 3, 4, s, 678));
const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

describe.each(databaseKinds)('stores of commands and rollouts (%s)', (kind) => {
  let open: OpenDatabase;
  beforeAll(async () => {
    open = await openTestDatabase(kind);
    const { client } = open.database;
    const device = (id: string, group: string) => ({
      ...{ id, name: id, secretHash: id, group, deadlineMs: 250, lastSeenAt: at(0) },
    });
    const data = [device('d-1', 'g'), device('d-2', 'g'), device('d-3', 'other')];
    await client.device.createMany({ data });
    await client.device.update({
      ...{ where: { id: 'd-1' }, data: { state: 'online', stateAt: at(1) } },
    });
    const tags = [
      ['d-1', 'red'],
      ['d-1', 'big'],
      ['d-2', 'red'],
    ] as const;
    await client.deviceTag.createMany({ data: tags.map(([deviceId, tag]) => ({ deviceId, tag })) });
  }, 60_000);
  afterAll(() => open.remove());

  describe('CommandsStore', () => {
    let store: CommandsStore;
    beforeAll(() => {
      store = new CommandsStore(open.database);
    });
    const command = (id: string, s: number, target: CommandRow['target']): CommandRow => ({
      ...{ id, kind: 'logLevel', level: 'debug', target, createdAt: at(s), expiresAt: at(s + 10) },
    });

    it('finds the devices of a target', async () => {
      const found = async (target: object, limit = 10) =>
        (await store.devicesOf(target, limit)).sort();
      expect(await found({ group: 'g' })).toEqual(['d-1', 'd-2']);
      expect(await found({ tags: ['red', 'big'] })).toEqual(['d-1']);
      const devices = ['d-3', 'd-2', 'd-2', 'missing'];
      expect(await found({ devices })).toEqual(['d-2', 'd-3']);
      expect(await found({ devices, tags: ['red'] })).toEqual(['d-2']);
      expect(await found({ all: true }, 2)).toHaveLength(2);
      expect(await found({})).toEqual([]);
      expect(await found({ tags: [] })).toEqual([]);
    });

    it('creates commands with runs of devices that exist', async () => {
      await store.create(command('c-1', 1, { group: 'g' }), ['d-2', 'd-1', 'missing']);
      await store.create(command('c-2', 1, { devices: ['d-3'] }), ['d-3']);
      await store.create(command('c-3', 2, { group: 'other' }), ['d-3']);
      expect(await store.find('c-1')).toEqual(command('c-1', 1, { group: 'g' }));
      expect(await store.find('missing')).toBeNull();
      const runs = await store.runs('c-1', undefined, 10, undefined);
      expect(runs.map(({ deviceId, state }) => `${deviceId} ${state}`)).toEqual([
        ...['d-1 queued', 'd-2 queued'],
      ]);
    });

    it('lists commands by device, group and page, newest first', async () => {
      const page = async (asked: object, after?: { createdAt: Date; id: string }) =>
        ids(await store.page({ limit: 10, ...asked }, after));
      expect(await page({})).toEqual(['c-3', 'c-2', 'c-1']);
      expect(await page({ limit: 1 }, { createdAt: at(2), id: 'c-3' })).toEqual(['c-2']);
      expect(await page({}, { createdAt: at(1), id: 'c-2' })).toEqual(['c-1']);
      expect(await page({ device: 'd-3' })).toEqual(['c-3', 'c-2']);
      expect(await page({ group: 'g' })).toEqual(['c-1']);
      expect(await page({ group: 'other', device: 'd-1' })).toEqual([]);
    });

    it('writes many runs at once, and counts them by state', async () => {
      const [first, second] = await store.runs('c-1', undefined, 10, undefined);
      if (first === undefined || second === undefined) throw new Error('no runs');
      const failed = { faultCode: 'SHELL', faultText: "it's gone", endedAt: at(5) };
      await store.writeRuns([
        { ...first, state: 'sent', sentAt: at(3) },
        { ...second, state: 'failed', ...failed },
      ]);
      const page = async (...[state, limit, after]: [('sent' | 'failed')?, number?, string?]) =>
        (await store.runs('c-1', state, limit ?? 10, after)).map(({ deviceId }) => deviceId);
      expect(await page()).toEqual(['d-1', 'd-2']);
      expect(await page(undefined, 1)).toEqual(['d-1']);
      expect(await page(undefined, 10, 'd-1')).toEqual(['d-2']);
      expect(await page('sent')).toEqual(['d-1']);
      expect((await store.runs('c-1', 'failed', 10, undefined))[0]).toEqual({
        ...{ ...second, state: 'failed', ...failed },
      });
      expect(await store.stateOf('c-1', 'd-2')).toBe('failed');
      expect(await store.stateOf('c-1', 'd-3')).toBeUndefined();
      const missing = Array.from({ length: 1200 }, (_, i) => `missing-${i}`);
      expect(await store.progressOf(['c-1', ...missing, 'c-2'])).toEqual(
        new Map([
          ['c-1', { sent: 1, failed: 1 }],
          ['c-2', { queued: 1 }],
        ]),
      );
      const unfinished = (await store.open()).map(
        ({ deviceId, command: of }) => `${of.id} ${deviceId}`,
      );
      expect(unfinished.sort()).toEqual(['c-1 d-1', 'c-2 d-3', 'c-3 d-3']);
    });

    it('removes commands that expired before a time, with their runs', async () => {
      await store.removeOld(at(12));
      expect(ids(await store.page({ limit: 10 }, undefined))).toEqual(['c-3']);
      expect(await store.runs('c-1', undefined, 10, undefined)).toEqual([]);
    });
  });

  describe('DeviceSettingsStore', () => {
    it('reads the settings of the devices of a target, or of a list', async () => {
      const store = new DeviceSettingsStore(open.database);
      const meant = async (target: object, limit = 10) =>
        (await store.meant(target, limit)).map(({ device }) => device);
      expect(await meant({ group: 'g' })).toEqual(['d-1', 'd-2']);
      expect(await meant({ group: 'g' }, 1)).toEqual(['d-1']);
      expect(await meant({ tags: ['red', 'big'] })).toEqual(['d-1']);
      expect(await meant({ devices: ['d-3', 'd-1', 'd-1'], group: 'g' })).toEqual(['d-1']);
      const settings = await store.settingsOf(['d-3', 'd-1', 'missing']);
      expect([...settings.keys()].sort()).toEqual(['d-1', 'd-3']);
      expect(settings.get('d-1')).toEqual({
        ...{ device: 'd-1', version: 1, isConnected: true, stateAt: at(1), lastSeenAt: at(0) },
        ...{ model: null, strategy: 'auto', deadlineMs: 250, telemetryAt: null },
      });
      expect(settings.get('d-3')?.isConnected).toBe(false);
    });
  });

  describe('RolloutsStore', () => {
    let store: RolloutsStore;
    beforeAll(() => {
      store = new RolloutsStore(open.database);
    });
    const rollout = (id: string, s: number, more: Partial<RolloutRow>): RolloutRow => ({
      ...{ id, change: { model: 'new' }, target: { group: 'g' }, waves: [0.5, 1], gates: {} },
      ...{ state: 'running', wave: 0, because: 'it began', measured: null, events: [] },
      ...{ createdAt: at(s), endedAt: null, ...more },
    });
    const member = (
      device: string,
      wave: number,
      more: Partial<RolloutDevice> = {},
    ): RolloutDevice => ({
      ...waitingDevice(device, wave + 1, { model: 'old' }),
      ...more,
    });

    it('creates rollouts with devices that exist, and finds the busy ones', async () => {
      const members = [member('d-2', 1), member('d-1', 0), member('missing', 1)];
      await store.create(rollout('r-1', 1, {}), members);
      const policy = { change: { deadlineMs: 100 }, target: { devices: ['d-3'] } };
      const done = { ...policy, state: 'done', endedAt: at(5) };
      await store.create(rollout('r-2', 1, done), [member('d-3', 0, { before: {} })]);
      expect(await store.find('r-1')).toEqual(rollout('r-1', 1, {}));
      expect(await store.find('missing')).toBeNull();
      expect(await store.devices('r-1')).toEqual([member('d-1', 0), member('d-2', 1)]);
      expect(await store.busyDevice(['d-3', 'd-2'])).toBe('d-2');
      expect(await store.busyDevice(['d-3'])).toBeUndefined();
    });

    it('lists rollouts by state, group and page, newest first', async () => {
      await store.create(rollout('r-3', 0, { state: 'paused' }), []);
      const page = async (asked: object, after?: { createdAt: Date; id: string }) =>
        ids(await store.page({ limit: 10, ...asked }, after));
      expect(await page({})).toEqual(['r-2', 'r-1', 'r-3']);
      expect(await page({ limit: 1 }, { createdAt: at(1), id: 'r-2' })).toEqual(['r-1']);
      expect(await page({ state: 'paused' })).toEqual(['r-3']);
      expect(await page({ group: 'g' })).toEqual(['r-1', 'r-3']);
      expect(await page({ group: 'g', state: 'done' })).toEqual([]);
      expect(ids(await store.active())).toEqual(['r-3', 'r-1']);
    });

    it('finds the rollout that gives or restores a model', async () => {
      expect(['r-1', 'r-3']).toContain(await store.activeWith('new'));
      expect(await store.activeWith('old')).toBe('r-1');
      expect(await store.activeWith('unused')).toBeUndefined();
      await store.change('r-3', ['paused'], { state: 'done' });
      await store.change('r-1', ['running'], { state: 'done' });
      expect(await store.activeWith('old')).toBeUndefined();
      await store.change('r-1', ['done'], { state: 'running' });
    });

    it('changes a rollout only in the expected states', async () => {
      const events = [{ at: at(2).toISOString(), text: 'it was paused' }];
      const patch = { ...{ state: 'paused' as const, wave: 1, measured: { frames: 3 } }, events };
      expect(await store.change('r-1', ['paused', 'done'], patch)).toBe(false);
      expect(await store.change('missing', ['running'], patch)).toBe(false);
      expect(await store.change('r-1', ['running', 'done'], patch)).toBe(true);
      expect(await store.find('r-1')).toEqual(rollout('r-1', 1, patch));
    });

    it('writes many devices at once, and counts them by wave and state', async () => {
      const ready = member('d-1', 0, {
        ...{ state: 'ready', switchedAt: at(2), readyAt: at(3) },
        ...{ onlineSince: at(1), ranBefore: 7, ranAt: at(4) },
      });
      const before = { strategy: 'auto' as const, deadlineMs: null };
      const failed = member('d-2', 1, { state: 'failed', before, fault: "it's too slow" });
      await store.writeDevices('r-1', []);
      await store.writeDevices('r-1', [ready, failed]);
      expect(await store.devices('r-1')).toEqual([ready, failed]);
      expect(await store.devices('r-1', { limit: 1 })).toEqual([ready]);
      expect(await store.devices('r-1', { cursor: 'd-1', limit: 5 })).toEqual([failed]);
      expect(await store.devices('r-1', { state: 'failed' })).toEqual([failed]);
      expect(await store.counts('r-1')).toEqual(
        new Map([
          [0, { ready: 1 }],
          [1, { failed: 1 }],
        ]),
      );
      expect(await store.counts('r-2')).toEqual(new Map([[0, { waiting: 1 }]]));
      await store.writeDevices('r-1', [{ ...failed, wave: 0 }]);
      expect(await store.counts('r-1')).toEqual(new Map([[0, { ready: 1, failed: 1 }]]));
    });

    it('finds the devices in some states that are online, or are not, and since when', async () => {
      const online = new Map([['d-1', at(1)]]);
      const offline = await store.presence('r-1', ['ready', 'failed'], false);
      expect(await store.presence('r-1', ['ready', 'failed'], true)).toEqual(online);
      expect([...offline.keys()]).toEqual(['d-2']);
      expect(await store.presence('r-1', ['waiting'], true)).toEqual(new Map());
    });

    it('reads the silence that births claim, and no claim of other births', async () => {
      const birth = { traffic: { profile: 'minimal', silenceS: 1800 } };
      const { client } = open.database;
      await client.device.update({ where: { id: 'd-1' }, data: { birth } });
      await client.device.update({ where: { id: 'd-2' }, data: { birth: {} } });
      expect(await store.silenceClaims([])).toEqual(new Map());
      expect(await store.silenceClaims(['d-1', 'd-2', 'd-3'])).toEqual(new Map([['d-1', 1800]]));
    });
  });
});
