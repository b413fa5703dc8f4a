/**
 * Networks with outputs of varying size, whole-number inputs, half-precision ends, names and shapes that earlier versions
 * refused or lost frames of. The oracle is the runtime on the whole file without its optimiser.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareModel } from '../../src/models/examination/inputs/prepared-model.js';
import { serializeTensor } from '../../src/onnx/index.js';
import { modelManifest, numbersOf, type Tensor } from '../../src/wire/index.js';
import { SmallCloud } from '../support/devices/small-cloud.js';
import { planOf, splitPrepared } from '../support/devices/split-model.js';
import { bytesOfOdd, oddInputs, oddNetworks } from '../support/networks/odd-networks.js';
import { AgentProcess, type FrameLine } from '../support/processes/agent-process.js';
import { programs, Service } from '../support/processes/processes.js';

type OddNetwork = (typeof oddNetworks)[number];

let folder: string;
let service: Service;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-odd-'));
  service = await Service.start({ data: join(folder, 'cloud') });
});
afterAll(async () => {
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Numbers {
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

/** The outputs of the whole file. */
async function wholeOutputs(name: string, inputs: ReadonlyMap<string, Tensor>) {
  const ort = (await import('onnxruntime-node')).default;
  const options = { graphOptimizationLevel: 'disabled' } as const;
  const session = await ort.InferenceSession.create(bytesOfOdd(name), options);
  const feeds: Record<string, OrtTensor> = {};
  for (const [input, { dtype, dims, data }] of inputs) {
    const values = {
      float32: () => new Float32Array(data.slice().buffer),
      float16: () => new Uint16Array(data.slice().buffer),
      int32: () => new Int32Array(data.slice().buffer),
      int64: () => new BigInt64Array(data.slice().buffer),
    }[dtype as 'float32']();
    feeds[input] = new ort.Tensor(dtype as 'float32', values as Float32Array, dims);
  }
  const results: InferenceSession.OnnxValueMapType = await session.run(feeds);
  await session.release();
  return new Map(
    Object.entries(results).map(([output, value]): [string, Numbers] => {
      const { type, dims, data } = value as OrtTensor;
      const { buffer, byteOffset, byteLength } = data as Float32Array;
      const bytes = new Uint8Array(buffer, byteOffset, byteLength);
      return [output, { dims, values: numbersOf({ dtype: type as 'float32', dims, data: bytes }) }];
    }),
  );
}

/** Writes the inputs of some frames; the flags of an agent that runs them. */
async function inputFlags(network: OddNetwork, frames: readonly ReadonlyMap<string, Tensor>[]) {
  const flags: string[] = [];
  for (const [place, input] of Object.keys(network.inputs).entries()) {
    for (const [i, tensors] of frames.entries()) {
      const path = join(folder, `${network.name}-${place}-${i}.pb`);
      await writeFile(path, serializeTensor('input', tensors.get(input) as Tensor));
    }
    flags.push('--input', `${input}=${join(folder, `${network.name}-${place}-*.pb`)}`);
  }
  return [...flags, '--outputs', '--threads', '1', '--deadline-ms', '30000'];
}

async function expectAnswers(
  { name }: OddNetwork,
  frames: readonly ReadonlyMap<string, Tensor>[],
  answered: readonly FrameLine[],
) {
  expect(answered).toHaveLength(frames.length);
  for (const [i, inputs] of frames.entries()) {
    const wanted = await wholeOutputs(name, inputs);
    const got = answered[i]?.outputs ?? [];
    expect(got.map((output) => output.name).sort()).toEqual([...wanted.keys()].sort());
    for (const { name: output, values = [], dims } of got) {
      const { values: expected, dims: expectedDims } = wanted.get(output) as Numbers;
      expect(dims, `${output} of frame ${i}`).toEqual(expectedDims);
      const largest = Math.max(0, ...expected.map(Math.abs));
      // Halves are exact to 2⁻¹¹ of their value, float32 behind a sigmoid to a few units of 2⁻²⁴.
      const tolerated = name === 'fp16_io' ? largest * 2 ** -9 : 1e-4 * largest + 2 ** -20;
      for (const [at, value] of expected.entries()) {
        expect(Math.abs((values[at] ?? Number.NaN) - value)).toBeLessThanOrEqual(tolerated);
      }
    }
  }
}

/** Frames with other contents than those of the examination, so that sizes differ. */
const framesOf = (network: OddNetwork, count: number) =>
  Array.from({ length: count }, (_, i) => oddInputs(network, 100 + i));

describe.each(oddNetworks)('$name', (network) => {
  let model: string;

  it('is accepted', async () => {
    model = await service.addModel(
      network.name.toLowerCase(),
      bytesOfOdd(network.name),
      network.manifest,
    );
  });

  it.each(['local', 'cloud', 'auto'])(
    'answers as the whole network does, planned by %s',
    async (strategy) => {
      const device = `${network.name}-${strategy}`.toLowerCase().replaceAll('_', '-');
      const secret = await service.addDevice(device, model);
      await service.request('PATCH', `/api/v1/devices/${device}`, { strategy });
      const frames = framesOf(network, 3);
      const agent = new AgentProcess(
        { file: programs.agent },
        [
          ...['--cloud', service.url, '--mqtt', `mqtt://127.0.0.1:${service.mqttPort}`],
          ...['--device', device, '--data', join(folder, device)],
          ...(await inputFlags(network, frames)),
        ],
        { FLOTILLA_AGENT_SECRET: secret },
      );
      expect(await agent.ended(), agent.log).toBe(0);
      await expectAnswers(network, frames, agent.frames);
      const outcomes = new Set(agent.frames.map(({ outcome }) => outcome));
      if (strategy !== 'auto')
        expect(outcomes).toEqual(new Set([strategy === 'cloud' ? 'cloud' : 'local-plan']));
      expect(outcomes).not.toContain('local-fallback');
    },
  );

  it('answers as the whole network does at every cut', async () => {
    const prepared = await prepareModel(bytesOfOdd(network.name), {
      manifest: modelManifest.parse(network.manifest),
      ...{ seed: 1, threads: 1, progress: () => {} },
    });
    const split = await splitPrepared(prepared, network.name);
    const count = split.document.blocks.length + 1;
    const frames = framesOf(network, 3 * count);
    const cloud = await SmallCloud.start('pi', 'secret-of-the-test');
    try {
      await cloud.assignModel(split);
      const cuts = Array.from({ length: count }, (_, onDevice) => planOf(split, 1, onDevice));
      const pattern = cuts.map((_, cut) => cut);
      await cloud.assignPlan(1, 0, {
        mix: { cuts: cuts.slice(1), pattern, periodMs: 100 },
        deadlineMs: 30_000,
      });
      const agent = new AgentProcess(
        { file: programs.agent },
        [
          ...['--cloud', cloud.blocks.url, '--mqtt', cloud.mqttUrl, '--device', 'pi'],
          ...[
            '--data',
            join(folder, `${network.name}-cuts`),
            ...(await inputFlags(network, frames)),
          ],
        ],
        { FLOTILLA_AGENT_SECRET: 'secret-of-the-test' },
      );
      expect(await agent.ended(), agent.log).toBe(0);
      await expectAnswers(network, frames, agent.frames);
      const onDevice = new Set(agent.frames.map(({ plan }) => plan?.device));
      expect([...onDevice].sort((a = 0, b = 0) => a - b)).toEqual(pattern);
    } finally {
      await cloud.close();
      await split.whole.release();
    }
  });
});
