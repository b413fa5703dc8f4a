/** A device that begins frames and never ends them does not make the service hold more. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { referenceNetwork, serializeModel } from '../../src/onnx/index.js';
import { type Chunk, type Tensor, tensorBytes } from '../../src/wire/index.js';
import { chunksOf, newFrameId, PlayedDevice } from '../support/devices/played-device.js';
import { Service } from '../support/processes/processes.js';

const FRAMES = 10_000;
const WINDOW = 100;

let folder: string;
let service: Service;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-strain-'));
  const env = { FLOTILLA_DEVICE_MESSAGES_PER_S: '100000' };
  service = await Service.start({ data: join(folder, 'cloud'), env });
});

afterAll(async () => {
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Resident memory of the service's own process. */
async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${service.process.child.pid}/status`, 'utf8');
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
}

/** The first chunk of a frame whose tensors the cloud would have to hold. */
async function firstChunk(device: PlayedDevice): Promise<Chunk> {
  const document = await device.model();
  await device.introduce(document, 1000, 1000, 'tensor');
  const plan = await device.plan(({ uploads }) => uploads.length > 0);
  const tensors = document.tensors.map(({ name, dtype, dims }): [string, Tensor] => {
    return [name, { dtype, dims, data: new Uint8Array(tensorBytes({ dtype, dims })) }];
  });
  const [first] = chunksOf(newFrameId(), plan, new Map(tensors));
  if (first === undefined) throw new Error('the plan sends nothing');
  return first;
}

it('the memory of the service stays flat while a device begins ten thousand frames and ends none', async () => {
  const network = referenceNetwork('three-cameras');
  const onnx = serializeModel(network.build());
  const model = await service.addModel('three-cameras', onnx, network.manifest);
  const secret = await service.addDevice('pi-endless', model);
  const device = await PlayedDevice.connect(service.mqttPort, 'pi-endless', secret);
  const first = await firstChunk(device);
  // Were they kept, they would take hundreds of megabytes.
  expect(first.tensorBytes * FRAMES).toBeGreaterThan(500e6);
  const begin = async (frames: number): Promise<void> => {
    for (let sent = 0; sent < frames; sent += WINDOW) {
      const some = Array.from({ length: WINDOW }, () =>
        device.sendChunk({ ...first, frame: newFrameId() }),
      );
      await Promise.all(some);
    }
  };
  await begin(FRAMES / 10);
  const before = await residentBytes();
  await begin(FRAMES);
  // It swings by some tens of megabytes with the collector.
  expect((await residentBytes()) - before).toBeLessThan(150e6);
  await service.request('GET', '/health/ready');
  await device.leave();
});
