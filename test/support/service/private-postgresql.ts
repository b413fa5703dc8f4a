/**
 * A PostgreSQL of the tests' own: a cluster in a temporary folder, on a free port, gone when they are done.
 *
 * Debian's packages keep the server's programs out of the PATH, and the server refuses to run as root: both are seen to.
 */
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
const DEBIAN = '/usr/lib/postgresql';
const START_LIMIT_MS = 20_000;

/** The folder of initdb and postgres; undefined where PostgreSQL is not installed. */
export function postgresqlPrograms(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => +b - +a) : [];
  const folders = versions.map((version) => join(DEBIAN, version, 'bin'));
  folders.push(...(process.env.PATH ?? '').split(':'));
  return folders.find((folder) =>
    ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))),
  );
}

/** Whom root lets the server run as. */
async function unprivileged(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const name = await run('id', ['-u', 'postgres']).then(
    () => 'postgres',
    () => 'nobody',
  );
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, name])));
  return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** A running server, its superuser's URL, and how to stop, freeze and start it. */
export class PrivatePostgresql {
  private server: ReturnType<typeof spawn> | undefined;

  private constructor(
    private readonly programs: string,
    private readonly folder: string,
    private readonly port: number,
    private readonly user: { uid: number; gid: number } | undefined,
    private readonly isDurable: boolean,
  ) {}

  /** Starts one; undefined where PostgreSQL is not installed. Only a durable one keeps what was committed through power loss. */
  static async start({ isDurable = false } = {}): Promise<PrivatePostgresql | undefined> {
    const programs = postgresqlPrograms();
    if (programs === undefined) return undefined;
    const folder = await mkdtemp(join(tmpdir(), 'flotilla-postgresql-'));
    const user = await unprivileged();
    if (user !== undefined) chownSync(folder, user.uid, user.gid);
    const data = ['-D', join(folder, 'data'), '-U', 'flotilla', '-A', 'trust', '-E', 'UTF8'];
    await run(join(programs, 'initdb'), [...data, '--no-sync', '--locale=C'], {
      ...user,
      cwd: folder,
    });
    const server = new PrivatePostgresql(programs, folder, await freePort(), user, isDurable);
    await server.resume();
    return server;
  }

  /** The server's own database; one of its own is made by `createDatabase`. */
  get url(): string {
    return `postgresql://flotilla@127.0.0.1:${this.port}/postgres`;
  }

  /** Starts the server that was stopped, and waits until it answers. */
  async resume(): Promise<void> {
    const settings = this.isDurable ? {} : { fsync: 'off', synchronous_commit: 'off' };
    const flags = Object.entries({
      ...settings,
      port: `${this.port}`,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: '200',
      shared_buffers: '128MB',
    }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    this.server = spawn(
      join(this.programs, 'postgres'),
      ['-D', join(this.folder, 'data'), ...flags],
      { ...this.user, cwd: this.folder, stdio: 'ignore' },
    );
    const endMs = performance.now() + START_LIMIT_MS;
    while (!(await this.answers())) {
      if (performance.now() > endMs) throw new Error('the private PostgreSQL does not start');
      await sleep(50);
    }
  }

  /** Ends the server at once, as a crash would. */
  async stop(signal: NodeJS.Signals = 'SIGQUIT'): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server === undefined || server.exitCode !== null) return;
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
  }

  /** Ends the server and removes its files. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async answers(): Promise<boolean> {
    const client = new pg.Client(this.url);
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return true;
    } catch {
      return false;
    }
  }
}

/** Makes a database on a server, empty or a copy of another that is not in use; answers its URL. */
export async function createDatabase(serverUrl: string, template?: string): Promise<string> {
  const name = `flotilla_${randomBytes(6).toString('hex')}`;
  const source = template === undefined ? '' : ` TEMPLATE ${new URL(template).pathname.slice(1)}`;
  await onServer(serverUrl, `CREATE DATABASE ${name}${source}`);
  const url = new URL(serverUrl);
  url.pathname = name;
  return url.href;
}

/** Removes a database that `createDatabase` made, even while it is in use. */
export async function dropDatabase(serverUrl: string, url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  await onServer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

async function onServer(serverUrl: string, sql: string): Promise<void> {
  const client = new pg.Client(serverUrl);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
