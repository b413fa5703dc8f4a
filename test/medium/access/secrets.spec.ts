/** Plants secrets wherever one can be, then searches logs, errors, the audit log and the database for them. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import mqtt from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newSecret } from '../../../src/access/index.js';
import { AppModule } from '../../../src/app.module.js';
import { Broker } from '../../../src/broker/index.js';
import { databaseKinds, type TestDatabase, testDatabase } from '../../support/service/databases.js';
import { postgresqlPrograms } from '../../support/service/private-postgresql.js';
import { basic, restClient } from '../../support/service/rest-client.js';
import { type RunningService, startService } from '../../support/service/service.js';

/** Every form in which a secret can be written. */
const formsOf = (secret: string) => [
  secret,
  Buffer.from(secret).toString('base64'),
  Buffer.from(secret).toString('hex'),
  encodeURIComponent(secret),
];

describe.each(databaseKinds)('secrets (%s)', (kind) => {
  const planted = new Map<string, string>();
  const answers: string[] = [];
  let database: TestDatabase;
  let service: RunningService;
  let audit = '';
  let dump = '';

  const plant = (name: string, secret: string): string => {
    planted.set(name, secret);
    return secret;
  };
  const found = (text: string): string[] =>
    [...planted].flatMap(([name, secret]) =>
      formsOf(secret).some((form) => text.includes(form)) ? [name] : [],
    );

  beforeAll(async () => {
    database = await testDatabase(kind);
    const key = plant('the configured key', `key-${newSecret()}`);
    const environment = {
      ...database.environment,
      FLOTILLA_OPERATOR_KEY: key,
      FLOTILLA_WORKERS: '1',
    };
    service = await startService({ modules: [AppModule], environment });
    await useEverySecret(restClient(service, key));
    audit = (await restClient(service, key)('GET', '/audit?limit=1000')).text;
    if (kind === 'postgresql') dump = await pgDump(database.environment.DATABASE_URL ?? '');
    await service.stop({ data: true });
    if (kind === 'sqlite') dump = await bytesIn(service.data);
  }, 60_000);
  afterAll(async () => {
    await service.stop();
    await database.remove();
  });

  type Ask = ReturnType<typeof restClient>;

  async function useEverySecret(ask: Ask): Promise<void> {
    const askAndKeep = async (...asked: Parameters<Ask>) => {
      const answer = await ask(...asked);
      answers.push(answer.text);
      return answer;
    };
    const device = (
      await ask('POST', '/devices', { body: { id: 'pi' }, headers: { 'idempotency-key': 'a' } })
    ).body;
    const secret = plant('a device’s secret', device.secret);
    await ask('POST', '/devices', { body: { id: 'pi' }, headers: { 'idempotency-key': 'a' } });
    const rotated = await ask('POST', '/devices/pi/secret', { body: { overlapS: 600 } });
    plant('a rotated secret', rotated.body.secret);
    const own = plant('a secret of the device’s own', newSecret());
    await askAndKeep('PUT', '/enrolment/secret', {
      key: null,
      headers: basic('pi', secret),
      body: { secret: own },
    });
    const bulk = await ask('POST', '/devices/bulk', {
      content: { type: 'text/csv', text: 'id\nbulk-1\n' },
    });
    plant('a secret of a file', bulk.body.rows[0].secret);
    const token = plant(
      'an enrolment token',
      (await ask('POST', '/enrolment-tokens', { body: { name: 't' } })).body.token,
    );
    const self = plant('a self-made secret', newSecret());
    await askAndKeep('POST', '/enrolment', {
      key: null,
      body: { token, id: 'self', secret: self },
    });
    const made = plant(
      'a made key',
      (await ask('POST', '/keys', { body: { name: 'k', role: 'viewer' } })).body.key,
    );
    await askAndKeep('DELETE', '/devices/pi', { key: made });
    const name = `my key is flo_${plant('a key in a name', newSecret())}`;
    await ask('PATCH', '/devices/pi', { body: { name } });
    await useWrongly(askAndKeep);
    await connectWrongly(secret);
  }

  /** Wrong requests, whose faults could quote a secret. */
  async function useWrongly(askAndKeep: Ask): Promise<void> {
    const wrong = (name: string) => plant(name, newSecret());
    await askAndKeep('GET', '/devices', { key: wrong('a wrong key') });
    await askAndKeep('GET', '/enrolment', {
      key: null,
      headers: basic('pi', wrong('a wrong secret')),
    });
    await askAndKeep('POST', '/enrolment', {
      key: null,
      body: { token: wrong('a wrong token'), id: 'x', secret: wrong('its secret') },
    });
    await askAndKeep('POST', '/enrolment', {
      key: null,
      body: { token: 't', id: 'x', secret: `${wrong('a malformed secret')}!` },
    });
    await askAndKeep('PUT', '/enrolment/secret', { body: { secret: wrong('a misplaced secret') } });
    const broken = `{"token": "${wrong('a token in broken JSON')}`;
    await askAndKeep('POST', '/enrolment', {
      key: null,
      content: { type: 'application/json', text: broken },
    });
    await askAndKeep('GET', `/devices?key=${wrong('a key in the address')}`, { key: null });
    await askAndKeep('POST', '/devices', {
      body: { id: 'odd', secret: wrong('an unexpected secret') },
    });
  }

  async function connectWrongly(right: string): Promise<void> {
    const url = `mqtt://127.0.0.1:${service.app.get(Broker).port}`;
    const connect = async (clientId: string, username: string, password: string) => {
      const options = { clientId, username, password, reconnectPeriod: 0 };
      const client = await mqtt.connectAsync(url, options, false).catch((error: Error) => {
        answers.push(error.message);
      });
      await client?.endAsync(true);
    };
    await connect('pi', 'pi', right);
    await connect('pi', 'pi', plant('a wrong secret over MQTT', newSecret()));
    await connect('pi', 'someone', plant('a secret with another name', newSecret()));
  }

  /** SQLite removes its working files when the last thread closes them, perhaps just now. */
  function emptyIfGone(error: NodeJS.ErrnoException): Buffer {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }

  async function bytesIn(folder: string): Promise<string> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const bytes = await Promise.all(
      files.map(({ parentPath, name }) => readFile(join(parentPath, name)).catch(emptyIfGone)),
    );
    return bytes.map((one) => one.toString('latin1')).join('\n');
  }

  async function pgDump(url: string): Promise<string> {
    const program = join(postgresqlPrograms() ?? '', 'pg_dump');
    if (!existsSync(program)) return '';
    const { stdout } = await promisify(execFile)(program, [url], { maxBuffer: 1e9 });
    return stdout;
  }

  it('are in no line of the log', () => {
    expect(planted.size).toBeGreaterThan(15);
    expect(service.logged.length).toBeGreaterThan(5);
    expect(found(service.logged.join('\n'))).toEqual([]);
  });

  it('are in no fault, and in no answer but the first that shows one', () => {
    expect(answers.length).toBeGreaterThan(10);
    expect(found(answers.join('\n'))).toEqual([]);
  });

  it('are not in the audit log', () => {
    expect(audit).toContain('devices/pi');
    expect(found(audit)).toEqual([]);
  });

  it('are not in the database, nor in any other file of the service', () => {
    expect(dump).toContain('bulk-1');
    // An operator who writes a key into a name shows it to every reader of names.
    expect(found(dump).filter((name) => name !== 'a key in a name')).toEqual([]);
  });
});
