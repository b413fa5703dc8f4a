/** A cloud whose tails become ten times slower: the fleet's cuts move away from it, and back, without swinging. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventBus } from '../../../src/platform/index.js';
import type { DesiredPlan, FrameRecord } from '../../../src/wire/index.js';
import { linkOf, newFrameId, type PlayedDevice } from '../../support/devices/played-device.js';
import { wireSamples } from '../../support/mqtt/wire-samples.js';
import { scaled } from '../../support/service/scaled-clock.js';
import { Tandem } from '../../support/service/tandem.js';

/** Of the service and the fleet: it takes most of a minute. */
const clock = scaled(2);
const FLEET = 12;
const BLOCK_DEVICE_MS = 40;
const BLOCK_CLOUD_MS = 4;
const FRAME_MS = 250;

let tandem: Tandem;
let model: string;
const fleet: PlayedDevice[] = [];
/** Of each device, when it changed sides, and to which. */
const changes = new Map<string, { atMs: number; isInCloud: boolean }[]>();

beforeAll(async () => {
  tandem = await Tandem.start({}, undefined, clock);
  model = await tandem.addModel('tiny-chain');
  for (let i = 0; i < FLEET; i++) {
    const device = await (await tandem.enrol(`crowd-${i}`, model))();
    await device.introduce(await device.model(), BLOCK_DEVICE_MS, 50, 'tensor');
    fleet.push(device);
  }
}, 60_000);
afterAll(async () => {
  await Promise.all(fleet.map((device) => device.leave()));
  await tandem.stop();
});

/** One frame of a device under its plan, with the cloud slower by a factor. */
async function runFrame(device: PlayedDevice, slowness: number): Promise<boolean> {
  const plan = (await tandem.plans.state(device.id)).documents.current?.plan;
  if (plan === undefined) return false;
  const blockMs = plan.cloud.map((digest) => [digest, slowness * BLOCK_CLOUD_MS] as const);
  const isInCloud = blockMs.length > 0;
  if (isInCloud) {
    tandem.app.get(EventBus).emit('inference.frameEnded', {
      ...{ device: device.id, frame: newFrameId(), arrivedMs: 0, completeMs: 0, endedMs: 0 },
      ...{ endedAs: 'result', queueMs: 0, runMs: 0 },
      work: { model, waitMs: 0, blockMs, decodings: [], overheadMs: undefined },
    });
  }
  const cloudMs = blockMs.reduce((sum, [, ms]) => sum + ms, 0);
  await device.send('record', { v: 1, records: [recordOf(plan, cloudMs)] });
  return isInCloud;
}

function recordOf(plan: DesiredPlan, cloudMs: number): FrameRecord {
  const { totalMs, ...predicted } = plan.predicted;
  return {
    ...wireSamples.record.records[0],
    ...{ frame: newFrameId(), model: plan.model, planVersion: plan.version, at: plan.at },
    ...{ ageMs: 0, deadlineMs: 1000, sentBytes: 1, cut: 0, link: linkOf(50) },
    totalMs: Math.max(totalMs, cloudMs),
    outcome: cloudMs > 0 ? 'cloud' : 'local-plan',
    ...{ measured: { ...predicted, cloudMs }, predicted: plan.predicted },
  };
}

/** Runs the fleet's frames until all are on a side, or a time is over; how long that took. */
async function runUntil(
  slowness: number,
  limitMs: number,
  isOver: (inCloud: number) => boolean,
): Promise<number> {
  const startMs = clock.monotonicMs();
  for (;;) {
    let inCloud = 0;
    for (const device of fleet) {
      const isInCloud = await runFrame(device, slowness);
      const own = changes.get(device.id) ?? [];
      if (own.at(-1)?.isInCloud !== isInCloud) own.push({ atMs: clock.monotonicMs(), isInCloud });
      changes.set(device.id, own);
      if (isInCloud) inCloud += 1;
    }
    const tookMs = clock.monotonicMs() - startMs;
    if (isOver(inCloud) || tookMs > limitMs) return tookMs;
    await clock.sleep(FRAME_MS);
  }
}

const never = (): boolean => false;

describe('a fleet whose cloud becomes ten times slower', () => {
  it('leaves it within 10 s, returns when it is quick again, and does not oscillate', async () => {
    await runUntil(1, 15_000, never);
    const before = new Map([...changes].map(([id, own]) => [id, own.length]));
    expect([...changes.values()].every((own) => own.at(-1)?.isInCloud)).toBe(true);

    const leftMs = await runUntil(10, 20_000, (inCloud) => inCloud === 0);
    expect(leftMs).toBeLessThan(10_000);
    await runUntil(10, 20_000, never);
    const crowded = [...changes.values()].filter((own) => own.at(-1)?.isInCloud).length;
    expect(crowded, 'devices that look whether it is quick again').toBeLessThanOrEqual(FLEET / 2);

    const backMs = await runUntil(1, 60_000, (inCloud) => inCloud === FLEET);
    await runUntil(1, 10_000, never);
    const switches = [...changes].map(([id, own]) => own.length - (before.get(id) ?? 0));
    expect(backMs).toBeLessThan(60_000);
    expect(Math.max(...switches)).toBeLessThanOrEqual(6);
  }, 180_000);
});
