/** What the REST interface says to clients that err, on every route of its own description, and how short its answers can be. */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { OpenAPIObject } from '@nestjs/swagger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule } from '../../../src/app.module.js';
import { restClient } from '../../support/service/rest-client.js';
import { type RunningService, startService } from '../../support/service/service.js';

const KEY = 'k'.repeat(32);
const DEVICE = 'pi-known';
const METHODS = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE'];

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: { readonly enum?: readonly string[]; readonly type?: string };
}

let service: RunningService;
let rest: ReturnType<typeof restClient>;
let document: OpenAPIObject;
let secret: string;
beforeAll(async () => {
  const environment = { FLOTILLA_OPERATOR_KEY: KEY, FLOTILLA_WORKERS: '1' };
  service = await startService({ modules: [AppModule], environment });
  rest = restClient(service, KEY);
  document = (await service.app.inject('/openapi.json')).json();
  const made = await rest('POST', '/devices', { body: { id: DEVICE, group: 'known' } });
  secret = made.body.secret;
}, 60_000);
afterAll(() => service.stop());

/** Every GET route with a query parameter of one of the names, and the parameter. */
function asking(isMeant: (parameter: Parameter) => boolean) {
  return Object.entries(document.paths).flatMap(([path, { get }]) =>
    ((get?.parameters ?? []) as unknown as Parameter[])
      .filter((parameter) => parameter.in === 'query' && isMeant(parameter))
      .map((parameter) => ({ parameter, path: path.replace('{id}', DEVICE) })),
  );
}
const named = (...names: readonly string[]) => asking(({ name }) => names.includes(name));

/** Status, code and detail of the answer to a GET. */
async function get(path: string, query: string) {
  const response = await fetch(`${service.url}${path}?${query}`, {
    headers: { authorization: `Bearer ${KEY}` },
  });
  const { code, detail } = (await response.json()) as Record<string, string>;
  return { answer: `${path}: ${response.status} ${code ?? ''}`.trim(), detail: detail ?? '' };
}

describe('a name of nothing in a filter', () => {
  it.each([
    ['group', 'unheard-of', 'GROUP_UNKNOWN', 5],
    ['device', 'unheard-of', 'DEVICE_UNKNOWN', 1],
    ['devices', `${DEVICE},unheard-of`, 'DEVICE_UNKNOWN', 2],
    ['model', 'unheard-of', 'MODEL_UNKNOWN', 5],
    ['version', '77', 'MODEL_UNKNOWN', 5],
  ])('is 404 on every route that takes a %s', async (name, value, code, atLeast) => {
    const routes = named(name);
    expect(routes.length).toBeGreaterThanOrEqual(atLeast);
    const found = await Promise.all(routes.map(({ path }) => get(path, `${name}=${value}`)));
    expect(found.map(({ answer }) => answer)).toEqual(
      routes.map(({ path }) => `${path}: 404 ${code}`),
    );
  });

  it('is 404 as the target of commands and rollouts', async () => {
    const target = { group: 'unheard-of' };
    for (const [path, body] of [
      ['/commands', { kind: 'ping', target }],
      ['/rollouts', { change: { deadlineMs: 500 }, target }],
    ] as const) {
      const answer = await rest('POST', path, { body });
      expect([path, answer.status, answer.body.code]).toEqual([path, 404, 'GROUP_UNKNOWN']);
    }
  });

  it('is not what an empty group is, which a key or a token is for', async () => {
    const token = await rest('POST', '/enrolment-tokens', {
      body: { name: 'x', group: 'to-come' },
    });
    const body = { name: 'x', role: 'viewer', groups: ['planned'] };
    const { key } = (await rest('POST', '/keys', { body })).body;
    for (const group of ['to-come', 'planned']) {
      const { status, body: page } = await rest('GET', `/devices?group=${group}`);
      expect([status, page.devices]).toEqual([200, []]);
    }
    await rest('DELETE', `/enrolment-tokens/${token.body.id}`);
    expect((await rest('GET', '/devices?group=to-come')).status).toBe(404);
    // A key for a group learns nothing about other groups.
    for (const group of ['known', 'unheard-of']) {
      expect((await rest('GET', `/devices?group=${group}`, { key })).status).toBe(403);
    }
  });
});

describe('a request with a wrong method', () => {
  it('is 405 on every path, with the methods that it has', async () => {
    for (const [path, operations] of Object.entries(document.paths)) {
      const has = Object.keys(operations).map((method) => method.toUpperCase());
      // A word of a path may be the id of another path that is read.
      const method = METHODS.find((one) => !has.includes(one) && one !== 'GET') ?? '';
      const url = path.replaceAll(/\{\w+\}/g, 'x');
      const { statusCode, headers, body } = await service.app.inject({ method, url } as never);
      expect([method, path, statusCode, JSON.parse(body).code]).toEqual([
        ...[method, path, 405, 'METHOD_NOT_ALLOWED'],
      ]);
      const allowed = String(headers.allow).split(', ');
      expect(allowed).toEqual(expect.arrayContaining(has));
      expect(allowed).not.toContain(method);
    }
  });

  it('is 404 on a path that there is not, whatever the method', async () => {
    for (const method of [...METHODS, 'OPTIONS']) {
      const answer = await service.app.inject({ method, url: '/api/v1/nowhere' } as never);
      expect([method, answer.statusCode, answer.headers.allow]).toEqual([method, 404, undefined]);
    }
  });
});

describe('a value that is not allowed', () => {
  it('is answered with all that are, on every route that has a list of them', async () => {
    const routes = asking(({ schema }) => schema.enum !== undefined);
    expect(routes.length).toBeGreaterThan(12);
    for (const { path, parameter } of routes) {
      const { answer, detail } = await get(path, `${parameter.name}=zzz`);
      expect(answer).toBe(`${path}: 400 REQUEST_INVALID`);
      for (const part of [`${parameter.name}: `, '"zzz"', ...(parameter.schema.enum ?? [])]) {
        expect([path, detail]).toEqual([path, expect.stringContaining(part)]);
      }
    }
  });

  it('is a number that looks like seconds, on every route that takes a time', async () => {
    const routes = named('from', 'to');
    expect(routes.length).toBeGreaterThanOrEqual(10);
    for (const { path, parameter } of routes) {
      const { answer, detail } = await get(path, `${parameter.name}=1769860800`);
      expect([answer, detail]).toEqual([
        `${path}: 400 REQUEST_INVALID`,
        `${parameter.name}: "1769860800" looks like seconds; in milliseconds it is 1769860800000`,
      ]);
      if (path.endsWith('/export')) continue;
      const { answer: good } = await get(path, `${parameter.name}=2026-01-31`);
      expect(good).toBe(`${path}: 200`);
    }
    const body = { name: 'x', role: 'viewer', expiresAt: 1769860800 };
    expect((await rest('POST', '/keys', { body })).body.detail).toContain('looks like seconds');
    const made = await rest('POST', '/keys', { body: { ...body, expiresAt: '2100-01-31' } });
    expect(made.body.expiresAt).toBe('2100-01-31T00:00:00.000Z');
  });
});

describe('a list', () => {
  it('is shorter with `fields`, which refuse unknown names', async () => {
    const { devices } = (await rest('GET', '/devices?group=known&fields=name,presence')).body;
    expect(devices.map((one: object) => Object.keys(one))).toEqual([['id', 'name', 'presence']]);
    const routes = named('fields').filter(({ path }) => !path.endsWith('/export'));
    expect(routes.map(({ path }) => path.split('/').at(-1)).sort()).toEqual([
      ...['devices', 'frames', 'models', 'plans'],
    ]);
    for (const { path } of routes) {
      const { answer, detail } = await get(path, 'fields=zzz');
      expect(answer).toBe(`${path}: 400 REQUEST_INVALID`);
      expect(detail).toMatch(/"zzz".*; there are \w+, \w+/);
    }
  });
});

describe('the version', () => {
  it('is for operators and devices, and needs their credential', async () => {
    const { status, body } = await rest('GET', '/version');
    expect([status, body]).toEqual([
      200,
      { version: expect.stringMatching(/^\d+\.\d+\.\d+/), apiVersion: '1', commit: null },
    ]);
    expect(document.info.version).toBe('1');
    const basic = Buffer.from(`${DEVICE}:${secret}`).toString('base64');
    const headers = { authorization: `Basic ${basic}` };
    expect((await rest('GET', '/version', { key: null, headers })).body).toEqual(body);
    expect((await rest('GET', '/version', { key: null })).status).toBe(401);
  });
});

describe('compression', () => {
  const plain = () => service.app.inject({ url: '/openapi.json' });
  const accepting = (encoding: string, url = '/openapi.json') =>
    service.app.inject({ url, headers: { 'accept-encoding': encoding } });

  it('is what the client accepts, and gives the same bytes', async () => {
    const whole = await plain();
    expect(whole.headers['content-encoding']).toBeUndefined();
    for (const [accepted, encoding, decoded] of [
      ['gzip', 'gzip', gunzipSync],
      ['gzip, br', 'br', brotliDecompressSync],
      ['br;q=0.1, gzip', 'gzip', gunzipSync],
    ] as const) {
      const { headers, rawPayload } = await accepting(accepted);
      expect([headers['content-encoding'], headers.vary]).toEqual([encoding, 'accept-encoding']);
      expect(rawPayload.length).toBeLessThan(whole.rawPayload.length / 4);
      expect(decoded(rawPayload).equals(whole.rawPayload)).toBe(true);
    }
    for (const none of ['identity', 'zstd', 'gzip;q=0']) {
      expect((await accepting(none)).headers['content-encoding']).toBeUndefined();
    }
  });

  it('has a limit of answers at a time; the others are sent as they are', async () => {
    const { rawPayload } = await plain();
    const answers = await Promise.all(Array.from({ length: 40 }, () => accepting('gzip')));
    const packed = answers.filter(({ headers }) => headers['content-encoding'] === 'gzip');
    expect(packed).toHaveLength(16);
    for (const { headers, rawPayload: own } of answers) {
      const isPacked = headers['content-encoding'] === 'gzip';
      expect((isPacked ? gunzipSync(own) : own).equals(rawPayload)).toBe(true);
    }
    expect((await accepting('gzip')).headers['content-encoding']).toBe('gzip');
  });

  it('is not used for answers with new secrets, however long, nor for those with an ETag', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => `pi-row-${i}`);
    const made = await service.app.inject({
      method: 'POST',
      url: '/api/v1/devices/bulk',
      headers: {
        ...{ authorization: `Bearer ${KEY}`, 'accept-encoding': 'gzip' },
        'content-type': 'text/csv',
      },
      payload: `id\n${rows.join('\n')}\n`,
    });
    expect(made.json().created).toBe(60);
    expect(made.body.length).toBeGreaterThan(1400);
    expect(made.headers['content-encoding']).toBeUndefined();
    const headers = { authorization: `Bearer ${KEY}`, 'accept-encoding': 'gzip' };
    const one = await service.app.inject({ url: `/api/v1/devices/${DEVICE}`, headers });
    expect([one.headers.etag, one.headers['content-encoding']]).toEqual(['"1"', undefined]);
    const list = await service.app.inject({ url: '/api/v1/devices', headers });
    expect(list.headers['content-encoding']).toBe('gzip');
    expect(JSON.parse(gunzipSync(list.rawPayload).toString()).devices).toHaveLength(61);
  });
});
