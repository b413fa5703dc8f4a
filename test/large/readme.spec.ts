/**
 * The commands of README, as written and in their order, against a fresh service in a fresh folder; then every curl of the pages that
 * README names for use, with their placeholders filled in. Each ends with 0, and each answer is 2xx.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, Running, root } from '../support/processes/processes.js';

/** What a fresh clone does not have. */
const NOT_CLONED = ['.env', '.git', 'data', 'flotilla-data', 'secret'];

const BLOCKS = /^```sh\n([\s\S]*?)^```$/gm;
/** A folder of the headers of answers, one file for each curl. */
const ANSWERS = 'answers';

let folder: string;
let env: Record<string, string>;
let service: Running;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-readme-'));
  for (const name of await readdir(root)) {
    const isCloned = !NOT_CLONED.includes(name) && !name.startsWith('mobilenetv2');
    if (isCloned) await symlink(join(root, name), join(folder, name));
  }
  await mkdir(join(folder, ANSWERS));
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

/** The shell blocks of README, with the sections they stand in. */
async function blocksOfReadme(): Promise<[section: string, commands: string][]> {
  const page = await readFile(join(root, 'README.md'), 'utf8');
  return page.split(/^## /m).flatMap((part) => {
    const section = part.split('\n')[0] ?? '';
    return [...part.matchAll(BLOCKS)].map(([, text = '']): [string, string] => [section, text]);
  });
}

/** Every curl of a page, in its order. */
async function curlsOf(page: string): Promise<string[]> {
  const text = await readFile(join(root, 'docs', page), 'utf8');
  const lines = [...text.matchAll(BLOCKS)].flatMap(([, block = '']) => block.split('\n'));
  return lines.filter((line) => line.startsWith('curl '));
}

/** Shell commands as a process group of its own; a failure in a pipe ends them. The headers of every answer to curl are kept. */
function shell(name: string, commands: string): Running {
  const keep = `curl() { command curl -D "$(mktemp '${join(folder, ANSWERS)}/XXXXXX')" "$@"; }`;
  const script = `set -e -o pipefail\n${keep}\n${commands}`;
  const options = { cwd: folder, env, detached: true } as const;
  return new Running(name, spawn('bash', ['-c', script], { ...options, stdio: 'pipe' }));
}

/** Single commands: a line, with those that continue it. */
const commandsOf = (block: string): number =>
  block.split('\n').filter((line) => line !== '' && !line.startsWith(' ')).length;

/** The statuses of all answers since the last call; 100 Continue is no answer. */
async function statuses(): Promise<number[]> {
  const names = await readdir(join(folder, ANSWERS));
  const paths = names.map((name) => join(folder, ANSWERS, name));
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  await Promise.all(paths.map((path) => rm(path)));
  const found = texts.join('').matchAll(/^HTTP\/[\d.]+ (\d{3})/gm);
  return [...found].map(([, status]) => Number(status)).filter((status) => status >= 200);
}

const isGood = (status: number): boolean => status < 300;

const shortened = (lines: readonly string[]): string =>
  lines.map((line) => line.slice(0, 300)).join('\n');

async function succeed(name: string, commands: string): Promise<Running> {
  const running = shell(name, commands);
  const code = await running.exited;
  if (code !== 0) throw new Error(`${name} ended with ${code}:\n${shortened(running.lines)}`);
  return running;
}

it('succeeds with every command of README on a fresh service, and runs frames', async () => {
  const blocks = await blocksOfReadme();
  // The demo has a test of its own.
  expect(blocks.map(([section]) => section)).toEqual(['Quick start', 'Use it', 'Use it']);
  const [demo = '', begin = '', use = ''] = blocks.map(([, commands]) => commands);
  expect(demo.split('#')[0]?.trim()).toBe('npm run demo');
  expect(commandsOf(begin) + commandsOf(use)).toBeLessThanOrEqual(8);

  service = shell('service', begin);
  const isReady = () => service.lines.find((line) => line.startsWith('Flotilla is ready'));
  await service.whileRunning(eventually('the service', isReady));

  const commands = await succeed('commands', use);
  expect(commands.lines.join('\n')).toContain('all 3 frames are done');
  const [explained, latency] = commands.lines
    .filter((line) => line.startsWith('{"device":"pi-1"'))
    .map((line) => JSON.parse(line));
  expect(explained).toMatchObject({ because: expect.any(String) });
  expect(latency.buckets).toMatchObject([{ count: 3 }]);
  const answers = await statuses();
  // One model, one device, the plan and the latencies.
  expect(answers).toHaveLength(4);
  expect(answers.every(isGood)).toBe(true);
  const pages = await fetch(`http://127.0.0.1:${env.FLOTILLA_HTTP_PORT}/docs`);
  expect(pages.status).toBe(200);
});

describe('the pages that README names for use', () => {
  const AUTH = `. ./.env; API=http://localhost:$FLOTILLA_HTTP_PORT/api/v1; AUTH="Authorization: Bearer $FLOTILLA_OPERATOR_KEY"`;

  // biome-ignore lint/suspicious/noExplicitAny: of answers that other tests hold to their schemas
  async function rest(method: string, path: string, body?: object): Promise<any> {
    const [, key = ''] =
      /^FLOTILLA_OPERATOR_KEY=(.+)$/m.exec(await readFile(join(folder, '.env'), 'utf8')) ?? [];
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const headers = { authorization: `Bearer ${key}`, ...type };
    const url = `http://127.0.0.1:${env.FLOTILLA_HTTP_PORT}/api/v1${path}`;
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(url, { method, headers, ...sent });
    expect(answer.status).toBeLessThan(300);
    return answer.status === 204 ? undefined : await answer.json();
  }

  /** What the examples name: files, and devices of two groups. pi-1 has a model and frames by README. */
  beforeAll(async () => {
    for (const name of ['onnx', 'json']) {
      await copyFile(join(folder, `mobilenetv2.${name}`), join(folder, `net.${name}`));
    }
    const samples = join(root, 'docs/pictures/samples');
    const [one = '', two = ''] = (await readdir(samples)).filter((name) => /\.jpe?g$/.test(name));
    await copyFile(join(samples, one), join(folder, 'cat.jpg'));
    await copyFile(join(samples, two), join(folder, 'dog.jpg'));
    await writeFile(join(folder, 'devices.csv'), 'id,name,group\ncam-3,Gate,barn\n');
    await rest('POST', '/devices', { id: 'cam-1', group: 'indoors', tags: ['camera'] });
    await rest('POST', '/devices', { id: 'cam-2', group: 'barn' });
  });

  // Each page stands by itself: that of the fleet enrols pi-1, as README does.
  it.each(['operating.md', 'models.md', 'history.md', 'fleet.md'])(
    'have only examples that succeed: %s',
    async (page) => {
      const examples = await curlsOf(page);
      expect(examples.length).toBeGreaterThan(0);
      const { models } = await rest('GET', '/models');
      const { frames } = await rest('GET', '/devices/pi-1/frames');
      if (page === 'fleet.md') await rest('DELETE', '/devices/pi-1');
      const commands = examples.map((line) =>
        line.replaceAll('<model id>', models[0].id).replaceAll('<frame id>', frames[0].frame),
      );
      await statuses();
      // Reads first: a changed model is planned again when its device returns.
      const isWrite = (line: string) => / -(X|F) /.test(line);
      const ordered = [...commands.filter((one) => !isWrite(one)), ...commands.filter(isWrite)];
      await succeed(page, [AUTH, ...ordered].join('\n'));
      const answers = await statuses();
      expect(answers).toHaveLength(commands.length);
      expect(answers.every(isGood)).toBe(true);
    },
    60_000,
  );
});
