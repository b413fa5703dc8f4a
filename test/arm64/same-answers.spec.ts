/**
 * The packaged agent on an emulated 64-bit ARM processor, against the service on this machine: it enrols, times its blocks, follows
 * plans, and answers as x64 does. What differs is rounding, within the tolerance that `flotilla model check` grants a split.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOLERATED_REL } from '../../src/models/examination/accuracy/difference.js';
import { referenceNetwork, serializeModel } from '../../src/onnx/index.js';
import { openSession } from '../../src/runtime/index.js';
import { numbersOf, seededRandom, type Tensor } from '../../src/wire/index.js';
import { emulatedMachine } from '../support/arm64/emulated-machine.js';
import { installAgentForArm64 } from '../support/arm64/installed-agent.js';
import { paintPatterns } from '../support/arm64/patterns.js';
import { npyFile } from '../support/networks/npy-file.js';
import { modelFiles, readModelFile } from '../support/networks/onnx-graphs.js';
import { AgentProcess, type FrameLine } from '../support/processes/agent-process.js';
import { type Program, programs, Service } from '../support/processes/processes.js';

interface Network {
  readonly name: string;
  readonly input: string;
  readonly dims: readonly number[];
}

const NETWORKS: readonly Network[] = [
  { name: 'tiny-chain', input: 'image', dims: [1, 3, 32, 32] },
  { name: 'tiny-fork', input: 'image', dims: [1, 3, 32, 32] },
  { name: 'mnist-8', input: 'Input3', dims: [1, 1, 28, 28] },
];
const FRAMES = 3;

/** How a device gets each kind of plan. Under `auto` it must keep the input, and is far slower than the cloud: that leaves a cut in two. */
const PLANS = {
  local: { strategy: 'local', leaves: 'anything' },
  cloud: { strategy: 'cloud', leaves: 'anything' },
  both: { strategy: 'auto', leaves: 'features' },
} as const;
type Plan = keyof typeof PLANS;

const machine = await emulatedMachine();
const files = machine ? modelFiles() : [];
const networks = NETWORKS.filter(
  ({ name }) => name !== 'mnist-8' || files.includes('mnist-8.onnx'),
);

describe.skipIf(machine === undefined)('the agent on 64-bit ARM', () => {
  let folder: string;
  let service: Service;
  let arm64: Program;
  let devices = 0;
  const largest: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flotilla-arm64-'));
    arm64 = { file: await installAgentForArm64(join(folder, 'agent')), ...machine };
    service = await Service.start({ data: join(folder, 'cloud') });
  });
  afterAll(async () => {
    process.stdout.write(`largest differences, relative: ${largest.join(', ')}\n`);
    await service?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Adds a network, or finds it; its id. */
  async function addModel(name: string): Promise<string> {
    if (name === 'mnist-8') return await service.addModel(name, readModelFile('mnist-8.onnx'));
    const { build, manifest } = referenceNetwork(name);
    return await service.addModel(name, serializeModel(build()), manifest);
  }

  /** Runs an agent of a new device over files, to its end; its frames. */
  async function answers(
    agent: Program,
    plan: Plan,
    name: string,
    input: string,
  ): Promise<{ device: string; frames: readonly FrameLine[] }> {
    const { strategy, leaves } = PLANS[plan];
    const model = await addModel(name);
    await service.request('PATCH', `/api/v1/models/${model}`, { leaves });
    const device = `pi-${++devices}`;
    const secret = await service.addDevice(device, model);
    await service.request('PATCH', `/api/v1/devices/${device}`, { strategy });
    const running = new AgentProcess(
      agent,
      [
        ...['--cloud', service.url, '--mqtt', `mqtt://127.0.0.1:${service.mqttPort}`],
        ...['--device', device, '--data', join(folder, device), '--threads', '1'],
        ...['--slowdown', '20', '--deadline-ms', '60000', '--outputs', '--input', input],
      ],
      { FLOTILLA_AGENT_SECRET: secret },
    );
    expect(await running.running.exited, running.log).toBe(0);
    return { device, frames: running.frames };
  }

  /** The frames ran where the plan says. */
  function expectPlace(plan: Plan, frames: readonly FrameLine[]): void {
    const outcome = plan === 'local' ? 'local-plan' : 'cloud';
    expect(frames.map((frame) => frame.outcome)).toEqual(frames.map(() => outcome));
    for (const frame of frames) {
      expect((frame.plan?.device ?? 0) > 0).toBe(plan !== 'cloud');
      expect((frame.plan?.cloud ?? 0) > 0).toBe(plan !== 'local');
    }
  }

  const cases = networks.flatMap((network) =>
    (Object.keys(PLANS) as Plan[]).map((plan) => ({ ...network, plan })),
  );
  it.each(cases)('answers $name as x64 does in one piece, plan: $plan', async (one) => {
    const { name, input, dims, plan } = one;
    const tensors = Array.from({ length: FRAMES }, (_, i) => drawn(dims, i + 1));
    const { device, frames } = await answers(
      arm64,
      plan,
      name,
      await written(join(folder, `${name}-${plan}`), tensors),
    );
    expect(frames).toHaveLength(FRAMES);
    expectPlace(plan, frames);
    const { birth } = await service.request<{ birth: unknown }>('GET', `/api/v1/devices/${device}`);
    expect(birth).toMatchObject({ platform: 'linux arm64' });

    const session = await openSession(
      name === 'mnist-8'
        ? readModelFile('mnist-8.onnx')
        : serializeModel(referenceNetwork(name).build()),
    );
    const wanted: Answer[] = [];
    for (const tensor of tensors) {
      const whole = await session.run(new Map([[input, tensor]]));
      wanted.push(new Map([...whole].map(([output, value]) => [output, numbersOf(value)])));
    }
    await session.release();
    const difference = mostDifferent(frames.map(answerOf), wanted);
    largest.push(`${name} ${plan} ${difference.toExponential(1)}`);
    expect(difference).toBeLessThanOrEqual(TOLERATED_REL);
  });

  it('answers pictures as the agent on x64 does', async () => {
    const pictures = join(folder, 'pictures');
    await paintPatterns(pictures, ['a.jpg', 'b.png', 'c.webp']);
    const { frames } = await answers(arm64, 'local', 'tiny-fork', pictures);
    const { frames: wanted } = await answers(
      { file: programs.agent },
      'local',
      'tiny-fork',
      pictures,
    );
    expect(wanted).toHaveLength(3);
    const difference = mostDifferent(frames.map(answerOf), wanted.map(answerOf));
    largest.push(`pictures ${difference.toExponential(1)}`);
    expect(difference).toBeLessThanOrEqual(TOLERATED_REL);
  });
});

/** Numbers by the name of the output. */
type Answer = ReadonlyMap<string, readonly number[]>;

const answerOf = ({ outputs = [] }: FrameLine): Answer =>
  new Map(outputs.map(({ name, values }) => [name, values]));

/** Largest difference of any output of any frame, relative to the largest value of the output wanted. */
function mostDifferent(actual: readonly Answer[], wanted: readonly Answer[]): number {
  expect(actual).toHaveLength(wanted.length);
  const differences = wanted.flatMap((outputs, i) => {
    expect([...(actual[i]?.keys() ?? [])].sort()).toEqual([...outputs.keys()].sort());
    return [...outputs].map(([name, numbers]) => {
      const got = actual[i]?.get(name) ?? [];
      expect(got).toHaveLength(numbers.length);
      const most = Math.max(
        ...numbers.map((number, at) => Math.abs((got[at] ?? Number.NaN) - number)),
      );
      return most / Math.max(...numbers.map(Math.abs));
    });
  });
  return Math.max(...differences);
}

function drawn(dims: readonly number[], seed: number): Tensor {
  const random = seededRandom(seed);
  const length = dims.reduce((product, dim) => product * dim, 1);
  const values = Float32Array.from({ length }, () => 2 * random() - 1);
  return { dtype: 'float32', dims, data: new Uint8Array(values.buffer) };
}

/** Writes tensors as files of a new folder, in their order; the folder. */
async function written(into: string, tensors: readonly Tensor[]): Promise<string> {
  await mkdir(into);
  for (const [i, tensor] of tensors.entries()) {
    await writeFile(join(into, `${i}.npy`), npyFile(tensor));
  }
  return into;
}
