/** Devices that are approved and revoked while others request the opposite at the same moment, over real HTTP and MQTT. */
import mqtt, { type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DeviceDirectory, hashOf, newSecret } from '../../../src/access/index.js';
import { Broker } from '../../../src/broker/index.js';
import { DeviceAccess } from '../../../src/fleet/credentials/device-access.js';
import { FleetModule, FleetService } from '../../../src/fleet/index.js';
import { Database } from '../../../src/platform/index.js';
import { heard } from '../../support/mqtt/mqtt-client.js';
import { databaseKinds, type TestDatabase, testDatabase } from '../../support/service/databases.js';
import { basic, restClient } from '../../support/service/rest-client.js';
import { type RunningService, startService } from '../../support/service/service.js';

const KEY = 'k'.repeat(32);
/** Devices in each race. */
const RACES = 8;

describe.each(databaseKinds)('access of devices (%s)', (kind) => {
  let database: TestDatabase;
  let service: RunningService;
  let rest: ReturnType<typeof restClient>;
  const opened: MqttClient[] = [];
  beforeAll(async () => {
    database = await testDatabase(kind);
    const environment = { ...database.environment, FLOTILLA_OPERATOR_KEY: KEY };
    service = await startService({ modules: [FleetModule], environment });
    rest = restClient(service, KEY);
  }, 60_000);
  afterAll(async () => {
    await service.stop();
    await database.remove();
  });
  afterEach(async () => {
    for (const client of opened.splice(0)) await client.endAsync(true);
  });

  const enrolled = async (id: string): Promise<string> =>
    (await rest('POST', '/devices', { body: { id } })).body.secret;
  const own = (id: string, secret: string) => ({ key: null, headers: basic(id, secret) });
  const replaceOwn = (id: string, before: string, secret: string, overlapS = 0) =>
    rest('PUT', '/enrolment/secret', { ...own(id, before), body: { secret, overlapS } });
  const rowOf = (id: string) =>
    service.app.get(Database).client.device.findUniqueOrThrow({ where: { id } });

  async function connect(id: string, password: string): Promise<MqttClient> {
    const url = `mqtt://127.0.0.1:${service.app.get(Broker).port}`;
    const options = { clientId: id, username: id, password, reconnectPeriod: 0 };
    const client = await mqtt.connectAsync(url, options, false);
    opened.push(client);
    return client;
  }

  const races = (name: string) => Array.from({ length: RACES }, (_, n) => `${name}-${n}`);
  const access = () => service.app.get(DeviceAccess);
  /** A thief who has the secret gives the device another one. */
  const steal = (id: string, secret: string, thiefs: string) =>
    access().replaceOwn({ kind: 'device', id, secretHash: hashOf(secret) }, thiefs, 0);
  /** Begins both in the same moment, in this order or the other. */
  const together = (order: string, ...acts: (() => Promise<unknown>)[]) => {
    const inOrder = order === 'first' ? acts : acts.reverse();
    return Promise.allSettled(inOrder.map((act) => act()));
  };
  const standing = (id: string, secret: string) =>
    service.app.get(DeviceDirectory).get().standing(id, secret);

  it.each(['first', 'last'])(
    'keeps a revoked device out when a thief replaces its secret at the same time: replaced %s',
    async (order) => {
      for (const id of races(`thief-${order}`)) {
        const secret = await enrolled(id);
        const thiefs = newSecret();
        await together(
          order,
          () => steal(id, secret, thiefs),
          () => access().revoke(id),
        );
        expect([standing(id, secret), standing(id, thiefs)]).toEqual(['refused', 'refused']);
        expect((await rowOf(id)).access).toBe('revoked');
        await access().approve(id);
        expect([standing(id, secret), standing(id, thiefs)]).toEqual(['refused', 'refused']);
      }
    },
  );

  it('rejects a thief who replaces the secret over REST while the device is revoked', async () => {
    const fight = async (id: string) => {
      const secret = await enrolled(id);
      const thiefs = newSecret();
      const answers = await Promise.all([
        rest('POST', `/devices/${id}/revoke`),
        replaceOwn(id, secret, thiefs),
      ]);
      await rest('POST', `/devices/${id}/approve`);
      return [standing(id, thiefs), ...answers.map(({ status }) => status)];
    };
    for (const [thief, revoked, stolen] of await Promise.all(races('rest').map(fight))) {
      expect([thief, revoked]).toEqual(['refused', 200]);
      // Done before the revocation; or after it: unknown (429: too many are), or known just before.
      expect([200, 401, 409, 429]).toContain(stolen);
    }
  });

  it.each(['first', 'last'])(
    'keeps memory and database equal when a device is approved and revoked at the same time: approved %s',
    async (order) => {
      for (const id of races(`approved-${order}`)) {
        const secret = await enrolled(id);
        await together(
          order,
          () => access().approve(id),
          () => access().revoke(id),
        );
        const { access: kept } = await rowOf(id);
        expect([standing(id, secret), kept]).toEqual([
          'refused',
          order === 'first' ? 'revoked' : 'approved',
        ]);
      }
    },
  );

  it.each(['first', 'last'])(
    'keeps the new secret when a device is approved at the same time: replaced %s',
    async (order) => {
      for (const id of races(`renewed-${order}`)) {
        const secret = await enrolled(id);
        const young = newSecret();
        await together(
          order,
          () => access().replace(id, young, 0),
          () => access().approve(id),
        );
        expect([standing(id, secret), standing(id, young)]).toEqual(['refused', 'approved']);
      }
    },
  );

  it.each(['first', 'last'])(
    'rejects a deleted device when its secret is replaced at the same time: replaced %s',
    async (order) => {
      for (const id of races(`deleted-${order}`)) {
        const secret = await enrolled(id);
        const young = newSecret();
        await together(
          order,
          () => access().replace(id, young, 0),
          () => service.app.get(FleetService).remove(id),
        );
        expect([standing(id, secret), standing(id, young)]).toEqual(['refused', 'refused']);
      }
    },
  );

  it('rejects a replacement by a secret that an operator voided since it was verified', async () => {
    for (const id of races('rotated')) {
      const secret = await enrolled(id);
      const thiefs = newSecret();
      const rotated = access().rotate(id, 0);
      await expect(steal(id, secret, thiefs)).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
      expect([standing(id, await rotated), standing(id, thiefs)]).toEqual(['approved', 'refused']);
    }
  });

  it('ends a session when the secret that opened it is void, also after two overlaps', async () => {
    const first = await enrolled('twice');
    const client = await connect('twice', first);
    const closed = heard(client, 'close');
    const [second, third] = [newSecret(), newSecret()];
    expect((await replaceOwn('twice', first, second, 3600)).status).toBe(200);
    expect(client.connected).toBe(true);
    expect((await replaceOwn('twice', second, third, 3600)).status).toBe(200);
    await closed;
    await expect(connect('twice', first)).rejects.toThrow();
    expect((await connect('twice', second)).connected).toBe(true);
  });

  it('limits how often a device replaces its secret, and still revokes it', async () => {
    let secret = await enrolled('restless');
    let last = await replaceOwn('restless', secret, secret);
    for (let n = 0; n < 15 && last.status === 200; n++) {
      const young = newSecret();
      last = await replaceOwn('restless', secret, young);
      if (last.status === 200) secret = young;
    }
    expect([last.status, last.body.code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(60);
    const { entries } = (await rest('GET', '/audit?subject=devices/restless')).body;
    expect(entries.length).toBeLessThanOrEqual(11);
    expect((await rest('POST', '/devices/restless/revoke')).body.access).toBe('revoked');
    expect(standing('restless', secret)).toBe('refused');
  });
});
