/** Enrolment by file, by token and with an approval, replaced secrets and revoked devices; over real HTTP and MQTT. */
import mqtt, { type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hashOf, newSecret } from '../../../src/access/index.js';
import { Broker } from '../../../src/broker/index.js';
import { FleetModule } from '../../../src/fleet/index.js';
import { Database, EventBus } from '../../../src/platform/index.js';
import { heard } from '../../support/mqtt/mqtt-client.js';
import { basic, restClient } from '../../support/service/rest-client.js';
import { type RunningService, startService } from '../../support/service/service.js';

const KEY = 'k'.repeat(32);
const environment = { FLOTILLA_OPERATOR_KEY: KEY };

let service: RunningService;
let rest: ReturnType<typeof restClient>;
const opened: MqttClient[] = [];
beforeAll(async () => {
  service = await startService({ modules: [FleetModule], environment });
  rest = restClient(service, KEY);
}, 60_000);
afterAll(() => service.stop());
afterEach(async () => {
  for (const client of opened.splice(0)) await client.endAsync(true);
});

async function connect(id: string, password: string, of = service): Promise<MqttClient> {
  const url = `mqtt://127.0.0.1:${of.app.get(Broker).port}`;
  const options = { clientId: id, username: id, password, reconnectPeriod: 0 };
  const client = await mqtt.connectAsync(url, options, false);
  opened.push(client);
  return client;
}
const refusal = async (pending: ReturnType<typeof rest>) => {
  const { status, body } = await pending;
  return [status, body.code];
};
/** The CONNACK code of a rejected connection. */
const connackOf = (id: string, secret: string) =>
  connect(id, secret).then(
    () => 0,
    (error: { code?: number }) => error.code,
  );
async function newToken(body: object = {}) {
  const answer = await rest('POST', '/enrolment-tokens', { body: { name: 'test', ...body } });
  expect(answer.status).toBe(201);
  return answer.body;
}
const enrol = (body: object) => rest('POST', '/enrolment', { body, key: null });

describe('a file of devices', () => {
  const csv = (text: string) => ({ content: { type: 'text/csv; charset=utf-8', text } });

  it('enrols every device with its own secret', async () => {
    const text = 'id,name,group,tags\nbulk-1,One,garden,a;b\nbulk-2,"Two, ""2""",,\n';
    const { status, body } = await rest('POST', '/devices/bulk', csv(text));
    expect([status, body.created, body.failed]).toEqual([200, 2, 0]);
    expect((await connect('bulk-2', body.rows[1].secret)).connected).toBe(true);
    expect((await rest('GET', '/devices/bulk-1')).body).toMatchObject({
      ...{ name: 'One', group: 'garden', tags: ['a', 'b'], version: 1, strategy: 'auto' },
      presence: { state: 'never-seen' },
    });
    expect((await rest('GET', '/devices/bulk-2')).body).toMatchObject({ name: 'Two, "2"' });
  });

  it('enrols no device when one row is invalid, and names the invalid rows', async () => {
    await rest('POST', '/devices', { body: { id: 'bulk-there' } });
    const text = 'id,model\nbulk-3,\nbulk-there,\nBULK,\nbulk-4,none\n';
    const { status, body } = await rest('POST', '/devices/bulk', csv(text));
    expect([status, body.code]).toEqual([400, 'REQUEST_INVALID']);
    expect(body.detail).toMatch(/line 3: .*already.*line 4: id: .*line 5: model: .* not found/s);
    expect(await refusal(rest('GET', '/devices/bulk-3'))).toEqual([404, 'DEVICE_UNKNOWN']);
  });

  it('enrols the valid rows when the request asks for that', async () => {
    const text = '{"id":"bulk-5","tags":["x"]}\n{"id":"bulk-5"}\n{"id":"bulk-there"}\n';
    const content = { type: 'application/x-ndjson', text };
    const { body } = await rest('POST', '/devices/bulk?mode=row-by-row', { content });
    expect(body).toMatchObject({
      ...{ created: 1, failed: 2 },
      rows: [
        { line: 1, id: 'bulk-5', secret: expect.any(String) },
        { line: 2, fault: { code: 'DEVICE_EXISTS' } },
        { line: 3, fault: { code: 'DEVICE_EXISTS' } },
      ],
    });
    expect((await rest('GET', '/devices/bulk-5')).body.tags).toEqual(['x']);
  });

  it('enrols thousands of devices in one transaction', async () => {
    const ids = Array.from({ length: 5000 }, (_, n) => `many-${n}`);
    const { status, body } = await rest('POST', '/devices/bulk', csv(`id\n${ids.join('\n')}`));
    expect([status, body.created]).toEqual([200, 5000]);
    const { client } = service.app.get(Database);
    expect(await client.device.count({ where: { id: { startsWith: 'many-' } } })).toBe(5000);
  });

  it.each([
    ['application/json', '{}', 415, 'UPLOAD_TYPE'],
    ['text/csv', 'a,"b\n', 400, 'REQUEST_INVALID'],
    ['text/csv', `id\n${'x'.repeat(5e6)}`, 413, 'UPLOAD_TOO_LARGE'],
  ])('of type %s that is no such file is refused', async (type, text, status, code) => {
    const asked = rest('POST', '/devices/bulk', { content: { type, text } });
    expect(await refusal(asked)).toEqual([status, code]);
  });
});

describe('a device with an enrolment token', () => {
  it('enrols itself, waits, and connects once it is approved', async () => {
    const { token, id: tokenId } = await newToken({ group: 'new', tags: ['camera'] });
    expect(token).toMatch(/^fle_[\w-]{43}$/);
    const secret = newSecret();
    const asked = { token, id: 'self-1', secret, name: 'Self' };
    const { status, body } = await enrol(asked);
    expect([status, body]).toEqual([200, { device: { id: 'self-1', access: 'waiting' } }]);

    const own = { key: null, headers: basic('self-1', secret) };
    expect((await rest('GET', '/enrolment', own)).body.device.access).toBe('waiting');
    expect(await connackOf('self-1', secret)).toBe(5);
    expect(await connackOf('self-1', newSecret())).toBe(4);
    expect(
      (await rest('PUT', '/enrolment/secret', { ...own, body: { secret: newSecret() } })).body.code,
    ).toBe('DEVICE_WAITING');
    const waiting = await rest('GET', '/devices?access=waiting');
    expect(waiting.body.devices).toMatchObject([{ id: 'self-1', group: 'new', tags: ['camera'] }]);

    expect((await rest('POST', '/devices/self-1/approve')).body.access).toBe('approved');
    expect((await connect('self-1', secret)).connected).toBe(true);
    expect((await rest('GET', '/enrolment', own)).body.device.access).toBe('approved');
    const { entries } = (await rest('GET', '/audit?subject=devices/self-1')).body;
    expect(entries.map(({ actor }: { actor: string }) => actor)).toEqual([
      'operator configured',
      `token ${tokenId}`,
    ]);
  });

  it('gets the same answer again after a lost one, for the same use', async () => {
    const { token, id } = await newToken({ needsApproval: false });
    const asked = { token, id: 'self-2', secret: newSecret() };
    for (let n = 0; n < 3; n++) expect((await enrol(asked)).body.device.access).toBe('approved');
    expect((await rest('GET', `/enrolment-tokens/${id}`)).body).toMatchObject({
      uses: 1,
      maxUses: 1,
    });
    const other = { ...asked, secret: newSecret() };
    expect(await refusal(enrol(other))).toEqual([409, 'DEVICE_EXISTS']);
  });

  it('is rejected when the token is used up, revoked, expired or unknown', async () => {
    const { token, id } = await newToken({ uses: 2 });
    const secret = newSecret();
    const ask = (device: string) => enrol({ token, id: device, secret });
    const [first, ...others] = await Promise.all(['u-1', 'u-2', 'u-3', 'u-4', 'u-5'].map(ask));
    const statuses = [first, ...others].map((answer) => answer?.status);
    expect(statuses.sort()).toEqual([200, 200, 403, 403, 403]);
    const later = await newToken();
    await rest('DELETE', `/enrolment-tokens/${later.id}`);
    const revoked = await enrol({ token: later.token, id: 'u-6', secret });
    expect([revoked.body.code, revoked.body.detail]).toEqual([
      'ENROLMENT_REFUSED',
      expect.stringContaining('revoked'),
    ]);
    const { client } = service.app.get(Database);
    await client.enrolmentToken.update({
      where: { id },
      data: { expiresAt: new Date(0), maxUses: 9 },
    });
    expect((await ask('u-7')).body.detail).toContain('expired');
    expect(await refusal(enrol({ token: 'fle_x', id: 'u-8', secret }))).toEqual([
      403,
      'ENROLMENT_REFUSED',
    ]);
    expect(await refusal(rest('GET', '/enrolment-tokens/none'))).toEqual([404, 'TOKEN_UNKNOWN']);
  });

  it('uses up no token when another device has its id', async () => {
    const { token, id } = await newToken();
    await rest('POST', '/devices', { body: { id: 'self-taken' } });
    const asked = { token, id: 'self-taken', secret: newSecret() };
    expect(await refusal(enrol(asked))).toEqual([409, 'DEVICE_EXISTS']);
    expect((await rest('GET', `/enrolment-tokens/${id}`)).body.uses).toBe(0);
  });

  it.each([
    { id: 'weak', secret: 'password' },
    { id: 'Weak', secret: 'x'.repeat(43) },
    { id: 'weak', secret: 'x'.repeat(43), group: 'admins' },
  ])('is rejected with %j', async (body) => {
    const { token } = await newToken();
    expect(await refusal(enrol({ token, ...body }))).toEqual([400, 'REQUEST_INVALID']);
  });

  it('is rejected before the body is read when that is too large', async () => {
    const asked = enrol({ token: 'x'.repeat(5000), id: 'x', secret: 'y' });
    expect(await refusal(asked)).toEqual([413, 'UPLOAD_TOO_LARGE']);
  });

  it('is throttled when it guesses', async () => {
    const own = await startService({ modules: [FleetModule], environment });
    const ask = restClient(own, KEY);
    let last: Awaited<ReturnType<typeof ask>> | undefined;
    for (let n = 0; n < 25; n++) {
      const body = { token: `fle_${n}`, id: 'guess', secret: newSecret() };
      last = await ask('POST', '/enrolment', { body, key: null });
    }
    expect([last?.status, last?.body.code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    await own.stop();
  });
});

describe('enrolment tokens', () => {
  it('are listed page by page, without their texts', async () => {
    const made = [await newToken(), await newToken(), await newToken()];
    const first = await rest('GET', '/enrolment-tokens?limit=2');
    expect(first.body.tokens.map(({ id }: { id: string }) => id)).toEqual([made[2].id, made[1].id]);
    const second = await rest('GET', `/enrolment-tokens?limit=2&cursor=${first.body.next}`);
    expect(second.body.tokens[0].id).toBe(made[0].id);
    for (const { token } of made) {
      expect(first.text + second.text).not.toContain(token);
      expect(first.text + second.text).not.toContain(hashOf(token));
    }
  });
});

describe('a secret that is replaced with an overlap', () => {
  const enrolled = async (id: string): Promise<string> =>
    (await rest('POST', '/devices', { body: { id } })).body.secret;

  it('stays valid for the overlap, then ends with the session it opened', async () => {
    const old = await enrolled('overlap');
    const client = await connect('overlap', old);
    const answer = await rest('POST', '/devices/overlap/secret', { body: { overlapS: 3 } });
    const { secret } = answer.body;
    expect(client.connected).toBe(true);
    expect(
      await rest('GET', '/enrolment', { key: null, headers: basic('overlap', old) }),
    ).toMatchObject({ status: 200 });
    expect(
      await rest('GET', '/enrolment', { key: null, headers: basic('overlap', secret) }),
    ).toMatchObject({ status: 200 });
    const ended = new Promise((resolve) =>
      service.app.get(EventBus).on('device.disconnected', resolve),
    );
    expect(await ended).toMatchObject({ device: 'overlap', reason: 'its old secret has ended' });
    expect(await connackOf('overlap', old)).toBe(4);
    expect((await connect('overlap', secret)).connected).toBe(true);
  });

  it('ends without effect on a session that the new one opened', async () => {
    const old = await enrolled('overlap-2');
    await connect('overlap-2', old);
    const answer = await rest('POST', '/devices/overlap-2/secret', { body: { overlapS: 1 } });
    const young = await connect('overlap-2', answer.body.secret);
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect(young.connected).toBe(true);
    expect(await connackOf('overlap-2', old)).toBe(4);
    const row = await service.app
      .get(Database)
      .client.device.findUnique({ where: { id: 'overlap-2' } });
    expect(row).toMatchObject({ previousSecretHash: null, previousSecretEndsAt: null });
  });

  it('can be replaced by one that the device made', async () => {
    const old = await enrolled('own-secret');
    const secret = newSecret();
    const asked = { key: null, headers: basic('own-secret', old), body: { secret, overlapS: 60 } };
    const { status, text } = await rest('PUT', '/enrolment/secret', asked);
    expect(status).toBe(200);
    expect(text).not.toContain(secret);
    expect((await connect('own-secret', secret)).connected).toBe(true);
    expect((await connect('own-secret', old)).connected).toBe(true);
    expect(await refusal(rest('PUT', '/enrolment/secret', { body: { secret } }))).toEqual([
      403,
      'FORBIDDEN',
    ]);
  });

  it('is known after a restart while it is valid', async () => {
    const first = await startService({ modules: [FleetModule], environment });
    const ask = restClient(first, KEY);
    const old = (await ask('POST', '/devices', { body: { id: 'kept' } })).body.secret;
    await ask('POST', '/devices/kept/secret', { body: { overlapS: 600 } });
    await first.stop({ data: true });
    const second = await startService({ modules: [FleetModule], environment, data: first.data });
    expect((await connect('kept', old, second)).connected).toBe(true);
    await second.stop();
  });
});

describe('a revoked device', () => {
  it('is disconnected within a second, and rejected until it is approved with a new secret', async () => {
    const { secret } = (await rest('POST', '/devices', { body: { id: 'revoked' } })).body;
    const client = await connect('revoked', secret);
    const closed = heard(client, 'close');
    const startedMs = performance.now();
    const { status, body } = await rest('POST', '/devices/revoked/revoke');
    expect([status, body.access]).toEqual([200, 'revoked']);
    await closed;
    expect(performance.now() - startedMs).toBeLessThan(1000);
    expect(await connackOf('revoked', secret)).toBe(4);
    const own = { key: null, headers: basic('revoked', secret) };
    expect(await refusal(rest('GET', '/enrolment', own))).toEqual([401, 'UNAUTHORIZED']);

    await rest('POST', '/devices/revoked/approve');
    expect(await connackOf('revoked', secret)).toBe(4);
    const young = (await rest('POST', '/devices/revoked/secret')).body.secret;
    expect((await connect('revoked', young)).connected).toBe(true);
  });

  it('stays revoked after a new secret and after a restart', async () => {
    const first = await startService({ modules: [FleetModule], environment });
    const ask = restClient(first, KEY);
    await ask('POST', '/devices', { body: { id: 'out' } });
    await ask('POST', '/devices/out/revoke');
    const { secret } = (await ask('POST', '/devices/out/secret')).body;
    await first.stop({ data: true });
    const second = await startService({ modules: [FleetModule], environment, data: first.data });
    await expect(connect('out', secret, second)).rejects.toThrow('Bad username or password');
    await restClient(second, KEY)('POST', '/devices/out/approve');
    expect((await connect('out', secret, second)).connected).toBe(true);
    await second.stop();
  });
});
