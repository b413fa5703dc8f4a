/** The built service, when it cannot start: it says so in a sentence with the setting, without a stack, and ends with an error. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SmallDisk } from '../support/devices/small-disk.js';
import { programs, run } from '../support/processes/processes.js';
import { createDatabase, dropDatabase } from '../support/service/private-postgresql.js';
import { type Certificate, TestAuthority } from '../support/tls/certificates.js';

/** A user without files, which root can become: root itself can write every file. */
const OTHER_USER = 65_534;
const isRoot = process.getuid?.() === 0;
const AS_OTHER_USER = isRoot
  ? ['setpriv', `--reuid=${OTHER_USER}`, `--regid=${OTHER_USER}`, '--clear-groups']
  : [];
const PRIVILEGED_PORT = 81;
/** What a sentence and its advice need; the log of a start that gets far adds a line for each part. */
const MAX_LINES = 4;

let folder: string;
let taken: Server;
let port: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flotilla-start-'));
  chmodSync(folder, 0o755);
  taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  port = `${(taken.address() as AddressInfo).port}`;
});
afterAll(() => {
  taken.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Whether another user can run the service from this checkout. */
function canOtherUserRun(): boolean {
  const [command = process.execPath, ...words] = [...AS_OTHER_USER, process.execPath];
  return spawnSync(command, [...words, programs.service, '--help']).status === 0;
}

/** The last line, and how the process ended. */
async function failure(env: Record<string, string>, within: readonly string[] = []) {
  const ports = { FLOTILLA_HOST: '127.0.0.1', FLOTILLA_HTTP_PORT: '0', FLOTILLA_MQTT_PORT: '0' };
  const data = { FLOTILLA_DATA: mkdtempSync(join(folder, 'data-')) };
  const spoken: string[] = [];
  const service = run('service', {
    file: programs.service,
    env: { ...ports, ...data, ...env },
    cwd: folder,
    within,
    onLine: (line) => void spoken.push(line),
  });
  const code = await service.exited;
  return { code, sentence: spoken.filter((line) => !line.startsWith('{')).join('\n'), spoken };
}

type Failure = Awaited<ReturnType<typeof failure>>;

function expectSentence({ code, sentence, spoken }: Failure, expected: RegExp, exitCode = 1): void {
  expect(sentence).toMatch(expected);
  expect(sentence).toMatch(/^Flotilla cannot start\. /);
  expect(spoken.length).toBeLessThanOrEqual(MAX_LINES);
  expect(spoken.join('\n')).not.toMatch(/^ +at |\\n +at |Operator key/m);
  expect(code).toBe(exitCode);
}

describe('a start that fails', () => {
  it('names every wrong setting', async () => {
    const env = { FLOTILLA_HTTP_PORT: 'eighty', FLOTILLA_LOG_FORMAT: 'xml' };
    const found = await failure(env);
    expectSentence(found, /FLOTILLA_HTTP_PORT = 'eighty' is not a whole number/, 2);
    expect(found.sentence).toContain("FLOTILLA_LOG_FORMAT = 'xml' is none of auto, text, json");
  });

  it.each([
    ['FLOTILLA_HTTP_PORT', {}],
    ['FLOTILLA_MQTT_PORT', {}],
  ])('names %s when its port is in use', async (name, env) => {
    const found = await failure({ ...env, [name]: port });
    expectSentence(found, new RegExp(`${name}: port ${port} of 127.0.0.1 is in use .*; stop it`));
  });

  it('names FLOTILLA_HOST when it is no address of the machine', async () => {
    // RFC 5737: an address of documentation.
    const found = await failure({ FLOTILLA_HOST: '192.0.2.1' });
    expectSentence(found, /FLOTILLA_HOST: '192\.0\.2\.1' is no address of this machine/);
  });

  it('names FLOTILLA_DATA when it is a file', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expectSentence(
      await failure({ FLOTILLA_DATA: file }),
      /FLOTILLA_DATA: \S+ is not a folder; set/,
    );
  });

  it('names FLOTILLA_DATA when its disk is full', async (context) => {
    const disk = await SmallDisk.make(1024 ** 2);
    if (typeof disk === 'string') return context.skip(disk);
    try {
      disk.fill();
      // SQLite follows links, so the service enters the disk's own namespace.
      const [, pid = '', data = ''] = /^\/proc\/(\d+)\/root(.+)$/.exec(disk.folder) ?? [];
      const user = isRoot ? [] : ['--user', '--preserve-credentials'];
      const within = ['nsenter', `--target=${pid}`, '--mount', ...user];
      const found = await failure({ FLOTILLA_DATA: data }, within);
      expectSentence(found, /FLOTILLA_DATA: the disk of \S+ is full; free some room/);
    } finally {
      await disk.remove();
    }
  });
});

describe('a start that lacks permission', () => {
  const whyNot = canOtherUserRun() ? '' : 'another user cannot run this checkout';

  it.each([
    ['the folder above it belongs to root', 0o755, 'closed/data'],
    ['it belongs to another user', 0o700, 'closed'],
  ])('names FLOTILLA_DATA when %s', async (_, mode, name) => {
    if (whyNot !== '') return;
    const place = mkdtempSync(join(folder, 'owned-'));
    chmodSync(place, 0o755);
    mkdirSync(join(place, 'closed'));
    // Of root, or of the user of the tests, who takes the permission from itself.
    chmodSync(join(place, 'closed'), isRoot ? mode : 0o500);
    const found = await failure({ FLOTILLA_DATA: join(place, name) }, AS_OTHER_USER);
    expectSentence(found, /FLOTILLA_DATA: .*\(?uid \d+\)? cannot write \S+; change its owner/);
    chmodSync(join(place, 'closed'), 0o700);
  });

  it('names the file that an earlier start as another user left', async (context) => {
    if (whyNot !== '') return context.skip(whyNot);
    const data = mkdtempSync(join(folder, 'mixed-'));
    const file = join(data, 'flotilla.db');
    writeFileSync(file, '');
    chmodSync(file, isRoot ? 0o600 : 0o400);
    if (isRoot) chownSync(data, OTHER_USER, OTHER_USER);
    const found = await failure({ FLOTILLA_DATA: data }, AS_OTHER_USER);
    expectSentence(found, /FLOTILLA_DATA: .* cannot write \S+flotilla\.db; change its owner/);
  });

  it('names the setting of a port below 1024', async (context) => {
    const first = readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8');
    if (whyNot !== '' || Number(first) <= PRIVILEGED_PORT) return context.skip(whyNot || first);
    const data = mkdtempSync(join(folder, 'ports-'));
    if (isRoot) chownSync(data, OTHER_USER, OTHER_USER);
    const env = { FLOTILLA_DATA: data, FLOTILLA_MQTT_PORT: `${PRIVILEGED_PORT}` };
    const found = await failure(env, AS_OTHER_USER);
    expectSentence(
      found,
      /FLOTILLA_MQTT_PORT: .* is not allowed to open port 81; set one from 1024/,
    );
  });
});

describe('a start with certificates', () => {
  let authority: TestAuthority;
  let own: Certificate;
  let other: Certificate;
  beforeAll(async () => {
    authority = await TestAuthority.make();
    own = await authority.issue('service');
    other = await authority.issue('other');
  });
  afterAll(() => authority.remove());

  const tls = (more: Record<string, string> = {}) => ({
    ...{ FLOTILLA_TLS_CERT: own.certFile, FLOTILLA_TLS_KEY: own.keyFile, FLOTILLA_MQTTS_PORT: '0' },
    ...more,
  });

  it('names FLOTILLA_MQTTS_PORT when its port is in use', async () => {
    const found = await failure(tls({ FLOTILLA_MQTTS_PORT: port }));
    expectSentence(found, new RegExp(`FLOTILLA_MQTTS_PORT: port ${port} of 127.0.0.1 is in use`));
  });

  it.each<[string, () => Record<string, string>, RegExp]>([
    [
      'FLOTILLA_TLS_CERT when its file is missing',
      () => ({ FLOTILLA_TLS_CERT: '/missing.pem' }),
      /FLOTILLA_TLS_CERT: there is no file \/missing\.pem/,
    ],
    [
      'FLOTILLA_TLS_KEY when it is the key of another certificate',
      () => ({ FLOTILLA_TLS_KEY: other.keyFile }),
      /FLOTILLA_TLS_KEY: \S+ is not the key of the certificate \S+; set files/,
    ],
  ])('names %s', async (_, env, expected) => {
    expectSentence(await failure(tls(env())), expected);
  });
});

const server = process.env.FLOTILLA_TEST_POSTGRESQL ?? '';

describe.skipIf(server === '')('a start with PostgreSQL', () => {
  let database: string;
  beforeAll(async () => {
    database = await createDatabase(server);
    await withClient(server, async (client) => {
      await client.query(`CREATE ROLE flotilla_guarded LOGIN PASSWORD 'right'`);
      await client.query('CREATE ROLE flotilla_reader LOGIN');
      // The private server trusts everybody; this role has to show its password.
      const { rows } = await client.query("SELECT current_setting('hba_file') AS file");
      await client.query(
        `COPY (VALUES ('host all flotilla_guarded 127.0.0.1/32 scram-sha-256'), ('host all all 127.0.0.1/32 trust')) TO '${rows[0].file}'`,
      );
      await client.query('SELECT pg_reload_conf()');
    });
    await withClient(database, (client) =>
      client.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC'),
    );
  });
  afterAll(async () => {
    await dropDatabase(server, database);
    await withClient(server, (client) =>
      client.query('DROP ROLE flotilla_guarded, flotilla_reader'),
    );
  });

  async function withClient(url: string, act: (client: pg.Client) => Promise<unknown>) {
    const client = new pg.Client(url);
    await client.connect();
    try {
      await act(client);
    } finally {
      await client.end();
    }
  }

  const at = (change: (url: URL) => void): string => {
    const url = new URL(database);
    change(url);
    return url.href;
  };

  it.each<[string, (url: URL) => void, RegExp]>([
    [
      'does not answer',
      (url) => {
        url.port = '1';
      },
      /PostgreSQL at 127\.0\.0\.1:1 does not answer \(connection refused\); start it/,
    ],
    [
      'rejects the password',
      (url) => {
        url.username = 'flotilla_guarded';
        url.password = 'hush-hush';
      },
      /rejects the password of user 'flotilla_guarded'; correct it/,
    ],
    [
      'does not know the user',
      (url) => {
        url.username = 'missing';
      },
      /does not accept user 'missing' from here; create the user/,
    ],
    [
      'has no such database',
      (url) => {
        url.pathname = 'missing';
      },
      /the database 'missing' does not exist on \S+; create it/,
    ],
    [
      'does not let the user create tables',
      (url) => {
        url.username = 'flotilla_reader';
      },
      /permission denied for schema public; grant the user .* CREATE/,
    ],
  ])('names DATABASE_URL when PostgreSQL %s', async (_, change, expected) => {
    const found = await failure({ DATABASE_URL: at(change) });
    expectSentence(found, new RegExp(`DATABASE_URL: .*${expected.source}`));
    expect(found.spoken.join('\n')).not.toContain('hush-hush');
  });
});
