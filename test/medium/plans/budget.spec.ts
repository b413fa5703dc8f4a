/** The budget of plan documents, with a real broker, database, model and planning thread on a clock that runs fast. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { PlanningCounts } from '../../../src/plans/control/planning-counts.js';
import { ModelShelf } from '../../../src/plans/state/model-shelf.js';
import { loadState } from '../../../src/plans/state/state-loading.js';
import { TwinsStore } from '../../../src/plans/state/twins.store.js';
import type { DesiredPlan } from '../../../src/wire/index.js';
import { linkOf, type PlayedDevice } from '../../support/devices/played-device.js';
import { scaled } from '../../support/service/scaled-clock.js';
import { Tandem } from '../../support/service/tandem.js';

/** Of the service and its devices: two minutes take two seconds. */
const clock = scaled(60);
const SECOND = 1000;
const MINUTE = 60 * SECOND;

interface Waiting {
  readonly cause: string;
  readonly since: string;
  readonly until: string;
}

let tandem: Tandem;
let model: string;
const connected: PlayedDevice[] = [];

beforeAll(async () => {
  tandem = await Tandem.start({}, undefined, clock);
  model = await tandem.addModel('tiny-chain');
}, 60_000);
afterEach(() => clock.release());
afterAll(async () => {
  await Promise.all(connected.map((device) => device.leave()));
  await tandem.stop();
});

/** A device with a plan, whose blocks are slow enough that a quick link pays. It never follows a row by itself. */
async function newDevice(id: string): Promise<PlayedDevice> {
  const device = await (await tandem.enrol(id, model))();
  connected.push(device);
  await device.introduce(await device.model(), 30, 50, 'tensor');
  await device.plan(({ link }) => link.samples > 0);
  return device;
}

const waitingOf = async (id: string): Promise<Waiting | null> => {
  const { body } = await tandem.call('GET', `/devices/${id}/plan/explain`);
  return (body as { waiting: Waiting | null }).waiting;
};

/** Reports a link that swings between both rates each second, for some time. */
async function swing(device: PlayedDevice, forMs: number): Promise<void> {
  const endMs = clock.monotonicMs() + forMs;
  for (let i = 0; clock.monotonicMs() < endMs; i++) {
    await device.reportLink(linkOf(i % 2 === 0 ? 0.1 : 1000));
    await clock.sleep(SECOND);
  }
}

const timesOf = (plans: readonly DesiredPlan[]): number[] =>
  plans.filter(({ cause }) => cause.code === 'link').map(({ at }) => Date.parse(at));

/** The most of some times in any window of a length. */
const mostIn = (lengthMs: number, timesMs: readonly number[]): number =>
  Math.max(
    ...timesMs.map(
      (fromMs) => timesMs.filter((ms) => ms >= fromMs && ms - fromMs < lengthMs).length,
    ),
  );

describe('a device whose link swings each second', () => {
  it('gets at most six plans in any minute and then fewer, those of its operator at once, and the last word in the end', async () => {
    const id = 'swinging';
    const device = await newDevice(id);
    const { figures } = tandem.app.get(PlanningCounts);
    const waitedBefore = figures.waited;
    const startMs = clock.now().getTime();
    await swing(device, MINUTE);
    const { waiting } = await tandem.plans.state(id);
    while (waiting.now === undefined) await swing(device, SECOND);

    // What waits does not become due while it is looked at.
    clock.hold();
    const shown = await waitingOf(id);
    expect(shown?.cause).toBe('link');
    expect(Date.parse(shown?.until ?? '')).toBeGreaterThan(Date.parse(shown?.since ?? ''));
    expect(figures.waited).toBeGreaterThan(waitedBefore);
    await tandem.call('PATCH', `/devices/${id}`, { deadlineMs: 4321 });
    const ordered = await device.plan(({ deadlineMs }) => deadlineMs === 4321);
    expect(ordered.cause.code).toBe('operator');
    expect(await waitingOf(id)).toEqual(shown);

    // A restart does not forget the documents of before.
    const sources = [tandem.app.get(TwinsStore), tandem.app.get(ModelShelf)] as const;
    const reloaded = await loadState(id, ...sources, clock);
    const agoMs = clock.now().getTime() - (timesOf(device.plans).at(-1) ?? 0);
    expect(reloaded?.budget.waitMs(clock.monotonicMs() - agoMs)).toBeGreaterThan(5 * SECOND);

    const isLocal = ordered.cloud.length === 0;
    const link = linkOf(isLocal ? 500 : 0.05);
    await device.reportLink(link);
    await vi.waitFor(async () => {
      const { uplinkMsPerByte } = tandem.plans.linkOf(await tandem.plans.state(id));
      expect(uplinkMsPerByte).toBe(link.uplinkMsPerByte);
    });
    clock.release();
    const last = await device.plan(
      (plan) =>
        plan.link.uplinkMsPerByte === link.uplinkMsPerByte && plan.version > ordered.version,
    );
    expect(last.cloud.length === 0).toBe(!isLocal);
    await vi.waitFor(async () => expect(await waitingOf(id)).toBeNull());
    const made = timesOf(device.plans).filter((ms) => ms >= startMs);
    expect(mostIn(MINUTE, made)).toBeLessThanOrEqual(6);
    expect(made.filter((ms) => ms < startMs + MINUTE).length).toBeGreaterThanOrEqual(3);
    expect(made.filter((ms) => ms >= startMs + MINUTE).length).toBeLessThanOrEqual(4);
  }, 30_000);
});

describe('a device whose rate swings', () => {
  it('gets at most six plans in any minute for it, and fewer after that', async () => {
    const device = await newDevice('uneven');
    const endMs = clock.monotonicMs() + 2 * MINUTE;
    // Two reports in a row are news: a new rate every two seconds.
    for (let i = 0; clock.monotonicMs() < endMs; i++) {
      await device.reportLink(linkOf(50), { intervalMs: i % 4 < 2 ? 1000 : 40 });
      await clock.sleep(SECOND);
    }
    const made = device.plans.filter(({ cause }) => cause.code === 'rate');
    const timesMs = made.map(({ at }) => Date.parse(at));
    expect(timesMs.length).toBeGreaterThanOrEqual(3);
    expect(mostIn(MINUTE, timesMs)).toBeLessThanOrEqual(6);
    expect(timesMs.length).toBeLessThanOrEqual(9);
  }, 30_000);
});
