/** Rollouts, commands and drifts with writes that stop halfway, operators at the same time and large fleets. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandsStore } from '../../../src/commands/commands.store.js';
import { CommandsModule } from '../../../src/commands/index.js';
import { FleetModule } from '../../../src/fleet/index.js';
import { ModelsModule } from '../../../src/models/index.js';
import { PlansModule, ShadowService } from '../../../src/plans/index.js';
import { Database, EventBus } from '../../../src/platform/index.js';
import { RolloutsModule } from '../../../src/rollouts/index.js';
import { RolloutsService } from '../../../src/rollouts/rest/rollouts.service.js';
import { waitingDevice } from '../../../src/rollouts/rules/rollout.js';
import { RolloutsStore } from '../../../src/rollouts/store/rollouts.store.js';
import { databaseKinds, type TestDatabase, testDatabase } from '../../support/service/databases.js';
import { restClient } from '../../support/service/rest-client.js';
import { type ScaledClock, scaled } from '../../support/service/scaled-clock.js';
import { type RunningService, startService } from '../../support/service/service.js';
import { waitFor } from '../../support/wait-for.js';

const KEY = 'k'.repeat(32);

describe.each(databaseKinds)('with a database (%s)', (kind) => {
  let database: TestDatabase;
  let service: RunningService;
  let rest: ReturnType<typeof restClient>;
  let client: Database['client'];
  let clock: ScaledClock;

  beforeAll(async () => {
    database = await testDatabase(kind);
    // Rollouts step by seconds.
    clock = scaled(5);
    service = await startService({
      modules: [FleetModule, CommandsModule, ModelsModule, PlansModule, RolloutsModule],
      environment: { ...database.environment, FLOTILLA_OPERATOR_KEY: KEY },
      clock,
    });
    rest = restClient(service, KEY);
    client = service.app.get(Database).client;
  }, 60_000);
  afterAll(async () => {
    await service.stop();
    await database.remove();
  });

  /** Devices of a group that count as online. */
  async function enrolled(group: string, count: number, modelId: string | null = null) {
    const ids = Array.from({ length: count }, (_, n) => `${group}-${String(n).padStart(4, '0')}`);
    const state = 'online';
    const data = ids.map((id) => ({ id, name: id, secretHash: id, group, modelId, state }));
    await client.device.createMany({ data });
    return ids;
  }

  async function readyModel(id: string): Promise<string> {
    const data = { id, name: id, version: 1, digest: id, state: 'ready', manifest: {}, bytes: 1n };
    await client.model.create({ data });
    return id;
  }

  async function begun(group: string, change: object): Promise<string> {
    const body = { change, target: { group }, waves: [1] };
    const answer = await rest('POST', '/rollouts', { body });
    expect(answer.status, answer.text).toBe(201);
    return answer.body.id;
  }

  const over = (id: string) =>
    waitFor(async () =>
      expect((await rest('GET', `/rollouts/${id}`)).body.state).toBe('rolled-back'),
    );

  /** Does something at once when a device is changed for the first time. */
  function onceChanged(device: string, act: () => Promise<unknown>): void {
    let isDone = false;
    service.app.get(EventBus).on('fleet.deviceChanged', async (changed) => {
      if (changed.device !== device || isDone) return;
      isDone = true;
      await act();
    });
  }

  const deadlines = async (group: string) =>
    (await client.device.findMany({ where: { group }, orderBy: { id: 'asc' } })).map(
      ({ deadlineMs }) => deadlineMs,
    );

  /** All items of a list, page by page. */
  async function pages<T>(path: string, list: string, limit: number): Promise<T[][]> {
    const seen: T[][] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const mark = cursor === '' ? '' : `&cursor=${cursor}`;
      const joint = path.includes('?') ? '&' : '?';
      const { body, text } = await rest('GET', `${path}${joint}limit=${limit}${mark}`);
      expect(body[list], text).toBeInstanceOf(Array);
      seen.push(body[list]);
      cursor = body.next;
    }
    return seen;
  }

  describe('a write that stops halfway', () => {
    it('leaves no rollout without devices', async () => {
      const [device = ''] = await enrolled('half-rollout', 1);
      const store = service.app.get(RolloutsStore);
      const id = 'a'.repeat(16);
      const row = {
        ...{
          id,
          change: { deadlineMs: 500 },
          target: { all: true },
          waves: [1],
          gates: {},
          events: [],
        },
        ...{ state: 'running', wave: 0, because: '', measured: null },
        ...{ createdAt: new Date(), endedAt: null },
      };
      const one = waitingDevice(device, 1, { deadlineMs: null });
      await expect(store.create(row, [one, one])).rejects.toThrow();
      expect(await store.find(id)).toBeNull();
    });

    it('leaves no command without runs', async () => {
      const [device = ''] = await enrolled('half-command', 1);
      const store = service.app.get(CommandsStore);
      const id = 'b'.repeat(16);
      const row = { id, kind: 'ping', level: null, target: { all: true }, createdAt: new Date() };
      const created = store.create({ ...row, expiresAt: new Date() }, [device, device]);
      await expect(created).rejects.toThrow();
      expect(await store.find(id)).toBeNull();
    });
  });

  describe('a model that a rollout can restore', () => {
    it('is not deleted before the rollout ends', async () => {
      const [old, next] = [await readyModel('0'.repeat(12)), await readyModel('1'.repeat(12))];
      await enrolled('in-use', 2, old);
      const id = await begun('in-use', { model: next });
      const have = (modelId: string) => client.device.count({ where: { modelId } });
      await waitFor(async () => expect(await have(next)).toBe(2));
      const refused = await rest('DELETE', `/models/${old}`);
      expect([refused.status, refused.body.code]).toEqual([409, 'MODEL_IN_USE']);
      expect(refused.body.detail).toContain(id);
      // They take no document: a rollback does not wait for devices that are offline.
      await client.device.updateMany({ where: { group: 'in-use' }, data: { state: 'offline' } });
      await rest('POST', `/rollouts/${id}/rollback`);
      await over(id);
      expect(await have(old)).toBe(2);
      expect((await rest('DELETE', `/models/${next}`)).status).toBe(204);
    });
  });

  describe('a rollout to many devices', () => {
    it('keeps what an operator changes meanwhile, and restores the rest', async () => {
      const ids = await enrolled('race', 60);
      const [first = '', last = ''] = [ids.at(0), ids.at(-1)];
      onceChanged(first, () => rest('PATCH', `/devices/${last}`, { body: { deadlineMs: 777 } }));
      const id = await begun('race', { deadlineMs: 500 });
      await waitFor(async () => expect(await deadlines('race')).toEqual(ids.map(() => 500)));
      await rest('POST', `/rollouts/${id}/rollback`);
      await over(id);
      expect(await deadlines('race')).toEqual(ids.map((one) => (one === last ? 777 : null)));
    });

    it('rolls back every device, also one that was changed while the database failed', async () => {
      const ids = await enrolled('halfway', 10);
      const rollouts = service.app.get(RolloutsService);
      // The audit log of the change cannot be written, and an operator rolls back before the next try.
      onceChanged(ids[4] ?? '', async () => {
        clock.hold();
        await client.$executeRaw`ALTER TABLE "AuditEntry" RENAME TO "Elsewhere"`;
      });
      const id = await begun('halfway', { deadlineMs: 500 });
      await waitFor(() =>
        expect(service.logged.join()).toContain('rollout not advanced; retrying'),
      );
      await rollouts.rollBack(id);
      const given = (await deadlines('halfway')).filter((one) => one === 500).length;
      expect(given).toBeGreaterThan(3);
      expect(given).toBeLessThan(10);
      await client.$executeRaw`ALTER TABLE "Elsewhere" RENAME TO "AuditEntry"`;
      clock.release();
      await over(id);
      expect(await deadlines('halfway')).toEqual(ids.map(() => null));
      const { devices } = (await rest('GET', `/rollouts/${id}/devices`)).body;
      const states = devices.map(({ state }: { state: string }) => state);
      expect(states.filter((state: string) => state !== 'waiting')).toEqual(
        Array(given).fill('restored'),
      );
    });
  });

  it.each([
    ['command', { kind: 'ping', expiresInS: 1 }],
    ['rollout', { change: { deadlineMs: 500 } }],
  ])('a %s accepts a thousand devices', async (kind, asked) => {
    const devices = await enrolled(`${kind}-thousand`, 999);
    // The first one twice, far from each other.
    devices.push(devices[0] ?? '');
    const answer = await rest('POST', `/${kind}s`, { body: { ...asked, target: { devices } } });
    expect(answer.status, answer.text).toBe(201);
  });

  describe('a list', () => {
    it.each([
      ['commands', { kind: 'ping' }],
      ['rollouts', { change: { deadlineMs: 500 } }],
    ])('of %s is paged newest first, and by group', async (list, asked) => {
      const made: string[] = [];
      for (let n = 0; n < 5; n++) {
        const group = `${list}-page-${n % 2}`;
        const [device = ''] = await enrolled(`${list}-page-${n}-of`, 1);
        await client.device.update({ where: { id: device }, data: { group } });
        const body = { ...asked, target: { group, devices: [device] } };
        made.push((await rest('POST', `/${list}`, { body })).body.id);
      }
      const idsOf = (seen: { id: string }[][]) => seen.map((page) => page.map(({ id }) => id));
      const seen = idsOf(await pages<{ id: string }>(`/${list}`, list, 2));
      expect(seen.every(({ length }) => length <= 2)).toBe(true);
      expect(seen.flat().filter((id) => made.includes(id))).toEqual(made.toReversed());
      expect(new Set(seen.flat()).size).toBe(seen.flat().length);
      const own = await pages<{ id: string }>(`/${list}?group=${list}-page-0`, list, 2);
      expect(idsOf(own)).toEqual([[made[4], made[2]], [made[0]]]);
      const wrong = await rest('GET', `/${list}?cursor=wrong`);
      expect([wrong.status, wrong.body.code]).toEqual([400, 'REQUEST_INVALID']);
    });
  });

  describe('the list of drifts', () => {
    it('returns a thousand on one page, and the rest on the next', async () => {
      const ids = await enrolled('drift', 1200);
      await client.twin.createMany({
        data: ids.map((deviceId) => ({
          ...{ deviceId, name: 'model', version: 1, document: {} },
          ...{ causeCode: 'model', causeText: 'it was assigned' },
        })),
      });
      const seen = await pages<{ device: string }>('/drift?group=drift', 'drifts', 1000);
      expect(seen.map(({ length }) => length)).toEqual([1000, 200]);
      expect(seen.flat().map(({ device }) => device)).toEqual(ids);
    });

    it('is read for hundreds of devices with both documents, as by a rollout', async () => {
      const ids = await enrolled('twins', 400);
      await client.twin.createMany({
        data: ids.flatMap((deviceId) =>
          ['model', 'plan'].map((name) => ({
            ...{ deviceId, name, version: 1, document: {}, causeCode: '', causeText: '' },
          })),
        ),
      });
      const found = await service.app.get(ShadowService).convergenceOf(ids);
      expect([...found.values()].filter(({ model, plan }) => model && plan)).toHaveLength(400);
    });
  });
});
