/** A device that becomes slower in mid-run, as a hot one does: it profiles its blocks again and gets a plan with the cause. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { referenceNetwork, serializeModel } from '../../src/onnx/index.js';
import { type FrameRecord, imageDims, modelManifest } from '../../src/wire/index.js';
import { seeded } from '../support/devices/split-model.js';
import { npyFile } from '../support/networks/npy-file.js';
import { AgentProcess } from '../support/processes/agent-process.js';
import { eventually, programs, Service } from '../support/processes/processes.js';

interface Plans {
  readonly plans: readonly {
    readonly desired: {
      readonly version: number;
      readonly cause: { readonly code: string; readonly text: string };
      readonly predicted: { readonly deviceMs: number };
    };
  }[];
}

const DEVICE = 'pi-hot';
const THROTTLED_AFTER_S = 12;

let folder: string;
let service: Service;
let agent: AgentProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-drift-'));
  service = await Service.start({ data: join(folder, 'cloud') });
  const { build, manifest } = referenceNetwork('squeezenet');
  const model = await service.addModel('squeezenet', serializeModel(build()), manifest);
  const secret = await service.addDevice(DEVICE, model);
  await service.request('PATCH', `/api/v1/devices/${DEVICE}`, { strategy: 'local' });
  const [input] = modelManifest.parse(manifest).inputs;
  if (input?.image === undefined) throw new Error('the network takes no picture');
  const path = join(folder, 'picture.npy');
  await writeFile(path, npyFile(seeded({ dtype: 'float32', dims: imageDims(input.image) })));
  agent = new AgentProcess(
    { file: programs.agent },
    [
      ...['--cloud', service.url, '--mqtt', `mqtt://127.0.0.1:${service.mqttPort}`],
      ...['--device', DEVICE, '--data', join(folder, DEVICE), '--threads', '1'],
      ...['--input', path, '--loop', '--interval-ms', '20', '--objective', 'frame'],
      ...['--in-flight', '1', '--slowdown', '4', '--throttle', `2@${THROTTLED_AFTER_S}`],
    ],
    { FLOTILLA_AGENT_SECRET: secret },
  );
});

afterAll(async () => {
  await agent.running.stop();
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

async function plans(): Promise<Plans['plans']> {
  return (await service.request<Plans>('GET', `/api/v1/devices/${DEVICE}/plans`)).plans;
}

/** Median of a device's last frames: measured over predicted of the device stage. */
async function ratioOfLast(count: number): Promise<number> {
  const { frames } = await service.request<{
    frames: Pick<FrameRecord, 'measured' | 'predicted'>[];
  }>('GET', `/api/v1/devices/${DEVICE}/frames?limit=${count}`);
  const ratios = frames
    .map(({ measured, predicted }) => measured.deviceMs / (predicted?.deviceMs ?? 0))
    .sort((a, b) => a - b);
  return ratios[ratios.length >> 1] ?? 0;
}

describe('a device that becomes twice as slow', () => {
  it('profiles its blocks again and gets a plan for the drift whose predictions hold', async () => {
    const first = await eventually('the first plan', async () => (await plans()).at(-1), 60_000);
    const firstMs = first.desired.predicted.deviceMs;
    // A busy machine may have had the blocks timed too slow at first, which is a drift too: the one meant here is upwards.
    const slower = await eventually(
      'a plan for the slower device',
      async () =>
        (await plans()).find(({ desired }) => desired.predicted.deviceMs > 1.5 * firstMs)?.desired,
      60_000,
    );
    // Twice, and a tenth more or less at both ends by what an emulated processor allows for, on a host that may be busier than it was.
    expect(slower.predicted.deviceMs).toBeLessThan(3.2 * firstMs);
    await agent.untilLog('times what they took by themselves');
    // Where a drift of the start is less than half a minute ago, frames correct the profile alone.
    expect(['drift', 'profile']).toContain(slower.cause.code);
    const framesThen = agent.frames.length;
    await eventually('more frames', async () => agent.frames.length > framesThen + 20 || undefined);
    await eventually('true predictions', async () => {
      const off = Math.abs((await ratioOfLast(15)) - 1);
      return off < 0.1 || undefined;
    });
    const drifts = (await plans()).filter(({ desired }) => desired.cause.code === 'drift');
    expect(drifts.length).toBeLessThanOrEqual(3);
  });
});
