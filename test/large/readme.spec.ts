/** The commands of README's section “Use it”, as written and in their order, against a fresh service in a fresh folder. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, Running, root } from '../support/processes/processes.js';

/** What a fresh clone does not have. */
const NOT_CLONED = ['.env', '.git', 'data', 'flotilla-data', 'secret'];

let folder: string;
let env: Record<string, string>;
let service: Running;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-readme-'));
  for (const name of await readdir(root)) {
    const isCloned = !NOT_CLONED.includes(name) && !name.startsWith('mobilenetv2');
    if (isCloned) await symlink(join(root, name), join(folder, name));
  }
  const [http, mqtt] = [await freePort(), await freePort()];
  env = {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '',
    FLOTILLA_HOST: '127.0.0.1',
    FLOTILLA_HTTP_PORT: http,
    FLOTILLA_MQTT_PORT: mqtt,
    FLOTILLA_AGENT_CLOUD: `http://127.0.0.1:${http}`,
    FLOTILLA_AGENT_MQTT: `mqtt://127.0.0.1:${mqtt}`,
  };
});

afterAll(async () => {
  if (service?.child.pid !== undefined && service.isRunning) {
    process.kill(-service.child.pid, 'SIGTERM');
    await service.exited;
  }
  await rm(folder, { recursive: true, force: true });
});

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `${address.port}`;
}

/** The shell blocks of one section of README. */
async function blocksOf(section: string): Promise<string[]> {
  const page = await readFile(join(root, 'README.md'), 'utf8');
  const text = page.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? '';
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, commands = '']) => commands);
}

/** Shell commands as a process group of its own; a failure in a pipe ends them. */
function shell(name: string, commands: string): Running {
  const script = `set -e -o pipefail\n${commands}`;
  const options = { cwd: folder, env, detached: true } as const;
  return new Running(name, spawn('bash', ['-c', script], { ...options, stdio: 'pipe' }));
}

/** Single commands: a line, with those that continue it. */
const commandsOf = (block: string): number =>
  block.split('\n').filter((line) => line !== '' && !line.startsWith(' ')).length;

it('succeeds with every command of "Use it" on a fresh service, and runs frames', async () => {
  const [begin = '', use = ''] = await blocksOf('Use it');
  expect(commandsOf(begin) + commandsOf(use)).toBeLessThanOrEqual(8);

  service = shell('service', begin);
  const isReady = () => service.lines.find((line) => line.startsWith('Flotilla is ready'));
  await service.whileRunning(eventually('the service', isReady));

  const commands = shell('commands', use);
  const code = await commands.exited;
  const output = commands.lines.join('\n');
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(output).toContain('all 3 frames are done');
  const [explained, latency] = commands.lines
    .filter((line) => line.startsWith('{"device":"pi-1"'))
    .map((line) => JSON.parse(line));
  expect(explained).toMatchObject({ because: expect.any(String) });
  expect(latency.buckets).toMatchObject([{ count: 3 }]);
}, 60_000);
