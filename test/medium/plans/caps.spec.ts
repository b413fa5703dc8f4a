/** A monthly cap on the bytes of frames, from records in the history to plans, with a real broker and database. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Replanner } from '../../../src/plans/control/replanner.js';
import {
  LimitedDevice,
  LimitedDevices,
  most,
  planAfter,
  sent,
} from '../../support/devices/limited-devices.js';
import { scaled } from '../../support/service/scaled-clock.js';
import { Tandem } from '../../support/service/tandem.js';
import { waitFor } from '../../support/wait-for.js';

/** The watch of caps looks every five seconds of this clock, which is far from the end of a month. */
const MIDDLE = new Date('2026-11-15T12:00:00Z');
const END_MS = Date.parse('2026-12-01T00:00:00Z');
const clock = scaled(20, MIDDLE);
/** A camera of one picture a second. */
const CAMERA = { objective: 'stream', intervalMs: 1000 } as const;

let tandem: Tandem;
let devices: LimitedDevices;

beforeAll(async () => {
  tandem = await Tandem.start({}, undefined, clock);
  devices = new LimitedDevices(tandem, await tandem.addModel('tiny-chain'));
}, 60_000);
afterAll(async () => {
  await devices.leave();
  await tandem.stop();
});

const framesLeft = (): number => Math.ceil((END_MS - clock.now().getTime()) / CAMERA.intervalMs);

/** The budget of a device after twenty plans: the next one waits for five minutes, fifteen seconds of this test. */
async function exhausted({ id }: LimitedDevice) {
  const { budget } = await tandem.plans.state(id);
  for (let i = 0; i < 20; i++) budget.issued(clock.monotonicMs());
  return budget;
}

describe('a plan whose encodings the device gives up', () => {
  it('is replaced at once, also where the budget of plans is spent', async () => {
    const one = await devices.start();
    expect(one.plan.uploads.length).toBeGreaterThan(0);
    const budget = await exhausted(one);
    await one.device.birth('tensor', { encodings: [] });
    const next = await planAfter(one.device, one.plan);
    expect(most(next)).toBe(0);
    expect(next.cause.code).toBe('source');
    expect(budget.waitMs(clock.monotonicMs())).toBeGreaterThan(0);
  });
});

describe('a monthly cap', () => {
  it('limits the bytes of a frame by the interval of frames, and says so', async () => {
    const one = await devices.start(CAMERA);
    const half = most(one.plan) / 2;
    const monthlyBytes = Math.round(framesLeft() * half);
    await one.limit({ monthlyBytes });
    const capped = await planAfter(one.device, one.plan);
    expect(capped.cause.code).toBe('operator');
    expect(most(capped)).toBeLessThanOrEqual(capped.limits?.maxFrameBytes ?? 0);
    expect(most(capped)).toBeLessThan(most(one.plan));
    const { limits } = await one.explained();
    expect(limits.maxFrameBytes).toBeGreaterThan(0.9 * half);
    expect(limits.maxFrameBytes).toBeLessThan(1.1 * half);
    expect(limits.month).toMatchObject({
      ...{ monthlyBytes, sentBytes: 0, leftBytes: monthlyBytes, rateFrom: 'interval' },
      endsAt: '2026-12-01T00:00:00.000Z',
    });
  });

  it('keeps frames on the device once it is spent, and frees them when it grows', async () => {
    const one = await devices.start(CAMERA);
    await one.report(600_000, 400_000);
    await one.limit({ monthlyBytes: 1_000_000 });
    const spent = await planAfter(one.device, one.plan);
    expect(most(spent)).toBe(0);
    expect(spent.cause.text).toContain('the bytes of this month are spent');
    const { limits, because } = await one.explained();
    expect(limits.month).toMatchObject({
      ...{ sentBytes: 1_000_000, leftBytes: 0 },
      text: 'the bytes of this month are spent: frames send nothing until it ends',
    });
    expect(because).toBe('the bytes of this month are spent: frames send nothing');
    await one.limit({ monthlyBytes: 1e14 });
    expect(sent(await planAfter(one.device, spent))).toBe(sent(one.plan));
  });

  it('is watched: records that spend it lead to a plan by themselves', async () => {
    const one = await devices.start(CAMERA);
    await one.limit({ monthlyBytes: 1e12 });
    await waitFor(async () =>
      expect((await one.explained()).limits.maxFrameBytes).toBeGreaterThan(most(one.plan)),
    );
    await one.settled();
    const before = one.device.plans.at(-1) ?? one.plan;
    const most32 = 2 ** 31 - 1;
    for (let i = 0; i < 6; i++) await one.report(...Array.from({ length: 100 }, () => most32));
    expect(most(await planAfter(one.device, before))).toBe(0);
  });

  it('that is spent does not wait for the budget of plans', async () => {
    const one = await devices.start(CAMERA);
    await one.limit({ monthlyBytes: 1e12 });
    await waitFor(async () =>
      expect((await one.explained()).limits.maxFrameBytes).toBeGreaterThan(most(one.plan)),
    );
    await one.settled();
    const before = one.device.plans.at(-1) ?? one.plan;
    const budget = await exhausted(one);
    const most32 = 2 ** 31 - 1;
    for (let i = 0; i < 6; i++) await one.report(...Array.from({ length: 100 }, () => most32));
    expect(most(await planAfter(one.device, before))).toBe(0);
    expect(budget.waitMs(clock.monotonicMs())).toBeGreaterThan(0);
  });

  it('says that the rate is unknown, and then takes that of the frames that came', async () => {
    const one = await devices.start();
    await one.limit({ monthlyBytes: 5_000_000 });
    await waitFor(async () => {
      const { limits } = await one.explained();
      expect(limits.month).toMatchObject({ framesLeft: null, rateFrom: 'unknown' });
      expect(limits.month?.text).toContain('how often frames come is not known yet');
      expect(limits.maxFrameBytes).toBe(5_000_000);
    });
    await one.report(...Array.from({ length: 30 }, () => 10_000));
    await waitFor(async () => {
      const { month } = (await one.explained()).limits;
      expect(month).toMatchObject({ sentBytes: 300_000, rateFrom: 'history' });
    });
  });

  it('leaves no plan where nothing may be sent and not all may be held; REST says why', async () => {
    const one = await devices.start(CAMERA);
    const all = one.document.blocks.reduce((sum, { bytes }) => sum + bytes, 0);
    await one.limit({ deviceMemoryBytes: all - 1 });
    const limited = await planAfter(one.device, one.plan);
    await one.limit({ monthlyBytes: 0 });
    await waitFor(async () =>
      expect((await one.explained()).limits.unmet).toMatch(/deviceMemoryBytes and maxFrameBytes/),
    );
    expect(one.device.plans.at(-1)?.version).toBe(limited.version);
  });

  it('is remembered over a restart of the service, which plans for no device before it knows the month', async () => {
    const first = await Tandem.start({}, undefined, scaled(20, MIDDLE));
    const one = await LimitedDevice.start(first, await first.addModel('tiny-chain'), CAMERA);
    await one.report(750_000);
    await one.limit({ monthlyBytes: 1_000_000 });
    await waitFor(async () =>
      expect((await one.explained()).limits.month).toMatchObject({ sentBytes: 750_000 }),
    );
    await one.settled();
    await one.device.leave();
    await first.stop({ data: true });

    const late = scaled(20, MIDDLE);
    const second = await Tandem.start({}, first.data, late);
    try {
      late.hold();
      const device = await second.connectAs(one.id, first.secretOf(one.id));
      await device.introduce(await device.model(), 500, 20, 'tensor');
      const known = await device.plan();
      await waitFor(async () => {
        expect(second.app.get(Replanner).isPlanning(one.id)).toBe(true);
        const { month } = (await one.explained(second)).limits;
        expect(month).toMatchObject({ monthlyBytes: 1_000_000, sentBytes: null });
        expect(month?.text).toContain('not known yet; the device keeps its plan');
      });
      late.release();
      await waitFor(async () =>
        expect((await one.explained(second)).limits.month).toMatchObject({
          ...{ monthlyBytes: 1_000_000, sentBytes: 750_000, leftBytes: 250_000 },
        }),
      );
      expect((await planAfter(device, known)).cause.code).toBe('profile');
      await device.leave();
    } finally {
      await second.stop({ data: true });
      await rm(first.data, { recursive: true, force: true });
    }
  }, 60_000);
});

describe('what a megabyte buys', () => {
  it('is read off the plans that send less and more', async () => {
    const one = await devices.start(CAMERA);
    const free = (await one.explained()).bytes;
    expect(free?.frameBytes).toBe(sent(one.plan));
    expect(free?.savedMsPerMegabyte).toBeGreaterThan(0);
    expect([free?.furtherMsPerMegabyte, free?.withOneMoreMegabyteADayMs]).toEqual([null, null]);
    await one.limit({ monthlyBytes: framesLeft() });
    const capped = await planAfter(one.device, one.plan);
    expect(most(capped)).toBeLessThan(sent(one.plan));
    const { bytes } = await one.explained();
    expect(bytes?.furtherMsPerMegabyte).toBeGreaterThan(0);
    expect(bytes?.withOneMoreMegabyteADayMs).toBeLessThan(bytes?.latencyMs ?? 0);
    expect(bytes?.text).toContain('one more MB a day saves at most');
  });

  it('is nothing where frames are planned for their rate', async () => {
    const one = await devices.start({ objective: 'stream' });
    expect((await one.explained()).bytes).toBeNull();
  });
});
