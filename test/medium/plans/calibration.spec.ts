/** Feedback of frames, with a real broker, database and model: it corrects predictions and leads to another plan when needed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PlanningCounts } from '../../../src/plans/control/planning-counts.js';
import { EventBus } from '../../../src/platform/index.js';
import { type DesiredPlan, DRIFT_FRAMES, type FrameRecord } from '../../../src/wire/index.js';
import { linkOf, newFrameId, type PlayedDevice } from '../../support/devices/played-device.js';
import { wireSamples } from '../../support/mqtt/wire-samples.js';
import { Tandem } from '../../support/service/tandem.js';
import { waitFor } from '../../support/wait-for.js';

interface Frames {
  readonly frames: readonly Pick<FrameRecord, 'frame' | 'measured' | 'predicted' | 'totalMs'>[];
}

const LINK = linkOf(20);

let tandem: Tandem;
let model: string;
let id: string;
let device: PlayedDevice;
let plan: DesiredPlan;
let devices = 0;

beforeAll(async () => {
  tandem = await Tandem.start();
  model = await tandem.addModel('tiny-chain');
}, 60_000);
afterAll(() => tandem.stop());

beforeEach(async () => {
  id = `calibrated-${++devices}`;
  device = await (await tandem.enrol(id, model))();
  // Slow blocks: the plan leaves all of them to the cloud, whatever is learned of it.
  await device.introduce(await device.model(), 400, 20, 'tensor');
  plan = await device.plan(({ cloud, link }) => cloud.length > 0 && link.samples > 0);
  // A frame is as old as it lasted, and does not begin before its plan is known.
  await sleep(200);
  return () => device.leave();
});

/** A frame of the plan that took what was predicted, and these times instead. */
function frameWith(
  times: Partial<FrameRecord['measured']>,
  more: Partial<FrameRecord> = {},
): FrameRecord {
  const { totalMs, ...predicted } = plan.predicted;
  return {
    ...wireSamples.record.records[0],
    ...{ frame: newFrameId(), model: plan.model, planVersion: plan.version, at: plan.at },
    ...{ ageMs: 0, outcome: 'cloud', deadlineMs: 1000, sentBytes: 1, cut: 0, link: LINK },
    // As long as the plan's, and longer where a stage is.
    totalMs: Math.max(totalMs, ...Object.values(times)),
    ...{ measured: { ...predicted, ...times }, predicted: plan.predicted },
    ...more,
  };
}

/** Sends a record and waits until the history has it. */
async function store(record: FrameRecord): Promise<Frames['frames'][number]> {
  await device.send('record', { v: 1, records: [record] });
  return waitFor(async () => {
    const { body } = await tandem.call('GET', `/devices/${id}/frames?limit=1000`);
    const found = (body as Frames).frames.find(({ frame }) => frame === record.frame);
    if (found === undefined) throw new Error('not there yet');
    return found;
  });
}

describe('the history', () => {
  it('shows predictions for the link as it was when the frame began, though the plan was kept', async () => {
    const [sent] = plan.uploads;
    const slower = linkOf(10, { rttMs: 30 });
    const { predicted } = await store(frameWith({}, { link: slower }));
    const bytes = (sent?.bytes ?? 0) + 212;
    expect(predicted?.uplinkMs).toBeCloseTo(30 + bytes * slower.uplinkMsPerByte, 0);
    expect(predicted?.uplinkMs).toBeGreaterThan(plan.predicted.uplinkMs + 19);
    expect(predicted?.totalMs).toBeGreaterThan(plan.predicted.totalMs + 19);
    expect(device.plans.at(-1)?.version).toBe(plan.version);
  });

  it('keeps the prediction of the plan for an old frame', async () => {
    const planned = { ...plan.predicted, totalMs: 12_345 };
    const { predicted } = await store(frameWith({}, { ageMs: 3_600_000, predicted: planned }));
    expect(predicted).toEqual(planned);
  });

  it('predicts the way back and the overhead of a tensor as frames showed them', async () => {
    const { uplinkMs } = plan.predicted;
    const times = { downlinkMs: 7, uplinkMs: uplinkMs + 4 };
    const first = await store(frameWith(times));
    expect(first.predicted?.downlinkMs).toBeLessThan(1);
    for (let i = 0; i < 4; i++) await store(frameWith(times));
    const { predicted } = await store(frameWith(times));
    expect(predicted?.downlinkMs).toBeCloseTo(7, 1);
    expect(predicted?.uplinkMs).toBeCloseTo(uplinkMs + 4, 1);
    // 4 ms on the uplink, and 7 on the way back, less what was assumed of it.
    const moreMs = (predicted?.totalMs ?? 0) - (first.predicted?.totalMs ?? 0);
    expect(moreMs).toBeCloseTo(4 + 7 - plan.predicted.downlinkMs, 0);
  });

  it('predicts the way back by the rate that the device measured, and moves the plan with it', async () => {
    const { tensors, outputs } = await device.model();
    const names = new Set(outputs.map(({ name }) => name));
    const resultBytes = tensors.reduce(
      (sum, { name, bytes }) => sum + (names.has(name) ? bytes : 0),
      0,
    );
    // 32 kbps, and some 300 bytes around the outputs.
    const slowMs = ((resultBytes + 300) * 8) / 32;
    const slow = linkOf(20, { downlinkMsPerByte: 8 / 32 });
    const { predicted } = await store(frameWith({ downlinkMs: slowMs }, { link: slow }));
    expect(predicted?.downlinkMs).toBeCloseTo(slowMs, -1);
    // At 1 kbps a result takes longer than all blocks on the device.
    await device.reportLink(linkOf(20, { downlinkMsPerByte: 8 }));
    const local = await device.plan(({ cloud }) => cloud.length === 0);
    expect(((resultBytes + 300) * 8) / 1).toBeGreaterThan(local.predicted.totalMs);
    await device.reportLink(linkOf(20));
    const back = await device.plan(
      ({ version, cloud }) => version > local.version && cloud.length > 0,
    );
    // What slow results took is no part of a downlink that is unknown again.
    expect(back.predicted.downlinkMs).toBeLessThan(5);
  });

  it('predicts the device’s own overheads as it measured them', async () => {
    const before = await store(frameWith({}));
    const { blocks } = await device.model();
    const times = blocks.map(({ digest }) => ({ digest, medianMs: 400, spreadMs: 0, runs: 5 }));
    const overheads = { handOverMs: 1, frameMs: 3 };
    await device.send('profile', { v: 1, model: plan.model, blocks: times, overheads });
    await store(frameWith({}));
    const after = await store(frameWith({}));
    const moreMs = (after.predicted?.totalMs ?? 0) - (before.predicted?.totalMs ?? 0);
    expect(moreMs).toBeCloseTo(3 + plan.device.length, 1);
    expect(after.predicted?.deviceMs).toBeCloseTo(before.predicted?.deviceMs ?? 0, 6);
  });
});

describe('a drift', () => {
  const causes = async () => {
    const { body } = await tandem.call('GET', `/devices/${id}/plans`);
    const { plans } = body as { plans: { desired: DesiredPlan }[] };
    return plans.map(({ desired }) => desired.cause.code);
  };

  it('is found in a list of plans that is as short as it is asked to be', async () => {
    const { body } = await tandem.call('GET', `/devices/${id}/plans?fields=reported&limit=1`);
    const { plans } = body as { plans: [{ version: number; reported: object }] };
    expect(Object.keys(plans[0]).sort()).toEqual(['reported', 'version']);
    expect(plans[0].version).toBeGreaterThan(0);
  });

  /** Tails of frames took so much longer, so that the service knows why. */
  const tailsTook = (moreMs: number, frames: number): void => {
    const [first] = plan.cloud;
    for (let i = 0; i < frames; i++) {
      tandem.app.get(EventBus).emit('inference.frameEnded', {
        ...{ device: id, frame: newFrameId(), arrivedMs: 0, completeMs: 0, endedMs: 0 },
        ...{ endedAs: 'result', queueMs: 0, runMs: 0 },
        work: {
          ...{ model, waitMs: 0, decodings: [], overheadMs: undefined },
          blockMs: first === undefined ? [] : [[first, moreMs]],
        },
      });
    }
  };

  it('leads to another plan once when the cloud drifts, and REST shows it', async () => {
    const slow = { cloudMs: plan.predicted.cloudMs + 40 };
    for (let i = 0; i < DRIFT_FRAMES - 1; i++) await store(frameWith(slow));
    expect(await causes()).not.toContain('drift');
    tailsTook(40, DRIFT_FRAMES);
    await store(frameWith(slow));
    const next = await device.plan(({ version }) => version > plan.version);
    expect(next.cause).toMatchObject({ code: 'drift' });
    expect((await causes())[0]).toBe('drift');
    const { driftsHeldBack } = tandem.app.get(PlanningCounts).figures;
    plan = next;
    const slower = { cloudMs: next.predicted.cloudMs + 100 };
    for (let i = 0; i < 2 * DRIFT_FRAMES; i++) await store(frameWith(slower));
    expect((await causes()).filter((code) => code === 'drift')).toHaveLength(1);
    expect(tandem.app.get(PlanningCounts).figures.driftsHeldBack).toBeGreaterThan(driftsHeldBack);
  });

  it('leads to no plan while nothing that is known explains it', async () => {
    const { figures } = tandem.app.get(PlanningCounts);
    const { unchanged } = figures;
    const heard = device.plans.length;
    const slow = { cloudMs: plan.predicted.cloudMs + 40 };
    for (let i = 0; i < DRIFT_FRAMES; i++) await store(frameWith(slow));
    await waitFor(() => expect(figures.unchanged).toBeGreaterThan(unchanged));
    expect(device.plans.length).toBe(heard);
  });

  it('of block times that keep changing leads to plans at least two seconds apart', async () => {
    const document = await device.model();
    // All blocks belong on a device that is so quick, and none on one that is slow.
    for (let i = 0; i < 30; i++) {
      await device.reportProfile(document, i % 2 === 0 ? 0.01 : 400);
      await sleep(100);
    }
    const after = device.plans.filter(({ cause }) => cause.code === 'profile');
    const madeAtMs = after.map(({ at }) => Date.parse(at));
    expect(madeAtMs.length).toBeGreaterThan(1);
    for (const [i, atMs] of madeAtMs.slice(1).entries()) {
      expect(atMs - (madeAtMs[i] ?? 0)).toBeGreaterThan(1900);
    }
    await device.reportProfile(document, 0.01);
    await device.plan(({ cloud }) => cloud.length === 0);
  });

  it('leads to another plan when the device reports it with a new profile', async () => {
    const { blocks } = await device.model();
    const times = blocks.map(({ digest }) => ({ digest, medianMs: 800, spreadMs: 0, runs: 5 }));
    await device.send('profile', { v: 1, model: plan.model, blocks: times, because: 'drift' });
    const next = await device.plan(({ version }) => version > plan.version);
    expect(next.cause).toMatchObject({ code: 'drift' });
    expect((await causes())[0]).toBe('drift');
  });
});
