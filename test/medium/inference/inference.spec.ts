/** Frames through broker, plans and tail processes, from a device that is honest, forgetful, or lies. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { referenceNetworks, serializeModel } from '../../../src/onnx/index.js';
import { EventBus } from '../../../src/platform/index.js';
import { openSession, type Session } from '../../../src/runtime/index.js';
import {
  type Chunk,
  cutsOf,
  type DesiredPlan,
  encodeChunk,
  type ImageSpec,
  type ModelDocument,
  type Tensor,
  tensorOfPixels,
} from '../../../src/wire/index.js';
import {
  type BlockMs,
  chunksOf,
  newFrameId,
  type PlayedDevice,
  runBlocks,
} from '../../support/devices/played-device.js';
import { Tandem } from '../../support/service/tandem.js';
import { waitFor } from '../../support/wait-for.js';

const NAME = 'tiny-fork';
let tandem: Tandem;
let model: string;
let whole: Session;
let devices = 0;
const connected: PlayedDevice[] = [];

beforeAll(async () => {
  tandem = await Tandem.start();
  model = await tandem.addModel(NAME);
  const reference = referenceNetworks.find(({ name }) => name === NAME);
  if (reference === undefined) throw new Error('no network');
  whole = await openSession(serializeModel(reference.build()));
}, 60_000);

afterAll(async () => {
  await Promise.all(connected.map((device) => device.leave()));
  await tandem.stop();
  await whole.release();
});

/** A device with a plan: blocks slower than a cloud that has just lost its worker make the cloud do the work. */
async function newDevice(
  options: { blockMs?: BlockMs; mbps?: number; source?: 'image' | 'tensor' } = {},
) {
  const { blockMs = 4000, mbps = 100, source = 'tensor' } = options;
  const connect = await tandem.enrol(`pi-${++devices}`, model);
  const device = await connect();
  connected.push(device);
  const document = await device.model();
  await device.introduce(document, blockMs, mbps, source);
  const plan = await device.plan();
  return { device, document, plan, connect };
}

const imageOf = (document: ModelDocument): ImageSpec => {
  const image = document.inputs[0]?.image;
  if (image === undefined) throw new Error('no image input');
  return image;
};

/** A picture, its tensor, and what the unsplit network says of it. */
async function picture(document: ModelDocument, seed = 1) {
  const pixels = Uint8Array.from({ length: 3 * 32 * 32 }, (_, i) => (i * 31 + seed * 97) % 256);
  const inputs = new Map([['image', tensorOfPixels(pixels, imageOf(document))]]);
  return { pixels: new Map([['image', pixels]]), inputs, expected: await whole.run(inputs) };
}

/** The chunks of a new frame: the device's blocks are run here. */
async function frameOf(
  plan: DesiredPlan,
  inputs: ReadonlyMap<string, Tensor>,
  pixels?: ReadonlyMap<string, Uint8Array>,
  more: Partial<Chunk> = {},
) {
  const tensors = await runBlocks(plan.device, inputs, (digest) => tandem.block(digest));
  const frame = newFrameId();
  return { frame, tensors, chunks: chunksOf(frame, plan, tensors, pixels, more) };
}

async function sendAll(device: PlayedDevice, chunks: readonly Chunk[]): Promise<void> {
  await Promise.all(chunks.map((chunk) => device.sendChunk(chunk)));
}

function expectClose(actual: ReadonlyMap<string, Tensor>, expected: ReadonlyMap<string, Tensor>) {
  const floats = (tensor: Tensor | undefined) => [
    ...new Float32Array(new Uint8Array(tensor?.data ?? []).buffer),
  ];
  for (const [name, tensor] of expected) {
    const wanted = floats(tensor);
    const scale = Math.max(...wanted.map(Math.abs));
    const got = floats(actual.get(name));
    expect(got).toHaveLength(wanted.length);
    for (const [i, value] of wanted.entries()) {
      expect(Math.abs(value - (got[i] ?? Number.NaN)) / scale).toBeLessThan(1e-4);
    }
  }
}

const headOf = async (device: PlayedDevice, frame: string | undefined, before = 0) =>
  (await device.answer(frame, before)).head;

/** The fault a frame ends with. */
async function faultOf(device: PlayedDevice, frame: string | undefined) {
  const head = await headOf(device, frame);
  if (head.kind === 'result') throw new Error('the frame was answered');
  return head;
}

describe('a frame', () => {
  it('returns the outputs of the unsplit network, from pixels', async () => {
    const { device, document, plan } = await newDevice({ source: 'image' });
    expect(plan).toMatchObject({
      device: [],
      uploads: [{ tensor: 'image', encoding: 'pixels', bytes: 3072 }],
    });
    const { inputs, pixels, expected } = await picture(document);
    const { frame, chunks } = await frameOf(plan, inputs, pixels);
    await sendAll(device, chunks);
    const { head, outputs } = await device.answer(frame);
    expect(head).toMatchObject({ kind: 'result', frame });
    expect([...outputs.keys()].toSorted()).toEqual([...expected.keys()].toSorted());
    expectClose(outputs, expected);
    if (head.kind === 'result') expect(head.cloudMs).toBeGreaterThan(0);
  });

  it('returns the same outputs from a tensor whose chunks come doubled and in any order', async () => {
    const { device, document, plan } = await newDevice({ source: 'image' });
    const { inputs, expected } = await picture(document, 2);
    const { frame, chunks } = await frameOf(plan, inputs);
    const doubled = [...chunks.toReversed(), ...chunks];
    await sendAll(device, doubled);
    expectClose((await device.answer(frame)).outputs, expected);
    await sleep(100);
    expect(device.results).toHaveLength(1);
  });

  it('is split at the cut of its plan, and the parts give the outputs of the whole', async () => {
    const cuts = new Set<number>();
    const blocks = (await newDevice()).document.blocks.length;
    for (let quick = 0; quick < blocks; quick++) {
      const blockMs = (place: number): number => (place < quick ? 0.01 : 400);
      const { device, document, plan } = await newDevice({ blockMs, mbps: 4 });
      cuts.add(plan.device.length);
      const { inputs, expected } = await picture(document, quick);
      const { frame, chunks, tensors } = await frameOf(plan, inputs);
      await sendAll(device, chunks);
      const { outputs } = await device.answer(frame);
      expectClose(new Map([...tensors, ...outputs]), expected);
    }
    expect(cuts.size).toBeGreaterThan(1);
  });

  it('follows one cut of the mix of a stream, identified by its tensors, and never two', async () => {
    const { device, document } = await newDevice({ blockMs: 10, mbps: 4 });
    await device.birth('tensor', { objective: 'stream' });
    const plan = await device.plan(({ mix }) => mix !== undefined && mix.cuts.length > 0);
    const cuts = cutsOf(plan).filter(({ cloud }) => cloud.length > 0);
    expect(cutsOf(plan).length).toBeGreaterThan(1);
    const { inputs, expected } = await picture(document, 3);
    for (const cut of cuts) {
      const { frame, chunks, tensors } = await frameOf(cut, inputs);
      await sendAll(device, chunks);
      const { outputs } = await device.answer(frame);
      expectClose(new Map([...tensors, ...outputs]), expected);
    }
    const [first] = cuts;
    if (first === undefined) throw new Error('every cut is local');
    const beyond = first.firstTensor + first.uploads.length + 100;
    const { frame, chunks } = await frameOf(first, inputs, undefined, { tensorIndex: beyond });
    await sendAll(device, chunks.slice(0, 1));
    expect(await faultOf(device, frame)).toMatchObject({ code: 'CHUNK_MISMATCH' });
  });

  it('is answered from memory when it is sent again, and not run again', async () => {
    const { device, document, plan } = await newDevice();
    const { inputs } = await picture(document);
    const { frame, chunks } = await frameOf(plan, inputs);
    await sendAll(device, chunks);
    const first = await device.answer(frame);
    const { run } = tandem.inference.pool.counts;
    await sleep(1100);
    await sendAll(device, chunks);
    const second = await device.answer(frame, 1);
    expect(second.head).toEqual(first.head);
    expect(second.outputs).toEqual(first.outputs);
    expect(tandem.inference.pool.counts.run).toBe(run);
  });

  it('survives the loss of its worker in mid-frame', async () => {
    const { device, document, plan } = await newDevice();
    const { inputs, expected } = await picture(document, 5);
    const frames = await Promise.all(Array.from({ length: 12 }, () => frameOf(plan, inputs)));
    const lost = tandem.inference.pool.counts.workersLost;
    const sending = Promise.all(frames.map(({ chunks }) => sendAll(device, chunks)));
    await waitFor(() => expect(tandem.inference.frames.running).toBeGreaterThan(0), {
      interval: 1,
    });
    process.kill(tandem.inference.pool.pids[0] ?? 0, 'SIGKILL');
    await sending;
    for (const { frame } of frames) {
      const { head, outputs } = await device.answer(frame);
      if (head.kind === 'result') expectClose(outputs, expected);
      else expect(['WORKER_LOST', 'FRAME_EXPIRED', 'FRAME_REFUSED']).toContain(head.code);
    }
    expect(tandem.inference.pool.counts.workersLost).toBe(lost + 1);
  });

  it('expires at its deadline when it stops half-way, with a fault that names what is missing', async () => {
    const { device, document, plan } = await newDevice();
    const { inputs } = await picture(document);
    const { frame, chunks } = await frameOf(plan, inputs, undefined, { deadlineMs: 300 });
    await sendAll(device, chunks.slice(1));
    const fault = await faultOf(device, frame);
    expect(fault.code).toBe('FRAME_EXPIRED');
    expect(fault.message).toContain('missing bytes 0–2047 of image');
    expect(tandem.inference.budget.usedBy(device.id)).toBe(0);
    await sendAll(device, chunks.slice(0, 1));
    await sleep(200);
    expect(tandem.inference.frames.open).toBe(0);
  });

  it('is rejected under a plan the device never had, and the plan is sent again', async () => {
    const { device, document, plan } = await newDevice();
    const { inputs } = await picture(document);
    const { frame, chunks } = await frameOf({ ...plan, version: plan.version + 7 }, inputs);
    const heard = device.plans.length;
    await sendAll(device, chunks);
    expect((await faultOf(device, frame)).code).toBe('PLAN_STALE');
    await waitFor(() => expect(device.plans).toHaveLength(heard + 1));
    expect(device.plans.at(-1)).toEqual(plan);
  });

  it('is answered under an older plan', async () => {
    const { device, document, plan } = await newDevice();
    expect(plan.cloud).not.toEqual([]);
    // On the slowest link there is, any upload takes longer than all blocks.
    await device.introduceLink(document, 10, 0.001);
    await device.plan(({ version, cloud }) => version > plan.version && cloud.length === 0);
    const { inputs, expected } = await picture(document);
    const { frame, chunks } = await frameOf(plan, inputs);
    await sendAll(device, chunks);
    expectClose((await device.answer(frame)).outputs, expected);
  });
});

describe('a device that lies', () => {
  const lies: Record<string, [string, (chunk: Chunk) => Chunk]> = {
    'about the model': ['CHUNK_MISMATCH', (chunk) => ({ ...chunk, model: 'f'.repeat(16) })],
    'about the tensor': ['CHUNK_MISMATCH', (chunk) => ({ ...chunk, tensorIndex: 9 })],
    'about the dtype': ['CHUNK_MISMATCH', (chunk) => ({ ...chunk, dtype: 'int32' })],
    'about the size': [
      'CHUNK_MISMATCH',
      (chunk) => ({ ...chunk, dims: [1, 3, 3200, 3200], tensorBytes: 122_880_000 }),
    ],
    'about its encoding': [
      'CHUNK_MISMATCH',
      (chunk) => ({ ...chunk, encoding: 'f16', tensorBytes: chunk.tensorBytes / 2 }),
    ],
    'about bytes it sent before': [
      'CHUNK_CONFLICT',
      (chunk) => ({ ...chunk, bytes: chunk.bytes.map((byte) => byte ^ 255) }),
    ],
  };

  it.each(Object.entries(lies))(
    '%s gets a fault, and its frame is over',
    async (_, [code, lie]) => {
      const { device, document, plan } = await newDevice();
      const { inputs } = await picture(document);
      const { frame, chunks } = await frameOf(plan, inputs);
      const [first] = chunks as [Chunk];
      await device.sendChunk(first);
      await device.sendChunk(lie(first));
      expect((await faultOf(device, frame)).code).toBe(code);
      await sendAll(device, chunks);
      await sleep(150);
      expect(device.results).toHaveLength(1);
      expect(tandem.inference.budget.usedBy(device.id)).toBe(0);
    },
  );

  it('gets a fault for a broken header or checksum, and is disconnected when it does not stop', async () => {
    const { device, document, plan } = await newDevice();
    const { inputs } = await picture(document);
    const { chunks } = await frameOf(plan, inputs);
    const packet = encodeChunk(chunks[0] as Chunk);
    packet[200] = (packet[200] ?? 0) ^ 1;
    await device.sendPacket(packet);
    expect((await faultOf(device, undefined)).code).toBe('CHUNK_CHECKSUM');
    await device.sendPacket(new Uint8Array(40));
    const second = await headOf(device, undefined, 1);
    expect(second).toMatchObject({ kind: 'fault', code: 'CHUNK_MALFORMED' });
    const closed = new Promise<void>((resolve) => device.onClose(resolve));
    await Promise.race([
      Promise.all(Array.from({ length: 100 }, () => device.sendPacket(new Uint8Array(8)))).catch(
        () => undefined,
      ),
      closed,
    ]);
    await closed;
  });

  it('holds no more memory than four half-received frames, and harms no other device', async () => {
    const { device, document, plan } = await newDevice();
    const honest = await newDevice();
    const { inputs, expected } = await picture(document);
    const { chunks } = await frameOf(plan, inputs);
    const [first] = chunks as [Chunk];
    for (let i = 0; i < 60; i++) await device.sendChunk({ ...first, frame: newFrameId() });
    expect(tandem.inference.budget.usedBy(device.id)).toBeLessThanOrEqual(4 * first.tensorBytes);
    const { frame, chunks: good } = await frameOf(honest.plan, inputs);
    await sendAll(honest.device, good);
    expectClose((await honest.device.answer(frame)).outputs, expected);
  });

  it('gives back the bytes of its half-received frames when it leaves, and each frame ends once', async () => {
    const { device, document, plan } = await newDevice();
    const { inputs } = await picture(document);
    const { chunks } = await frameOf(plan, inputs);
    const [first] = chunks as [Chunk];
    const frames = [newFrameId(), newFrameId()];
    const ended: string[] = [];
    const off = tandem.app.get(EventBus).on('inference.frameEnded', ({ frame, endedAs }) => {
      if (frames.includes(frame)) ended.push(endedAs);
    });
    for (const frame of frames) await device.sendChunk({ ...first, frame });
    await expect.poll(() => tandem.inference.budget.usedBy(device.id)).toBe(2 * first.tensorBytes);
    await device.leave();
    await expect.poll(() => tandem.inference.budget.usedBy(device.id)).toBe(0);
    off();
    expect(ended).toEqual(['FRAME_EXPIRED', 'FRAME_EXPIRED']);
  });
});

describe('the service', () => {
  it('keeps frames apart that different devices send under the same id', async () => {
    const [one, two] = [await newDevice(), await newDevice()];
    const first = await picture(one.document, 3);
    const second = await picture(two.document, 4);
    const { frame, chunks } = await frameOf(one.plan, first.inputs);
    const other = chunksOf(frame, two.plan, second.inputs);
    await Promise.all([sendAll(one.device, chunks), sendAll(two.device, other)]);
    expectClose((await one.device.answer(frame)).outputs, first.expected);
    expectClose((await two.device.answer(frame)).outputs, second.expected);
  });

  it('fails the frames of a deleted model at once', async () => {
    const other = await tandem.addModel('tiny-chain');
    const connect = await tandem.enrol('pi-deleted', other);
    const device = await connect();
    connected.push(device);
    const document = await device.model();
    await device.introduce(document, 100, 100, 'tensor');
    const plan = await device.plan();
    const { inputs } = await picture(document);
    const [half, late] = [await frameOf(plan, inputs), await frameOf(plan, inputs)];
    await sendAll(device, half.chunks.slice(1));
    await tandem.call('PATCH', '/devices/pi-deleted', { model: null });
    expect((await tandem.call('DELETE', `/models/${other}`)).status).toBe(204);
    expect((await faultOf(device, half.frame)).code).toBe('MODEL_UNKNOWN');
    await sendAll(device, late.chunks);
    expect((await faultOf(device, late.frame)).code).toBe('MODEL_UNKNOWN');
  });

  it('passes NaN on, and counts it', async () => {
    const { device, document, plan } = await newDevice();
    const { inputs } = await picture(document);
    const tensor = inputs.get('image');
    if (tensor === undefined) throw new Error('no image');
    const values = new Float32Array(tensor.data.slice().buffer).fill(Number.NaN);
    const poisoned = new Map([['image', { ...tensor, data: new Uint8Array(values.buffer) }]]);
    const { nonFinite } = tandem.inference.counts;
    const { frame, chunks } = await frameOf(plan, poisoned);
    await sendAll(device, chunks);
    expect((await headOf(device, frame)).kind).toBe('result');
    expect(tandem.inference.counts.nonFinite).toBe(nonFinite + 1);
  });
});
