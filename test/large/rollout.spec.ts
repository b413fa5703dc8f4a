/** A model is rolled out to real agents: a good one reaches all of them without losing a frame, a slow one stops at the canary. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { referenceNetwork, serializeModel } from '../../src/onnx/index.js';
import type { RolloutView } from '../../src/rollouts/schemas/rollout-answers.js';
import { AgentProcess } from '../support/processes/agent-process.js';
import { eventually, programs, Service } from '../support/processes/processes.js';
import { paintPictures } from '../testbed/pictures.js';

const DEVICES = ['pi-1', 'pi-2', 'pi-3'] as const;
const PICTURES = 5;
const GATES = { maxFailures: 0.3, minFrames: 15, observeS: 3, convergeS: 90, warmUpS: 3 };
/** The slow model takes ten times as long as usual; other work on the machine makes any frames slow for seconds. */
const MAX_P95_FACTOR = { slow: 1.2, good: 20 };

let folder: string;
let service: Service;
let slowModel: string;
let goodModel: string;
const agents = new Map<string, AgentProcess>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-rollout-'));
  service = await Service.start({ data: join(folder, 'cloud') });
  // An examination takes what cores there are: none is to fall into what frames took before.
  const model = await addModel('tiny-chain');
  // Pictures must stay on the device, and come faster than it runs the model.
  slowModel = await addModel('resnet18', { leaves: 'nothing' });
  goodModel = await addModel('tiny-fork');
  const pictures = await paintPictures(join(folder, 'pictures'), PICTURES);
  for (const device of DEVICES) {
    const secret = await service.addDevice(device, model);
    const flags = [
      ...['--cloud', service.url, '--mqtt', `mqtt://127.0.0.1:${service.mqttPort}`],
      ...['--device', device, '--data', join(folder, device), '--threads', '1', '--slowdown', '8'],
      ...['--input', pictures, '--loop', '--interval-ms', '25', '--objective', 'frame'],
    ];
    const env = { FLOTILLA_AGENT_SECRET: secret };
    agents.set(device, new AgentProcess({ file: programs.agent }, flags, env));
  }
  // The first seconds of an agent are not compared: some later frames have to be there.
  for (const agent of agents.values()) await agent.untilFrames(300);
});

afterAll(async () => {
  await Promise.all([...agents.values()].map(({ running }) => running.stop()));
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

async function addModel(name: string, more: object = {}): Promise<string> {
  const { build, manifest } = referenceNetwork(name);
  return service.addModel(name, serializeModel(build()), { ...manifest, ...more });
}

async function rollOut(
  model: string,
  state: RolloutView['state'],
  maxP95Factor: number,
): Promise<RolloutView> {
  const { id } = await service.request<RolloutView>('POST', '/api/v1/rollouts', {
    ...{ change: { model }, target: { all: true }, waves: [0.1, 1] },
    gates: { ...GATES, maxP95Factor },
  });
  let seen: RolloutView | undefined;
  return eventually(
    `a rollout that is ${state}`,
    async () => {
      seen = await service.request<RolloutView>('GET', `/api/v1/rollouts/${id}`);
      return seen.state === state ? seen : undefined;
    },
    90_000,
  ).catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(seen)}`);
  });
}

/** Names of the models an agent has run frames of, in order. */
function ranOn(device: string): string[] {
  const names = agents.get(device)?.frames.map(({ model }) => model.name) ?? [];
  return names.filter((name, i) => name !== names[i - 1]);
}

async function framesOf(device: string): Promise<Set<string>> {
  const found = new Set<string>();
  let cursor = '';
  for (;;) {
    const page = await service.request<{ frames: { frame: string }[]; next: string | null }>(
      'GET',
      `/api/v1/devices/${device}/frames?limit=1000${cursor}`,
    );
    for (const { frame } of page.frames) found.add(frame);
    if (page.next === null) return found;
    cursor = `&cursor=${page.next}`;
  }
}

it('a slow model is rolled back at the canary, a good one reaches all devices, and no frame is lost', {
  timeout: 300_000,
}, async () => {
  const slow = await rollOut(slowModel, 'rolled-back', MAX_P95_FACTOR.slow);
  expect(slow.because).toMatch(/^the p95 of \d+ frames is .* ms, it was .* ms$/);
  const view = JSON.stringify(slow);
  expect(
    slow.waves.map(({ devices }) => devices),
    view,
  ).toEqual([{ restored: 1 }, { waiting: 2 }]);
  expect(ranOn('pi-2')).toEqual(['tiny-chain']);
  await eventually(
    'the old model on the canary',
    () => ranOn('pi-1').join() === 'tiny-chain,resnet18,tiny-chain' || undefined,
  );
  for (const agent of agents.values()) await agent.untilFrames(agent.frames.length + 20);

  const good = await rollOut(goodModel, 'done', MAX_P95_FACTOR.good);
  expect(good.waves.map(({ devices }) => devices)).toEqual([{ ready: 1 }, { ready: 2 }]);
  for (const [device, agent] of agents) {
    await eventually('the new model', () => ranOn(device).at(-1) === 'tiny-fork' || undefined);
    await agent.untilFrames(agent.frames.length + 10);
    await agent.running.stop();
  }
  for (const [device, { frames }] of agents) {
    expect(frames.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    // Every picture in its turn: none was left out while models changed.
    const turns = frames.map(({ source }) => Number(/(\d+)\D*$/.exec(source)?.[1]));
    const first = Math.min(...turns);
    const expected = turns.map((_, i) => first + (((turns[0] ?? 0) - first + i) % PICTURES));
    expect(turns).toEqual(expected);
    const stored = await framesOf(device);
    expect(frames.filter(({ frame }) => !stored.has(frame))).toEqual([]);
  }
  const text = `slow: ${slow.because}; good: ${JSON.stringify(good.measured)}`;
  process.stdout.write(
    `rollout: ${text}; frames ${[...agents.values()].map(({ frames }) => frames.length).join(', ')}\n`,
  );
});
