/**
 * The built service is killed at every step of rollouts to built agents. What is in the database decides how each goes on: no
 * device is changed twice, none fails because the service was away, and no state is skipped.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { referenceNetwork, serializeModel } from '../../src/onnx/index.js';
import type { RolloutDeviceView, RolloutView } from '../../src/rollouts/schemas/rollout-answers.js';
import { AgentProcess } from '../support/processes/agent-process.js';
import { eventually, programs, Service } from '../support/processes/processes.js';
import { paintPictures } from '../testbed/pictures.js';

const DEVICES = ['pi-1', 'pi-2', 'pi-3'] as const;
const GATES = {
  ...{ maxFailures: 0.3, maxP95Factor: 20, minFrames: 15, observeS: 2, convergeS: 120 },
  ...{ silentS: 45, warmUpS: 5 },
};
const AWAY_MS = 1500;
const LIMIT_MS = 180_000;

let folder: string;
let service: Service;
let old: string;
let next: string;
const agents = new Map<string, AgentProcess>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-rollout-kills-'));
  service = await Service.start({ data: join(folder, 'cloud') });
  const add = (name: string) => {
    const { build, manifest } = referenceNetwork(name);
    return service.addModel(name, serializeModel(build()), manifest);
  };
  old = await add('tiny-chain');
  next = await add('tiny-fork');
  const pictures = await paintPictures(join(folder, 'pictures'), 5);
  for (const device of DEVICES) {
    const secret = await service.addDevice(device, old);
    const flags = [
      ...['--cloud', service.url, '--mqtt', `mqtt://127.0.0.1:${service.mqttPort}`],
      ...['--device', device, '--data', join(folder, device), '--threads', '1', '--slowdown', '8'],
      ...['--input', pictures, '--loop', '--interval-ms', '100', '--objective', 'frame'],
    ];
    const env = { FLOTILLA_AGENT_SECRET: secret };
    agents.set(device, new AgentProcess({ file: programs.agent }, flags, env));
  }
  for (const agent of agents.values()) await agent.untilFrames(50);
});

afterAll(async () => {
  await Promise.all([...agents.values()].map(({ running }) => running.stop()));
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Kill −9, some time without a service, and another one on the same data and ports. */
async function killed(): Promise<void> {
  service.process.child.kill('SIGKILL');
  await service.process.exited;
  await sleep(AWAY_MS);
  const { httpPort, mqttPort, operatorKey } = service;
  const env = { FLOTILLA_HTTP_PORT: `${httpPort}`, FLOTILLA_MQTT_PORT: `${mqttPort}` };
  service = await Service.start({ data: join(folder, 'cloud'), operatorKey, env });
}

const viewOf = (id: string) => service.request<RolloutView>('GET', `/api/v1/rollouts/${id}`);

async function devicesOf(id: string): Promise<RolloutDeviceView[]> {
  const path = `/api/v1/rollouts/${id}/devices`;
  return (await service.request<{ devices: RolloutDeviceView[] }>('GET', path)).devices;
}

async function begin(change: object, more: object = {}): Promise<string> {
  const { id } = await service.request<RolloutView>('POST', '/api/v1/rollouts', {
    ...{ change, target: { all: true }, waves: [0.3, 1] },
    gates: { ...GATES, ...more },
  });
  return id;
}

/** A rollout as it is when it has come so far; it must not end before, unless that is the wish. */
async function until(
  id: string,
  what: string,
  fits: (view: RolloutView) => boolean,
): Promise<RolloutView> {
  let seen: RolloutView | undefined;
  const ask = async () => {
    seen = await viewOf(id);
    return fits(seen) ? seen : undefined;
  };
  return eventually(what, ask, LIMIT_MS).catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(seen)}`);
  });
}

const inState = ({ waves }: RolloutView, wave: number, state: 'switching' | 'ready') =>
  waves[wave]?.devices[state] ?? 0;

it('a rollout goes on after a kill at every step, is done, and no device is held to have failed', {
  timeout: 600_000,
}, async () => {
  const id = await begin({ model: next });
  const steps: [string, (view: RolloutView) => boolean][] = [
    ['begun', () => true],
    ['a canary that switches', (v) => inState(v, 0, 'switching') + inState(v, 0, 'ready') > 0],
    ['a canary that is ready', (v) => inState(v, 0, 'ready') > 0],
    ['a good first wave', (v) => v.wave > 0],
    ['a second wave that switches', (v) => inState(v, 1, 'switching') + inState(v, 1, 'ready') > 0],
    ['a second wave that is ready', (v) => inState(v, 1, 'ready') === 2],
  ];
  const met: string[] = [];
  for (const [what, fits] of steps) {
    const view = await until(id, what, fits);
    met.push(`${what}: ${view.state}, ${JSON.stringify(view.waves.map((wave) => wave.devices))}`);
    await killed();
  }
  const done = await until(id, 'done', ({ state }) => state !== 'running');
  const report = `${met.join('\n')}\n${JSON.stringify(done)}`;
  expect(done.state, report).toBe('done');
  expect(done.waves.map(({ devices }) => devices)).toEqual([{ ready: 1 }, { ready: 2 }]);
  for (const one of await devicesOf(id)) {
    expect(one).toMatchObject({ state: 'ready', fault: null, before: { model: old } });
    expect(one.ranAt, report).not.toBeNull();
  }
  process.stdout.write(`rollout under kills:\n${report}\n`);
});

it('a rollback goes on after a kill, and restores every device', { timeout: 300_000 }, async () => {
  const id = await begin({ model: old });
  await until(id, 'a canary', (view) => inState(view, 0, 'ready') > 0);
  await service.request('POST', `/api/v1/rollouts/${id}/rollback`);
  await killed();
  const over = await until(id, 'the end', ({ state }) => state !== 'rolling-back');
  expect(over.state).toBe('rolled-back');
  expect(over.because).toBe('an operator rolled it back');
  for (const device of DEVICES) {
    const path = `/api/v1/devices/${device}`;
    const { model } = await service.request<{ model: { id: string } }>('GET', path);
    expect(model.id).toBe(next);
  }
});

it('a rollout goes back after a kill when its frames fall back with a service', {
  timeout: 300_000,
}, async () => {
  // The cloud cannot answer that soon, and the device finishes the frames itself.
  const id = await begin({ strategy: 'cloud', deadlineMs: 1 });
  await until(id, 'a canary', (v) => inState(v, 0, 'switching') + inState(v, 0, 'ready') > 0);
  await killed();
  const over = await until(id, 'the end', ({ state }) => /done|rolled-back/.test(state));
  expect(over.because).toMatch(/^\d+ % of \d+ frames failed or fell back, /);
  process.stdout.write(`bad change under a kill: ${over.because}\n`);
});

it('a rollout does not take the death of a device during a kill for absence', {
  timeout: 300_000,
}, async () => {
  const id = await begin({ model: old }, { silentS: 45 });
  const view = await until(id, 'a canary', (v) => inState(v, 0, 'switching') > 0);
  expect(view.state).toBe('running');
  const [canary] = (await devicesOf(id)).filter(({ state }) => state === 'switching');
  const agent = agents.get(canary?.device ?? '');
  agent?.running.child.kill('SIGKILL');
  await agent?.running.exited;
  await killed();
  const over = await until(id, 'the end', ({ state }) => state !== 'running');
  expect(over.because).toMatch(
    new RegExp(`^1 of 1 devices failed: ${canary?.device}: it (is silent since|refused)`),
  );
});
