/** What may leave a device, with a real broker, database and model: planned, handed out, and enforced on what arrives. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cutsOf,
  type DesiredPlan,
  type LeavesPolicy,
  type ModelDocument,
  tensorOfPixels,
} from '../../../src/wire/index.js';
import { chunksOf, newFrameId, type PlayedDevice } from '../../support/devices/played-device.js';
import { mustStay } from '../../support/planner/allowed-cuts.js';
import { Tandem } from '../../support/service/tandem.js';
import { waitFor } from '../../support/wait-for.js';

/** A link so quick that everything would be sent, to spare blocks that are slow on the device. */
const [MBPS, BLOCK_MS] = [500, 50];

let tandem: Tandem;
const connected: PlayedDevice[] = [];
let devices = 0;

beforeAll(async () => {
  tandem = await Tandem.start();
}, 60_000);
afterAll(async () => {
  await Promise.all(connected.map((device) => device.leave()));
  await tandem.stop();
});

async function newDevice(model: string) {
  const id = `leaves-${++devices}`;
  const device = await (await tandem.enrol(id, model))();
  connected.push(device);
  await device.introduce(await device.model(), BLOCK_MS, MBPS, 'tensor');
  return { id, device };
}

const setLeaves = (model: string, leaves: LeavesPolicy, service = tandem) =>
  service.call('PATCH', `/models/${model}`, { leaves });

const sentBy = (plan: DesiredPlan): string[] =>
  cutsOf(plan).flatMap(({ uploads }) => uploads.map(({ tensor }) => tensor));

const withheldOf = (plan: DesiredPlan, document: ModelDocument): string[] =>
  sentBy(plan).filter((tensor) => mustStay(document).has(tensor));

/** The newest plan made for the newest model document: the version of the plan is above that of all plans before. */
const planAfter = (device: PlayedDevice, version: number) =>
  device.plan((plan) => plan.version > version && plan.link.samples > 0);

function frameOf(plan: DesiredPlan, document: ModelDocument) {
  const image = document.inputs[0]?.image;
  if (image === undefined) throw new Error('no image input');
  const inputs = new Map([['image', tensorOfPixels(new Uint8Array(3072).fill(9), image)]]);
  const frame = newFrameId();
  return { frame, chunks: chunksOf(frame, plan, inputs) };
}

/** A device that sends its inputs, and its document and plan. */
async function sendingDevice(model: string) {
  const { device } = await newDevice(model);
  const document = await device.model();
  const plan = await planAfter(device, 0);
  expect(plan.uploads.map(({ tensor }) => tensor)).toEqual(['image']);
  return { device, document, plan };
}

describe('a model that lets only features leave', () => {
  it('is planned without its inputs, in the plan and in every row, but still with the cloud', async () => {
    const model = await tandem.addModel('tiny-chain', { name: 'kept', leaves: 'features' });
    const { device } = await newDevice(model);
    const document = await device.model();
    expect(document.leaves).toBe('features');
    const plan = await planAfter(device, 0);
    expect(plan.table?.rows.length).toBeGreaterThan(0);
    expect(withheldOf(plan, document)).toEqual([]);
    expect(plan.uploads.length).toBeGreaterThan(0);
    expect(plan.alternatives.map(({ strategy }) => strategy)).not.toContain('cloud');
  });

  it('is shown with its policy, which another change keeps', async () => {
    const model = await tandem.addModel('tiny-fork', { name: 'shown' });
    const manifest = async () =>
      ((await tandem.call('GET', `/models/${model}`)).body as { manifest: object }).manifest;
    expect(await manifest()).toMatchObject({ policy: 'exact', leaves: 'anything' });
    expect((await setLeaves(model, 'features')).status).toBe(200);
    await tandem.call('PATCH', `/models/${model}`, { policy: 'half' });
    expect(await manifest()).toMatchObject({ policy: 'half', leaves: 'features' });
    const both = [
      setLeaves(model, 'nothing'),
      tandem.call('PATCH', `/models/${model}`, { policy: 'int8' }),
    ];
    await Promise.all(both);
    expect(await manifest()).toMatchObject({ policy: 'int8', leaves: 'nothing' });
  });

  it('rejects an unknown policy and an empty change', async () => {
    const model = await tandem.addModel('tiny-fork', { name: 'shown' });
    for (const body of [{}, { leaves: 'pictures' }, { leaves: null }]) {
      const { status } = await tandem.call('PATCH', `/models/${model}`, body);
      expect([body, status]).toEqual([body, 400]);
    }
    const wrong = { leaves: 'some' as LeavesPolicy };
    await expect(tandem.addModel('tiny-fork', wrong)).rejects.toThrow('MANIFEST_INVALID');
  });
});

describe('a stricter policy', () => {
  it('reaches devices as a new document, and their next plan sends nothing', async () => {
    const model = await tandem.addModel('tiny-chain', { name: 'stricter' });
    const { device, plan } = await sendingDevice(model);
    await setLeaves(model, 'nothing');
    await waitFor(() => expect(device.models.at(-1)?.model?.leaves).toBe('nothing'));
    expect(new Set(device.models.map(({ version }) => version))).toEqual(new Set([1, 2]));
    expect(device.models.at(-1)?.cause).toBe('stricter: nothing may leave the device');
    const local = await device.plan(({ version }) => version > plan.version);
    expect(local.cause.code).toBe('operator');
    expect(sentBy(local)).toEqual([]);
    await setLeaves(model, 'anything');
    const again = await device.plan(({ version }) => version > local.version);
    expect(device.models.at(-1)).toMatchObject({ version: 3 });
    expect(device.models.at(-1)?.model?.leaves).toBeUndefined();
    expect(again.uploads).toEqual(plan.uploads);
  });

  it('is sent with the labels of outputs that were changed, once', async () => {
    const model = await tandem.addModel('tiny-chain', { name: 'labelled' });
    const { device, plan } = await sendingDevice(model);
    const labels = Array.from({ length: 10 }, (_, i) => `label ${i}`);
    const outputs = [{ kind: 'classes', labels }];
    for (let i = 0; i < 2; i++) {
      await tandem.call('PATCH', '/models/labelled@1', { outputs });
      await waitFor(() => expect(device.models.at(-1)?.model?.outputs).toMatchObject(outputs));
    }
    await device.plan(({ version }) => version > plan.version);
    expect(new Set(device.models.map(({ version }) => version))).toEqual(new Set([1, 2]));
    expect(device.models.at(-1)?.cause).toBe('labelled: inputs or outputs changed');
  });

  it('rejects chunks of plans made before it, from the answer to the change on, and keeps no byte', async () => {
    const model = await tandem.addModel('tiny-chain', { name: 'rejecting' });
    const { device, document, plan } = await sendingDevice(model);
    const before = frameOf(plan, document);
    for (const chunk of before.chunks) await device.sendChunk(chunk);
    expect((await device.answer(before.frame)).head.kind).toBe('result');
    await setLeaves(model, 'features');
    const { frame, chunks } = frameOf(plan, document);
    for (const chunk of chunks) await device.sendChunk(chunk);
    const { head } = await device.answer(frame);
    expect(head).toMatchObject({ kind: 'fault', code: 'TENSOR_WITHHELD' });
    expect(tandem.inference.budget.usedBytes).toBe(0);
    await setLeaves(model, 'anything');
    const after = frameOf(plan, document);
    for (const chunk of after.chunks) await device.sendChunk(chunk);
    expect((await device.answer(after.frame)).head.kind).toBe('result');
  });

  it('ends frames under assembly and frees their memory', async () => {
    const model = await tandem.addModel('tiny-chain', { name: 'ending' });
    const { device, document, plan } = await sendingDevice(model);
    const { frame, chunks } = frameOf(plan, document);
    expect(chunks.length).toBeGreaterThan(1);
    for (const chunk of chunks.slice(1)) await device.sendChunk(chunk);
    await waitFor(() => expect(tandem.inference.frames.open).toBe(1));
    await setLeaves(model, 'features');
    const { head } = await device.answer(frame);
    expect(head).toMatchObject({ kind: 'fault', code: 'TENSOR_WITHHELD' });
    expect(tandem.inference.budget.usedBytes).toBe(0);
  });

  it('reaches a device that was away, also over a restart of the service', async () => {
    const first = await Tandem.start();
    const model = await first.addModel('tiny-chain');
    const before = await (await first.enrol('pi', model))();
    await before.introduce(await before.model(), BLOCK_MS, MBPS, 'tensor');
    const plan = await planAfter(before, 0);
    expect(plan.uploads.length).toBeGreaterThan(0);
    await before.leave();
    await first.stop({ data: true });

    const second = await Tandem.start({}, first.data);
    await setLeaves(model, 'nothing', second);
    const after = await second.connectAs('pi', first.secretOf('pi'));
    try {
      await waitFor(() => expect(after.models.at(-1)?.model?.leaves).toBe('nothing'));
      expect(after.models.at(-1)?.version).toBe(2);
      const next = await after.plan();
      expect(next.version).toBe(plan.version + 1);
      expect(sentBy(next)).toEqual([]);
    } finally {
      await after.leave();
      await second.stop({ data: true });
      await rm(first.data, { recursive: true, force: true });
    }
  }, 60_000);
});
