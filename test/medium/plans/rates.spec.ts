/** Plans for the rate at which frames come, with a real broker, database and model. */
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Replanner } from '../../../src/plans/control/replanner.js';
import type { Birth, DesiredPlan, FrameRecord } from '../../../src/wire/index.js';
import { linkOf, newFrameId, type PlayedDevice } from '../../support/devices/played-device.js';
import { wireSamples } from '../../support/mqtt/wire-samples.js';
import { Tandem } from '../../support/service/tandem.js';
import { waitFor } from '../../support/wait-for.js';

/** A block takes 20 ms on the device, and the picture 12 ms on the link. */
const [MBPS, BLOCK_MS] = [8, 20];

interface MarginView {
  readonly share: number;
  readonly source: 'measured' | 'assumed';
  readonly spread: number | null;
  readonly slower: number | null;
}

interface Explained {
  readonly because: string;
  readonly objective: string;
  readonly intervalMs: number | null;
  readonly loads: { deviceMs: number; uplinkMs: number; cloudMs: number; shortestMs: number };
  readonly margins: Record<'device' | 'uplink' | 'cloud', MarginView> & { gapSpread: number };
}

let tandem: Tandem;
let model: string;
const connected: PlayedDevice[] = [];
let devices = 0;

beforeAll(async () => {
  tandem = await Tandem.start();
  model = await tandem.addModel('tiny-chain');
}, 60_000);
afterAll(async () => {
  await Promise.all(connected.map((device) => device.leave()));
  await tandem.stop();
});

async function newDevice(birth: Partial<Birth>) {
  const id = `rate-${++devices}`;
  const device = await (await tandem.enrol(id, model))();
  connected.push(device);
  const document = await device.model();
  await device.birth('tensor', birth);
  await device.introduceLink(document, BLOCK_MS, MBPS);
  const plan = await device.plan(({ link }) => link.samples > 0);
  return { id, device, plan };
}

const report = (device: PlayedDevice, intervalMs?: number) =>
  device.reportLink(linkOf(MBPS), intervalMs === undefined ? {} : { intervalMs });

const explained = async (id: string) =>
  (await tandem.call('GET', `/devices/${id}/plan/explain`)).body as Explained;

/** A frame whose link took a multiple of what the plan says. */
function frameOf(plan: DesiredPlan, uplink: number): FrameRecord {
  const { totalMs, ...predicted } = plan.predicted;
  const { rttMs } = plan.link;
  const uplinkMs = rttMs + uplink * (predicted.uplinkMs - rttMs);
  return {
    ...wireSamples.record.records[0],
    ...{ frame: newFrameId(), model: plan.model, planVersion: plan.version, at: plan.at },
    ...{ ageMs: 0, outcome: 'cloud', deadlineMs: 1000, sentBytes: 1, cut: 0 },
    // As long as the plan's, and longer where the uplink is.
    totalMs: Math.max(totalMs, uplinkMs),
    ...{ measured: { ...predicted, uplinkMs }, predicted: plan.predicted, link: plan.link },
  };
}

const planAfter = (device: PlayedDevice, { version }: DesiredPlan) =>
  device.plan((plan) => plan.version > version);

/** Resolves when no news of the device can lead to a plan any more. */
const settled = (id: string) =>
  waitFor(() => expect(tandem.app.get(Replanner).isPlanning(id)).toBe(false));

describe('a device that reports its frame interval', () => {
  it('is planned for that interval, and REST says so with the loads of the machines', async () => {
    const { id, plan } = await newDevice({ objective: 'stream', intervalMs: 1000 });
    expect(plan.mix).toBeUndefined();
    expect(plan.paced).toMatchObject({ intervalMs: 1000, sustainedMs: 1000 });
    const { objective, intervalMs, loads, because } = await explained(id);
    expect([objective, intervalMs]).toEqual(['paced', 1000]);
    expect(because).toContain('frames come every 1000 ms; of all that sustain this, the cut');
    for (const ms of [loads.deviceMs, loads.uplinkMs, loads.cloudMs]) {
      expect(ms).toBeLessThanOrEqual(loads.shortestMs);
    }
    expect(loads.shortestMs).toBeLessThan(1000);
  });

  it('is planned with margins that its frames show, and REST says where they come from', async () => {
    const { id, device, plan } = await newDevice({ objective: 'stream', intervalMs: 1000 });
    const assumed = { share: 0.1, source: 'assumed', spread: null, slower: null };
    expect((await explained(id)).margins).toEqual({
      ...{ device: assumed, uplink: assumed, cloud: assumed },
      ...{ gapSpread: null, promisedWait: 0.25 },
    });
    expect(plan.paced?.margins).toEqual({ device: 0.1, uplink: 0.1 });
    await device.reportLink(linkOf(MBPS), { intervalMs: 1000, intervalSpread: 0.02 });
    // A frame is as old as it lasted, and does not begin before its plan is known.
    await sleep(2 * plan.predicted.totalMs);
    const records = Array.from({ length: 40 }, (_, i) => frameOf(plan, i % 2 === 0 ? 0.6 : 1.4));
    await device.send('record', { v: 1, records });
    await waitFor(async () => {
      const { uplink, gapSpread } = (await explained(id)).margins;
      expect(gapSpread).toBe(0.02);
      expect(uplink.spread).toBeCloseTo(0.4, 1);
      expect(uplink.slower).toBeCloseTo(1, 1);
      expect(uplink.share).toBeGreaterThan(0.18);
      expect(uplink.share).toBeLessThan(0.23);
    });
    const { body } = await tandem.call('GET', `/devices/${id}/plan/instance`);
    const { slack } = body as { slack: Record<'device' | 'uplink' | 'cloud', number> };
    expect(slack.uplink).toBeGreaterThan(0.18);
    expect(slack.cloud).toBeGreaterThanOrEqual(0.1);
  });

  it('gets the highest rate it can have when no plan keeps up', async () => {
    const { id, plan } = await newDevice({ objective: 'stream', intervalMs: 1 });
    expect(plan.paced?.sustainedMs).toBeGreaterThan(1);
    const { because, loads } = await explained(id);
    expect(because).toContain('more often than any plan sustains');
    expect(loads.shortestMs).toBeCloseTo(plan.paced?.sustainedMs ?? 0, 3);
  });

  it('gets another plan with its own cause when it measures another rate, but not for one report', async () => {
    const { id, device, plan } = await newDevice({ objective: 'stream' });
    expect(plan.mix).toBeDefined();
    expect((await explained(id)).intervalMs).toBeNull();
    await report(device, 1000);
    const paced = await planAfter(device, plan);
    expect(paced.cause).toEqual({ code: 'rate', text: 'frames come every 1000 ms now' });
    expect(paced.mix).toBeUndefined();
    const heard = device.plans.length;
    await report(device, 100);
    await report(device, 1100);
    await report(device, 100);
    await report(device, 900);
    await settled(id);
    expect(device.plans.length).toBe(heard);
    await report(device, 100);
    await report(device, 100);
    const faster = await planAfter(device, paced);
    expect(faster.cause.text).toBe('frames come every 100 ms now, they came every 1000 ms');
    expect((await explained(id)).intervalMs).toBe(100);
  });

  it('is planned as before when it reports no interval', async () => {
    const single = await newDevice({});
    expect([single.plan.paced, single.plan.mix]).toEqual([undefined, undefined]);
    expect((await explained(single.id)).objective).toBe('frame');
    const stream = await newDevice({ objective: 'stream' });
    expect(stream.plan.paced).toBeUndefined();
    expect((await explained(stream.id)).objective).toBe('stream');
  });

  it('is malformed with an interval of 0 or of more than a day', async () => {
    const { id, device } = await newDevice({ objective: 'stream', intervalMs: 1000 });
    for (const intervalMs of [0, 86_400_001]) {
      const heard = device.results.length;
      await device.birth('tensor', { intervalMs });
      await waitFor(() => expect(device.results.length).toBeGreaterThan(heard));
      expect(device.results.at(-1)?.head).toMatchObject({ code: 'MESSAGE_MALFORMED' });
    }
    expect((await explained(id)).intervalMs).toBe(1000);
  });

  it('keeps its measured interval over a restart of the service', async () => {
    const first = await Tandem.start();
    const other = await first.addModel('tiny-chain');
    const before = await (await first.enrol('pi', other))();
    const document = await before.model();
    await before.birth('tensor', { objective: 'stream' });
    await before.reportProfile(document, BLOCK_MS);
    await report(before, 500);
    const plan = await before.plan(({ paced, link }) => paced !== undefined && link.samples > 0);
    await before.leave();
    await first.stop({ data: true });

    const second = await Tandem.start({}, first.data);
    try {
      const { body } = await second.call('GET', '/devices/pi/plan/explain');
      expect(body).toMatchObject({ objective: 'paced', intervalMs: 500, version: plan.version });
    } finally {
      await second.stop({ data: true });
      await rm(first.data, { recursive: true, force: true });
    }
  }, 60_000);
});
