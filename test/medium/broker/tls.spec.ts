/** TLS on every port (HTTPS, WebSocket, MQTT), certificates that change at run time, and devices with client certificates. */
import { execFileSync } from 'node:child_process';
import { copyFile, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { dirname, join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newSecret } from '../../../src/access/index.js';
import { Broker } from '../../../src/broker/index.js';
import { FleetModule } from '../../../src/fleet/index.js';
import { Certificates, Metrics, readConfig } from '../../../src/platform/index.js';
import { heard } from '../../support/mqtt/mqtt-client.js';
import { basic } from '../../support/service/rest-client.js';
import { type RunningService, startService } from '../../support/service/service.js';
import { type Certificate, TestAuthority } from '../../support/tls/certificates.js';
import { askOverTls } from '../../support/tls/https-client.js';
import { waitFor } from '../../support/wait-for.js';

const KEY = 'k'.repeat(32);

let authority: TestAuthority;
let other: TestAuthority;
let own: Certificate;
let service: RunningService;
let port: number;
const opened: MqttClient[] = [];
beforeAll(async () => {
  [authority, other] = await Promise.all([TestAuthority.make(), TestAuthority.make()]);
  own = await authority.issue('service');
  service = await startService({
    modules: [FleetModule],
    environment: {
      FLOTILLA_OPERATOR_KEY: KEY,
      FLOTILLA_TLS_CERT: own.certFile,
      FLOTILLA_TLS_KEY: own.keyFile,
      FLOTILLA_TLS_CLIENT_CA: authority.file,
      FLOTILLA_MQTTS_PORT: '0',
      FLOTILLA_CONNECT_TIMEOUT_MS: '3000',
    },
  });
  port = Number(new URL(service.url).port);
}, 60_000);
afterAll(async () => {
  await service.stop();
  await Promise.all([authority.remove(), other.remove()]);
});
afterEach(async () => {
  for (const client of opened.splice(0)) await client.endAsync(true);
});

const https = (
  method: string,
  path: string,
  headers: Record<string, string>,
  more: { body?: object; client?: Certificate } = {},
) => askOverTls(service.url, { method, path, headers, ca: authority.cert, ...more });
const operator = { authorization: `Bearer ${KEY}` };

async function enrol(id: string): Promise<string> {
  const { status, body } = await https('POST', '/devices', operator, { body: { id } });
  expect(status).toBe(201);
  return JSON.parse(body).secret;
}

async function connect(id: string, options: IClientOptions, url?: string): Promise<MqttClient> {
  const address = url ?? `mqtts://127.0.0.1:${service.app.get(Broker).tlsPort}`;
  const client = await mqtt.connectAsync(
    address,
    { clientId: id, ca: authority.cert, reconnectPeriod: 0, ...options },
    false,
  );
  opened.push(client);
  return client;
}
const withSecret = (id: string, password: string) => ({ username: id, password });

describe('a service with a certificate', () => {
  it('serves only TLS on every port', async () => {
    const secret = await enrol('ports');
    expect((await connect('ports', withSecret('ports', secret))).connected).toBe(true);
    const overWebSocket = connect(
      'ports',
      withSecret('ports', secret),
      `wss://127.0.0.1:${port}/mqtt`,
    );
    expect((await overWebSocket).connected).toBe(true);
    expect(service.app.get(Broker).port).toBe(0);
    await expect(fetch(`${service.url}/health/live`)).rejects.toThrow();
    const where = await https('GET', '/broker', {});
    const { tlsPort: mqttsPort } = service.app.get(Broker);
    expect(JSON.parse(where.body)).toMatchObject({ mqttPort: null, mqttsPort });
    const plain = connectTcp(service.app.get(Broker).tlsPort, '127.0.0.1');
    plain.write('\x10\x10\0\x04MQTT\x04\x02\0\x3c\0\x04port');
    await new Promise((resolve) => plain.once('close', resolve));
  });

  it('closes a connection whose handshake stalls', async () => {
    const silent = connectTcp(service.app.get(Broker).tlsPort, '127.0.0.1');
    const startMs = performance.now();
    await new Promise((resolve) => silent.once('close', resolve).resume());
    expect(performance.now() - startMs).toBeGreaterThan(2500);
  });

  it('rejects TLS older than 1.2, counted and logged', async () => {
    for (const at of [port, service.app.get(Broker).tlsPort]) {
      const socket = connectTls({
        ...{ port: at, host: '127.0.0.1', ca: authority.cert },
        ...{ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
      });
      await expect(
        new Promise((resolve, reject) =>
          socket.once('secureConnect', resolve).once('error', reject),
        ),
      ).rejects.toThrow();
    }
    await waitFor(async () => {
      const text = await service.app.get(Metrics).text();
      expect(text).toMatch(/^flotilla_http_refused_total\{reason="handshake"\} [1-9]/m);
      expect(text).toMatch(/^flotilla_mqtt_refused_total\{reason="tlsRefused"\} [1-9]/m);
    });
    expect(service.logged.join('')).toMatch(/"reason":"handshake","address":"127.0.0.1"/);
  });

  it('also serves MQTT without TLS when FLOTILLA_TLS_REQUIRED is no', async () => {
    const both = await startService({
      modules: [FleetModule],
      environment: {
        FLOTILLA_TLS_CERT: own.certFile,
        FLOTILLA_TLS_KEY: own.keyFile,
        FLOTILLA_TLS_REQUIRED: 'no',
        FLOTILLA_MQTTS_PORT: '0',
        FLOTILLA_OPERATOR_KEY: KEY,
      },
    });
    const broker = both.app.get(Broker);
    expect([broker.port, broker.tlsPort].every((one) => one > 0)).toBe(true);
    await both.stop();
  });

  it('does not start without its key, or with the key of another certificate', async () => {
    const half = { FLOTILLA_TLS_CERT: own.certFile };
    expect(() => readConfig(half)).toThrow(/FLOTILLA_TLS_KEY belong together/);
    const { keyFile } = await other.issue('other');
    const files = { tlsCert: own.certFile, tlsKey: keyFile, tlsClientCa: undefined };
    const { log } = await quietLog();
    expect(() => Certificates.open(files, log)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});

async function quietLog() {
  const { pino } = await import('pino');
  return { log: pino({ level: 'silent' }) };
}

const seenAt = (at: number) =>
  new Promise<string>((resolve, reject) => {
    const socket: TLSSocket = connectTls(
      { port: at, host: '127.0.0.1', ca: authority.cert },
      () => {
        resolve(socket.getPeerCertificate().fingerprint256);
        socket.destroy();
      },
    );
    socket.once('error', reject);
  });

describe('a certificate that changes', () => {
  it('is used for new connections on every port, and existing ones stay', async () => {
    const secret = await enrol('steady');
    const client = await connect('steady', withSecret('steady', secret));
    const at = [port, service.app.get(Broker).tlsPort] as const;
    const before = await Promise.all(at.map(seenAt));
    expect(before[0]).toBe(before[1]);
    const young = await authority.issue('service', 'young');
    await copyFile(young.keyFile, own.keyFile);
    // A key without its certificate is rejected: the previous pair stays.
    await service.app.get(Certificates).look();
    expect(await seenAt(at[0])).toBe(before[0]);
    expect(service.logged.join('')).toContain(
      'certificate files invalid; keeping the current certificate',
    );
    await copyFile(young.certFile, own.certFile);
    await service.app.get(Certificates).look();
    const after = await Promise.all(at.map(seenAt));
    expect(after[0]).not.toBe(before[0]);
    expect(after[0]).toBe(after[1]);
    expect(client.connected).toBe(true);
  });

  it('is loaded without a request', async () => {
    const folder = service.data;
    const files = {
      tlsCert: join(folder, 'a.pem'),
      tlsKey: join(folder, 'a.key'),
      tlsClientCa: undefined,
    };
    const first = await authority.issue('first');
    await copyFile(first.certFile, files.tlsCert);
    await copyFile(first.keyFile, files.tlsKey);
    const certificates = Certificates.open(files, (await quietLog()).log);
    const renewed = new Promise<void>((resolve) =>
      certificates.renewOn({ setSecureContext: () => resolve() }),
    );
    const second = await authority.issue('second');
    await writeFile(files.tlsCert, second.cert);
    await writeFile(files.tlsKey, second.key);
    await renewed;
    certificates.close();
  });
});

describe('a device with a certificate', () => {
  it('needs no secret, over MQTT and HTTPS', async () => {
    await enrol('certified');
    const { cert, key } = await authority.issue('certified');
    expect((await connect('certified', { cert, key })).connected).toBe(true);
    const named = connect('certified', { cert, key, username: 'certified' });
    expect((await named).connected).toBe(true);
    const overWebSocket = connect('certified', { cert, key }, `wss://127.0.0.1:${port}/mqtt`);
    expect((await overWebSocket).connected).toBe(true);
    const client = await authority.issue('certified', 'again');
    const { status, body } = await https('GET', '/enrolment', {}, { client });
    expect([status, JSON.parse(body).device.id]).toEqual([200, 'certified']);
  });

  it('gets answers in order over one connection of HTTPS, also when its requests come together', async () => {
    const socket = connectTls({ port, host: '127.0.0.1', ca: authority.cert });
    let read = '';
    socket.on('data', (bytes) => {
      read += bytes.toString('latin1');
    });
    const get = (id: number) =>
      `GET /api/v1/none/${id} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${KEY}\r\n\r\n`;
    const ids = Array.from({ length: 150 }, (_, i) => `${i}`);
    socket.write(ids.map((_, i) => get(i)).join(''));
    const answered = () => [...read.matchAll(/api\/v1\/none\/(\d+)/g)].map(([, id]) => id);
    await waitFor(() => expect(answered()).toEqual(ids));
    socket.destroy();
  });

  it('is rejected with a wrong password next to its certificate, over MQTT and HTTPS', async () => {
    const secret = await enrol('doubled');
    const client = await authority.issue('doubled');
    const { cert, key } = client;
    const status = async (password: string) =>
      (await https('GET', '/enrolment', basic('doubled', password), { client })).status;
    const wrong = { cert, key, ...withSecret('doubled', 'wrong') };
    for (const url of [undefined, `wss://127.0.0.1:${port}/mqtt`]) {
      await expect(connect('doubled', wrong, url)).rejects.toThrow('Bad username or password');
    }
    expect(await status('wrong')).toBe(401);
    const right = connect('doubled', { cert, key, ...withSecret('doubled', secret) });
    expect((await right).connected).toBe(true);
    expect(await status(secret)).toBe(200);
  });

  it('cannot connect as another device', async () => {
    const secret = await enrol('certified-b');
    await enrol('certified-c');
    const { cert, key } = await authority.issue('certified-b');
    await expect(connect('certified-c', { cert, key })).rejects.toThrow();
    const borrowed = connect('certified-c', { cert, key, ...withSecret('certified-c', secret) });
    await expect(borrowed).rejects.toThrow('Bad username or password');
  });

  it('is rejected with a certificate of another authority, or when it is not enrolled', async () => {
    await enrol('foreign');
    const foreign = await other.issue('foreign');
    await expect(connect('foreign', foreign)).rejects.toThrow('Not authorized');
    expect((await https('GET', '/enrolment', {}, { client: foreign })).status).toBe(401);
    const unenrolled = await authority.issue('unenrolled');
    await expect(connect('unenrolled', unenrolled)).rejects.toThrow('Bad username or password');
    const secret = newSecret();
    expect(
      (await https('GET', '/enrolment', basic('foreign', secret), { client: foreign })).status,
    ).toBe(401);
  });

  it('is disconnected when it is revoked, and its certificate is rejected then', async () => {
    await enrol('certified-out');
    const certificate = await authority.issue('certified-out');
    const client = await connect('certified-out', certificate);
    const closed = heard(client, 'close');
    await https('POST', '/devices/certified-out/revoke', operator);
    await closed;
    await expect(connect('certified-out', certificate)).rejects.toThrow('Bad username or password');
  });
});

describe('files that are no certificate', () => {
  it('are named with their setting and the reason', async () => {
    const folder = dirname(own.keyFile);
    const secret = join(folder, 'encrypted.pem');
    const words = ['pkey', '-in', own.keyFile, '-aes256', '-passout', 'pass:hush', '-out', secret];
    execFileSync('openssl', words);
    const foreign = await other.issue('service');
    const files = { tlsCert: own.certFile, tlsKey: own.keyFile, tlsClientCa: authority.file };
    const log = pino({ level: 'silent' });
    const cases: [Partial<typeof files>, RegExp][] = [
      [{ tlsCert: '/missing.pem' }, /^FLOTILLA_TLS_CERT: there is no file \/missing\.pem/],
      [{ tlsCert: own.keyFile }, /^FLOTILLA_TLS_CERT: \S+ holds no certificate in PEM/],
      [{ tlsKey: own.certFile }, /^FLOTILLA_TLS_KEY: \S+ holds no private key in PEM/],
      [{ tlsKey: foreign.keyFile }, /^FLOTILLA_TLS_KEY: \S+ is not the key of the certificate/],
      [{ tlsKey: secret }, /^FLOTILLA_TLS_KEY: \S+ is encrypted; set a key without a passphrase/],
      [{ tlsClientCa: folder }, /^FLOTILLA_TLS_CLIENT_CA: \S+ is a folder; set the path/],
      [{ tlsClientCa: own.keyFile }, /^FLOTILLA_TLS_CLIENT_CA: \S+ holds no certificate in PEM/],
    ];
    for (const [wrong, expected] of cases) {
      expect(() => Certificates.open({ ...files, ...wrong }, log)).toThrow(expected);
    }
    expect(Certificates.open(files, log).settings).toBeDefined();
  });
});
