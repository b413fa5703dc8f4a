/**
 * What a network answers does not depend on where it runs: through agent, MQTT and cloud, cut in two by the planner, it
 * gives what its publisher, or the whole network in one piece, says. Real networks are looked for next to the repository.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readTensorProto } from '../../firmware-agent/src/inputs/tensor-proto.js';
import { referenceNetwork, serializeModel } from '../../src/onnx/index.js';
import { openSession } from '../../src/runtime/index.js';
import { imageDims, modelManifest, type Tensor } from '../../src/wire/index.js';
import { seeded } from '../support/devices/split-model.js';
import { LinkShaper } from '../support/mqtt/link-shaper.js';
import { npyFile } from '../support/networks/npy-file.js';
import { modelFiles, modelFolder, readModelFile } from '../support/networks/onnx-graphs.js';
import {
  AgentProcess,
  type FrameLine,
  parseFrameLine,
} from '../support/processes/agent-process.js';
import { eventually, programs, Service } from '../support/processes/processes.js';

interface Plans {
  readonly plans: readonly {
    readonly desired: {
      readonly version: number;
      readonly device: readonly string[];
      readonly cloud: readonly string[];
      readonly uploads: readonly { readonly bytes: number }[];
    };
  }[];
}

let folder: string;
let service: Service;
let link: LinkShaper;
let device: string;
let agent: AgentProcess | undefined;
let devices = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-system-'));
  service = await Service.start({ data: join(folder, 'cloud') });
});

afterAll(async () => {
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(() => {
  devices += 1;
  device = `pi-${devices}`;
});

afterEach(async () => {
  await agent?.running.stop();
  await link.close();
});

interface Pi {
  readonly model: string;
  readonly uplinkMbps: number;
  readonly slowdown: number;
}

/** A machine busy with other tests may be slow: the question here is what is answered, not when. */
const PATIENCE = ['--deadline-ms', '30000'];

/** Starts the built agent of a new device behind a shaped link; its work is said by `args`. */
async function start(
  { model, uplinkMbps, slowdown }: Pi,
  ...args: string[]
): Promise<AgentProcess> {
  const target = { host: '127.0.0.1', port: service.mqttPort };
  link = await LinkShaper.start(target, { uplinkMbps, downlinkMbps: 50, latencyMs: 2 });
  const secret = await service.addDevice(device, model);
  const flags = [
    ...['--cloud', service.url, '--mqtt', `mqtt://127.0.0.1:${link.port}`, '--device', device],
    ...['--data', join(folder, device), '--slowdown', `${slowdown}`, '--threads', '1', '--outputs'],
    ...PATIENCE,
  ];
  agent = new AgentProcess({ file: programs.agent }, [...flags, ...args], {
    FLOTILLA_AGENT_SECRET: secret,
  });
  return agent;
}

/** The cloud finished the frame, under a plan that REST shows as one with blocks on both sides. */
async function expectCut(frame: FrameLine | undefined): Promise<void> {
  const { plans } = await service.request<Plans>('GET', `/api/v1/devices/${device}/plans`);
  const plan = plans.find(({ desired }) => desired.version === frame?.plan?.version)?.desired;
  expect(plan?.device.length).toBeGreaterThan(0);
  expect(plan?.cloud.length).toBeGreaterThan(0);
  expect(frame).toMatchObject({
    outcome: 'cloud',
    plan: { device: plan?.device.length, cloud: plan?.cloud.length },
    sentBytes: plan?.uploads.reduce((sum, { bytes }) => sum + bytes, 0),
  });
}

function floats({ data }: Tensor): Float32Array {
  return new Float32Array(new Uint8Array(data).buffer);
}

type Numbers = readonly number[] | undefined;

/** Largest distance between numbers and those wanted, each divided by `unit` of the wanted one. */
function distance(values: Numbers, wanted: Float32Array, unit = (_: number) => 1): number {
  expect(values).toHaveLength(wanted.length);
  return Math.max(
    ...wanted.map((one, i) => Math.abs(one - (values?.[i] ?? Number.NaN)) / unit(one)),
  );
}

/** In half precision a published probability (at most 0.132) is met within 0.00013, each of them within half a percent. */
function expectPublished(values: Numbers, published: Float32Array): void {
  expect(distance(values, published)).toBeLessThan(1.5e-4);
  // Below the smallest normal half, halves are 2⁻²⁴ apart.
  expect(distance(values, published, (one) => Math.max(Math.abs(one), 2 ** -14))).toBeLessThan(
    0.01,
  );
}

describe.skipIf(!modelFiles().includes('squeezenet_fp16.onnx'))('SqueezeNet, as published', () => {
  const input = join(modelFolder, 'squeezenet.input_0.pb');
  let pi: Pi;
  let published: Float32Array;

  beforeAll(async () => {
    const model = await service.addModel('squeezenet', readModelFile('squeezenet_fp16.onnx'));
    pi = { model, uplinkMbps: 5, slowdown: 80 };
    published = floats(
      readTensorProto(await readFile(join(modelFolder, 'squeezenet.output_0.pb'))),
    );
  });

  it('gives its published output for a tensor file', async () => {
    const one = await start(pi, '--input', input);
    expect(await one.ended()).toBe(0);
    expect(one.frames).toHaveLength(1);
    await expectCut(one.frames[0]);
    expectPublished(one.frames[0]?.outputs?.[0]?.values, published);
  });

  it('gives its published output at the local door', async () => {
    const one = await start(pi, '--http-port', '0');
    const [url = ''] = (await one.untilLog('POST http')).match(/http\S+/) ?? [];
    await untilPlanned(url);
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: new Uint8Array(await readFile(input)),
    });
    expect(response.status).toBe(200);
    const frame = parseFrameLine(await response.text());
    await expectCut(frame);
    expectPublished(frame.outputs?.[0]?.values, published);
    expect(await one.running.stop()).toBe(0);
  });
});

describe('a network with', () => {
  it.each([
    ['several outputs', 'three-heads', 5, 48],
    ['several inputs', 'three-cameras', 3, 48],
  ])('%s answers as the whole network does in one piece', async (_, name, uplinkMbps, slowdown) => {
    const { build, manifest } = referenceNetwork(name);
    const onnx = serializeModel(build());
    const inputs = new Map<string, Tensor>();
    for (const { name: input = '', image } of modelManifest.parse(manifest).inputs) {
      if (image) inputs.set(input, seeded({ dtype: 'float32', dims: imageDims(image) }));
    }
    const session = await openSession(onnx);
    const whole = await session.run(inputs);
    await session.release();

    const model = await service.addModel(name, onnx, manifest);
    const one = await start({ model, uplinkMbps, slowdown }, ...(await inputFlags(inputs)));
    expect(await one.ended()).toBe(0);
    const [frame] = one.frames;
    await expectCut(frame);
    expect(frame?.outputs?.map((output) => output.name).sort()).toEqual([...whole.keys()].sort());
    for (const { name: output, values } of frame?.outputs ?? []) {
      const wanted = floats(whole.get(output) as Tensor);
      const largest = Math.max(...wanted.map(Math.abs));
      expect(distance(values, wanted)).toBeLessThanOrEqual(1e-4 * largest);
    }
  });
});

/** The tensors as files, each fed to its input. */
async function inputFlags(inputs: ReadonlyMap<string, Tensor>): Promise<string[]> {
  const flags: string[] = [];
  for (const [name, tensor] of inputs) {
    const path = join(folder, `${device}-${name}.npy`);
    await writeFile(path, npyFile(tensor));
    flags.push('--input', `${name}=${path}`);
  }
  return flags;
}

/** Resolves when the agent has a plan of the cloud. */
async function untilPlanned(inferUrl: string): Promise<void> {
  await eventually('a plan', async () => {
    const response = await fetch(new URL('/status', inferUrl));
    return ((await response.json()) as { plan?: object }).plan;
  });
}
