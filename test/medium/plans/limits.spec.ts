/** Limits of planning from REST to the plan and back, with a real broker, database and model. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cutsOf } from '../../../src/wire/index.js';
import {
  LimitedDevices,
  NO_LIMITS,
  planAfter,
  sent,
} from '../../support/devices/limited-devices.js';
import { Tandem } from '../../support/service/tandem.js';

let tandem: Tandem;
let devices: LimitedDevices;

beforeAll(async () => {
  tandem = await Tandem.start();
  devices = new LimitedDevices(tandem, await tandem.addModel('tiny-chain'));
}, 60_000);
afterAll(async () => {
  await devices.leave();
  await tandem.stop();
});

describe('limits of a device', () => {
  it('are set, shown and removed over REST, one by one', async () => {
    const one = await devices.start();
    const limitsOf = async () =>
      ((await tandem.call('GET', `/devices/${one.id}`)).body as { limits: object }).limits;
    expect(await limitsOf()).toEqual(NO_LIMITS);
    const deadline = { deadlineMs: 250, risk: 0.05 };
    expect((await one.limit({ bytesPrice: 0.5, deadline })).body).toMatchObject({
      limits: { ...NO_LIMITS, bytesPrice: 0.5, deadline },
    });
    await one.limit({ deviceMemoryBytes: 2 ** 33, bytesPrice: null });
    expect(await limitsOf()).toEqual({ ...NO_LIMITS, deadline, deviceMemoryBytes: 2 ** 33 });
    const uplink = { site: 'Barn 2', mbps: 12.5 };
    expect((await one.limit({ uplink })).body).toMatchObject({ limits: { deadline, uplink } });
    await one.limit({ deadline: null, deviceMemoryBytes: null, uplink: null });
    expect(await limitsOf()).toEqual(NO_LIMITS);
  });

  it('are rejected where they make no sense', async () => {
    const one = await devices.start();
    for (const limits of [
      {},
      { bytesPrice: 0 },
      { bytesPrice: 10_001 },
      { bytesPrice: '1' },
      { monthlyBytes: -1 },
      { monthlyBytes: 1.5 },
      { monthlyBytes: 1e16 },
      { deviceMemoryBytes: 1023 },
      { deadline: { deadlineMs: 250 } },
      { deadline: { deadlineMs: 0, risk: 0.1 } },
      { deadline: { deadlineMs: 250, risk: 0.51 } },
      { deadline: { deadlineMs: 250, risk: 0.1, more: 1 } },
      { uplink: { site: 'barn' } },
      { uplink: { site: '', mbps: 10 } },
      { uplink: { site: 'a/b', mbps: 10 } },
      { uplink: { site: 'barn', mbps: 0.04 } },
      { uplink: { site: 'barn', mbps: 1001 } },
      { uplink: { site: 'barn', mbps: 10, more: 1 } },
      { speed: 1 },
    ]) {
      const { status, body } = await one.limit(limits);
      const { code } = body as { code: string };
      expect([status, code], JSON.stringify(limits)).toEqual([400, 'REQUEST_INVALID']);
    }
  });

  it('lead to a plan: a price on bytes, which the device gets too', async () => {
    const one = await devices.start();
    const { device, plan } = one;
    expect(sent(plan)).toBeGreaterThan(0);
    await one.limit({ bytesPrice: 10_000 });
    const priced = await planAfter(device, plan);
    expect(priced).toMatchObject({ cause: { code: 'operator' }, limits: { bytesPrice: 10_000 } });
    expect(priced.cause.text).toContain('each KB of a frame must save 10000 ms');
    expect(sent(priced)).toBeLessThan(sent(plan));
    expect((await one.explained()).because).toContain('each KB of a frame must save 10000 ms');
    await one.limit({ bytesPrice: null });
    const free = await planAfter(device, priced);
    expect([free.limits, sent(free)]).toEqual([undefined, sent(plan)]);
  });

  it('lead to a plan: memory of the device', async () => {
    const one = await devices.start();
    const { device, plan, document } = one;
    const held = (digests: readonly string[]): number =>
      document.blocks.reduce(
        (sum, { digest, bytes }) => sum + (digests.includes(digest) ? bytes : 0),
        0,
      );
    const all = held(document.blocks.map(({ digest }) => digest));
    await one.limit({ deviceMemoryBytes: all - 1 });
    const limited = await planAfter(device, plan);
    expect(cutsOf(plan).some((cut) => held(cut.device) >= all)).toBe(true);
    for (const cut of cutsOf(limited)) expect(held(cut.device)).toBeLessThan(all);
  });

  it('lead to a plan: a deadline, with rows that send less though they are slower', async () => {
    const one = await devices.start();
    await one.limit({ deadline: { deadlineMs: 120, risk: 0.1 } });
    const due = await planAfter(one.device, one.plan);
    expect(due).toMatchObject({ deadline: { deadlineMs: 120, risk: 0.1 }, deadlineMs: 120 });
    expect(due.cause.text).toContain('at most 10 % of the frames may end after 120 ms');
    expect(due.table?.rows.length).toBeGreaterThan(one.plan.table?.rows.length ?? 0);
    expect((await one.explained()).because).toContain(
      'the device follows the one that sends least',
    );
  });

  it('are set for all devices of a group', async () => {
    const both = [await devices.start(), await devices.start()];
    for (const { id } of both) await tandem.call('PATCH', `/devices/${id}`, { group: 'field' });
    const limits = { bytesPrice: 10_000 };
    expect((await tandem.call('PATCH', '/groups/field', { limits })).status).toBe(200);
    for (const { id, device, plan } of both) {
      expect((await planAfter(device, plan)).limits).toEqual(limits);
      const { body } = await tandem.call('GET', `/devices/${id}`);
      expect(body).toMatchObject({ limits: { ...NO_LIMITS, ...limits } });
    }
    const { body } = await tandem.call('GET', '/audit?subject=groups/field');
    expect(body).toMatchObject({ entries: [{ after: { settings: [{ limits }] } }] });
  });
});
