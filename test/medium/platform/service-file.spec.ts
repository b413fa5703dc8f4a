/** `service.json` as other programs see it, with the service in its own process, bundled from the current source. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { root } from '../../support/processes/processes.js';
import { waitFor } from '../../support/wait-for.js';

/** Inside the checkout, where the bundle finds its packages. */
const BUNDLE = join(root, 'dist', `test-${process.pid}`);
const STALE = JSON.stringify({ pid: 1, httpPort: 1, mqttPort: 1 });

let folder: string;
let file: string;
let children: ChildProcess[];
beforeAll(async () => {
  const script = join(root, 'tools', 'bundle-service.mjs');
  await promisify(execFile)(process.execPath, [script, BUNDLE]);
}, 60_000);
afterAll(() => rm(BUNDLE, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-entry-'));
  file = join(folder, 'service.json');
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

function startService(httpPort = 0): ChildProcess {
  const env = {
    ...{ PATH: process.env.PATH, FLOTILLA_DATA: folder, FLOTILLA_HOST: '127.0.0.1' },
    ...{ FLOTILLA_HTTP_PORT: String(httpPort), FLOTILLA_MQTT_PORT: '0' },
  };
  const child = spawn(process.execPath, [join(BUNDLE, 'main.js')], {
    ...{ cwd: folder, env, stdio: 'ignore' as const },
  });
  children.push(child);
  return child;
}

const pidInFile = async () => JSON.parse(await readFile(file, 'utf8')).pid as number;

describe('service.json', () => {
  it('is removed after a kill when the next service fails to start', async () => {
    const occupant = createServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    await writeFile(file, STALE);
    const child = startService((occupant.address() as AddressInfo).port);
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(existsSync(file)).toBe(false);
    occupant.close();
  });

  it('exists while the service listens, and is not changed by a second service', async () => {
    const first = startService();
    await waitFor(async () => expect(await pidInFile()).toBe(first.pid));
    expect(await once(startService(), 'exit')).toEqual([1, null]);
    expect(await pidInFile()).toBe(first.pid);
    first.kill('SIGTERM');
    expect(await once(first, 'exit')).toEqual([0, null]);
    expect(existsSync(file)).toBe(false);
  });
});

describe('a first start', () => {
  it.each([
    ['SIGINT', 'flotilla.lock'],
    ['SIGTERM', 'flotilla.db'],
  ] as const)(
    'ends at once on %s when %s is there, and the next start is ready',
    async (signal, made) => {
      const first = startService();
      const ended = once(first, 'exit');
      await waitFor(() => expect(existsSync(join(folder, made))).toBe(true));
      first.kill(signal);
      // Only the start of a machine with nothing else to do may be ready by now.
      expect([
        [null, signal],
        [0, null],
      ]).toContainEqual(await ended);
      const next = startService();
      await waitFor(async () => expect(await pidInFile()).toBe(next.pid));
      next.kill('SIGKILL');
      await once(next, 'exit');
    },
  );
});
