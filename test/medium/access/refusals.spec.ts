/** Rejected requests leave traces: a count by reason, a line in the log, and entries of the audit log where they are of operators. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RefusedAccess } from '../../../src/access/audit/refused-access.js';
import { newSecret } from '../../../src/access/index.js';
import { FleetModule } from '../../../src/fleet/index.js';
import { Metrics } from '../../../src/platform/index.js';
import { basic, restClient } from '../../support/service/rest-client.js';
import { type RunningService, startService } from '../../support/service/service.js';

const KEY = 'k'.repeat(32);

let service: RunningService;
let rest: ReturnType<typeof restClient>;
beforeAll(async () => {
  service = await startService({
    modules: [FleetModule],
    environment: { FLOTILLA_OPERATOR_KEY: KEY },
  });
  rest = restClient(service, KEY);
}, 60_000);
afterAll(() => service.stop());

async function countsByReason(): Promise<Record<string, number>> {
  const text = await service.app.get(Metrics).text();
  const lines = text.matchAll(/^flotilla_http_refused_total\{reason="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, reason, count]) => [reason, Number(count)]));
}

/** What the counts grew by while requests were sent. */
async function grown(send: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await countsByReason();
  await send();
  const after = Object.entries(await countsByReason());
  const changes = after.map(([reason, count]) => [reason, count - (before[reason] ?? 0)] as const);
  return Object.fromEntries(changes.filter(([, count]) => count !== 0));
}

/** A new key and its id. */
async function newKey(role: string): Promise<{ key: string; id: string }> {
  const { key } = (await rest('POST', '/keys', { body: { name: role, role } })).body;
  return { key, id: (await rest('GET', '/keys/own', { key })).body.id };
}

const auditOf = async (subject: string) =>
  (await rest('GET', `/audit?limit=1000&subject=${subject}`)).body.entries;

describe('a rejected request', () => {
  it('is counted by its reason, and logged with address and owner', async () => {
    const [viewer, revoked] = [await newKey('viewer'), await newKey('operator')];
    await rest('DELETE', `/keys/${revoked.id}`);
    await rest('POST', '/devices', { body: { id: 'traced' } });
    const asDevice = (name: string) => ({ key: null, headers: basic(name, 'wrong') });
    const logBefore = service.logged.length;
    const counts = await grown(async () => {
      await rest('GET', '/devices', { key: null });
      await rest('GET', '/devices', { key: 'wrong' });
      await rest('GET', '/devices', { key: revoked.key });
      await rest('DELETE', '/devices/traced', { key: viewer.key });
      await rest('GET', '/enrolment', asDevice('traced'));
      // A key in the wrong field.
      await rest('GET', '/enrolment', asDevice(KEY));
      const body = { token: `fle_${newSecret()}`, id: 'traced', secret: newSecret() };
      await rest('POST', '/enrolment', { key: null, body });
      await service.app.inject({
        ...{ method: 'POST', url: '/api/v1/devices', payload: { name: 'x'.repeat(2e6) } },
        headers: { authorization: `Bearer ${KEY}` },
      });
    });
    expect(counts).toEqual({
      ...{ credentialMissing: 1, credentialWrong: 3, credentialVoid: 1, forbidden: 1 },
      ...{ tokenRefused: 1, tooLarge: 1 },
    });
    const logged = service.logged.slice(logBefore).map((line) => JSON.parse(line));
    const lines = logged.filter(({ part, reason }) => part === 'http' && reason !== undefined);
    expect(lines.map(({ reason, who }) => [reason, who])).toEqual([
      ['credentialMissing', undefined],
      ['credentialWrong', undefined],
      ['credentialVoid', `operator ${revoked.id}`],
      ['forbidden', `operator ${viewer.id}`],
      ['credentialWrong', 'device traced'],
      ['credentialWrong', 'device ?'],
      ['tokenRefused', undefined],
      ['tooLarge', 'operator configured'],
    ]);
    for (const line of lines) expect(line).toMatchObject({ level: 40, address: '127.0.0.1' });
    expect(JSON.stringify(lines)).not.toContain(KEY);
  });

  it('of an operator is in the audit log, by key and address with its number; one of a device is not', async () => {
    const [viewer, revoked] = [await newKey('viewer'), await newKey('operator')];
    await rest('DELETE', `/keys/${revoked.id}`);
    await rest('POST', '/devices', { body: { id: 'silent' } });
    for (let i = 0; i < 3; i++) await rest('GET', '/devices', { key: revoked.key });
    await rest('DELETE', '/devices/silent', { key: viewer.key });
    await rest('GET', '/enrolment', { key: null, headers: basic('silent', 'wrong') });
    await rest('GET', '/devices', { key: null });
    await service.app.get(RefusedAccess).write();
    expect((await auditOf(`keys/${revoked.id}`))[0]).toMatchObject({
      ...{ actor: `operator ${revoked.id}`, action: 'refused: credentialVoid', status: 401 },
      ...{ address: '127.0.0.1', after: { requests: 3 } },
    });
    expect((await auditOf(`keys/${viewer.id}`))[0]).toMatchObject({
      ...{ actor: `operator ${viewer.id}`, action: 'refused: forbidden', status: 403 },
      after: { requests: 1 },
    });
    expect(JSON.stringify(await auditOf('keys'))).not.toContain('silent');
  });

  it('counts for the network of an IPv6 address, of which a client has 2⁶⁴', async () => {
    const statuses: number[] = [];
    for (let i = 1; i <= 60; i++) {
      const remoteAddress = `2001:db8::${i.toString(16)}`;
      const headers = { authorization: 'Bearer guess' };
      const asked = { url: '/api/v1/devices', headers, remoteAddress };
      statuses.push((await service.app.inject(asked)).statusCode);
    }
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(401));
    expect(statuses).toContain(429);
  });

  it('without a credential is bounded for its address, which closes the connection; a valid key passes', async () => {
    const { hostname: host, port } = new URL(service.url);
    const socket = connect({ host, port: Number(port), localAddress: '127.0.0.8' });
    let answers = '';
    socket.on('data', (bytes) => {
      answers += bytes.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3_000));
    await once(socket, 'close');
    const statuses = [...answers.matchAll(/^HTTP\/1.1 (\d+) /gm)].map(([, status]) =>
      Number(status),
    );
    // A busy machine takes some seconds for them, and grants more meanwhile.
    expect(statuses.length).toBeLessThan(2_000);
    const remoteAddress = '127.0.0.8';
    const ask = () => service.app.inject({ url: '/health/live', remoteAddress });
    const later = await Promise.all(Array.from({ length: 600 }, ask));
    const rejected = later.find(({ statusCode }) => statusCode === 429);
    expect(rejected?.headers.connection).toBe('close');
    expect(rejected?.json()).toMatchObject({ code: 'RATE_LIMITED' });
    const headers = { authorization: `Bearer ${KEY}` };
    const asked = { url: '/api/v1/devices', headers, remoteAddress };
    expect((await service.app.inject(asked)).statusCode).toBe(200);
  });

  it('is one of very many that fill neither the log nor the audit log', async () => {
    await service.app.get(RefusedAccess).write();
    const logBefore = service.logged.join('').length;
    const before = await auditOf('keys');
    const statuses = new Set<number>();
    const counts = await grown(async () => {
      for (let i = 0; i < 300; i++) {
        statuses.add((await rest('GET', '/devices', { key: `guess-${i}` })).status);
      }
    });
    expect([...statuses]).toEqual([401, 429]);
    expect((counts.credentialWrong ?? 0) + (counts.guessing ?? 0)).toBe(300);
    await service.app.get(RefusedAccess).write();
    const added = (await auditOf('keys')).slice(0, -before.length || undefined);
    const requests = added.map(({ after }: { after: { requests: number } }) => after.requests);
    expect(added.length).toBe(2);
    expect(requests[0] + requests[1]).toBe(300);
    expect(service.logged.join('').length - logBefore).toBeLessThan(20_000);
  });
});
