/** Enrolment that fails halfway, comes twice, or never stops coming; over real HTTP and both databases. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashOf, newSecret } from '../../../src/access/index.js';
import { FleetModule } from '../../../src/fleet/index.js';
import { Database } from '../../../src/platform/index.js';
import { databaseKinds, type TestDatabase, testDatabase } from '../../support/service/databases.js';
import { basic, restClient } from '../../support/service/rest-client.js';
import { type RunningService, startService } from '../../support/service/service.js';

const KEY = 'k'.repeat(32);

describe.each(databaseKinds)('enrolment (%s)', (kind) => {
  let database: TestDatabase;
  let service: RunningService;
  let rest: ReturnType<typeof restClient>;
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

  async function newToken(body: object = {}) {
    const asked = { name: 'test', needsApproval: false, ...body };
    return (await rest('POST', '/enrolment-tokens', { body: asked })).body;
  }
  const enrol = (body: object) => rest('POST', '/enrolment', { body, key: null });
  const usesOf = async (id: string) => (await rest('GET', `/enrolment-tokens/${id}`)).body.uses;
  const entriesOf = async (id: string) =>
    (await rest('GET', `/audit?subject=devices/${id}`)).body.entries;

  it('leaves no partial device when its tags cannot be written, and succeeds the next time', async () => {
    const { client } = service.app.get(Database);
    const { token, id } = await newToken({ tags: ['torn'] });
    await rest('POST', '/devices', { body: { id: 'torn-0', tags: ['torn'] } });
    await client.$executeRaw`CREATE UNIQUE INDEX "torn" ON "DeviceTag"("tag") WHERE "tag" = 'torn'`;
    const asked = { token, id: 'torn-1', secret: newSecret() };
    const first = await enrol(asked);
    expect(await client.device.count({ where: { id: 'torn-1' } })).toBe(0);
    await client.$executeRaw`DROP INDEX "torn"`;
    expect([first.status >= 400, await usesOf(id)]).toEqual([true, 0]);
    expect((await enrol(asked)).status).toBe(200);
    const own = { key: null, headers: basic('torn-1', asked.secret) };
    expect((await rest('GET', '/enrolment', own)).status).toBe(200);
    expect((await rest('GET', '/devices/torn-1')).body.tags).toEqual(['torn']);
  });

  it('completes a device that was half written before the database failed', async () => {
    const { client } = service.app.get(Database);
    const { token, id: tokenId } = await newToken({ tags: ['half'] });
    const asked = { token, id: 'half-1', secret: newSecret() };
    const row = { id: 'half-1', name: 'half-1', secretHash: hashOf(asked.secret), tokenId };
    await client.device.create({ data: row });
    expect((await enrol(asked)).body.device).toEqual({ id: 'half-1', access: 'approved' });
    const own = { key: null, headers: basic('half-1', asked.secret) };
    expect((await rest('GET', '/enrolment', own)).status).toBe(200);
    expect((await rest('GET', '/devices/half-1')).body.tags).toEqual(['half']);
  });

  it('accepts several files at the same time', async () => {
    const file = (name: string) => {
      const rows = Array.from({ length: 20 }, (_, n) => `${name}-${n},file`);
      const text = `id,tags\n${rows.join('\n')}`;
      return rest('POST', '/devices/bulk', { content: { type: 'text/csv', text } });
    };
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(file));
    expect(answers.map(({ status, body }) => [status, body.created])).toEqual(
      answers.map(() => [200, 20]),
    );
  });

  it('gives identical requests at the same time the same answer, for one use', async () => {
    const { token, id } = await newToken();
    const asked = { token, id: 'twin', secret: newSecret() };
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => enrol(asked)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await usesOf(id)).toBe(1);
  });

  it('adds nothing to the audit log when it is repeated', async () => {
    const { token } = await newToken();
    const asked = { token, id: 'again', secret: newSecret() };
    for (let n = 0; n < 4; n++) expect((await enrol(asked)).status).toBe(200);
    expect(await entriesOf('again')).toHaveLength(1);
  });

  it('rejects a repeated request when the token is revoked or expired, or the device is revoked', async () => {
    const { client } = service.app.get(Database);
    const enrolled = async (device: string) => {
      const { token, id } = await newToken({ uses: 2 });
      const asked = { token, id: device, secret: newSecret() };
      expect((await enrol(asked)).status).toBe(200);
      return { id, asked };
    };
    const revoked = await enrolled('late-1');
    await rest('DELETE', `/enrolment-tokens/${revoked.id}`);
    expect((await enrol(revoked.asked)).body.code).toBe('ENROLMENT_REFUSED');
    const expired = await enrolled('late-2');
    const where = { id: expired.id };
    await client.enrolmentToken.update({ where, data: { expiresAt: new Date(0) } });
    expect((await enrol(expired.asked)).body.code).toBe('ENROLMENT_REFUSED');
    const out = await enrolled('late-3');
    await rest('POST', '/devices/late-3/revoke');
    expect((await enrol(out.asked)).body.code).toBe('DEVICE_EXISTS');
    expect((await enrol({ ...out.asked, secret: newSecret() })).body.code).toBe('DEVICE_EXISTS');
  });

  it('limits the database queries of one address, also with a valid token', async () => {
    const asked = { token: (await newToken()).token, id: 'flood', secret: newSecret() };
    const answers = await Promise.all(Array.from({ length: 150 }, () => enrol(asked)));
    const late = answers.filter(({ status }) => status === 429);
    expect(late.length).toBeGreaterThan(20);
    expect(late.every(({ body }) => body.code === 'RATE_LIMITED')).toBe(true);
    expect(Number(late[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(20);
    expect(await entriesOf('flood')).toHaveLength(1);
  });
});
