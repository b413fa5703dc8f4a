/** The line of a site from the setting to the plans of its devices, with a real broker, database, model and planning thread. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CAMERA, LINE_MBPS, priceOf, SiteDevice } from '../../support/devices/site-devices.js';
import { lineLoadMbps } from '../../support/planner/shared/line-oracle.js';
import { scaled } from '../../support/service/scaled-clock.js';
import { Tandem } from '../../support/service/tandem.js';
import { waitFor } from '../../support/wait-for.js';

/** Lines are judged every five seconds of this clock, and at most once a minute. */
const FASTER = 20;
const BARN = { site: 'barn', mbps: LINE_MBPS };

/** Three cameras in a group of their own. */
async function cameras(tandem: Tandem, group: string): Promise<SiteDevice[]> {
  const model = await tandem.addModel('tiny-chain');
  const devices: SiteDevice[] = [];
  for (const n of [1, 2, 3]) {
    const one = await SiteDevice.start(tandem, `${group}-${n}`, model);
    await tandem.call('PATCH', `/devices/${one.id}`, { group });
    devices.push(one);
  }
  return devices;
}

const loadOf = (devices: readonly SiteDevice[]): number =>
  lineLoadMbps(devices.map(({ served }) => served));

const allPriced = (devices: readonly SiteDevice[], fits: (price: number) => boolean) =>
  Promise.all(devices.map((one) => one.priced(fits)));

describe('devices of a site', () => {
  let tandem: Tandem;
  let three: SiteDevice[];
  let fourth: SiteDevice | undefined;
  let price = 0;
  beforeAll(async () => {
    tandem = await Tandem.start({}, undefined, scaled(FASTER));
    three = await cameras(tandem, 'barn');
  }, 60_000);
  afterAll(async () => {
    await Promise.all([...three, ...(fourth ? [fourth] : [])].map(({ device }) => device.leave()));
    await tandem.stop();
  });

  it('load the line too much while each plans for itself', () => {
    expect(loadOf(three)).toBeGreaterThan(LINE_MBPS);
    expect(three.map(({ plan }) => plan.limits)).toEqual([undefined, undefined, undefined]);
  });

  it('get plans within its rate, and a price, when their group gets the setting', async () => {
    const { status } = await tandem.call('PATCH', '/groups/barn', { limits: { uplink: BARN } });
    expect(status).toBe(200);
    await allPriced(three, (one) => one > 0);
    price = priceOf((three[0] as SiteDevice).plan);
    expect(three.map(({ plan }) => priceOf(plan))).toEqual([price, price, price]);
    expect(three.map(({ plan }) => plan.cause.code)).toEqual(['operator', 'operator', 'operator']);
    expect(loadOf(three)).toBeLessThanOrEqual(LINE_MBPS);
  });

  it('show the line, its price, and which part of the price an operator set', async () => {
    const [one] = three as [SiteDevice];
    const before = one.plan;
    const { limits, because, intervalMs, margins } = await one.explained();
    expect(limits.uplink).toMatchObject({ ...BARN, devices: 3, bytesPrice: price, slowdown: 1 });
    expect(limits.uplink?.load).toBeCloseTo(0.9);
    expect(limits.uplink?.shareMbps).toBeLessThan(LINE_MBPS);
    expect(limits.uplink?.text).toContain('3 devices share the line');
    expect([limits.bytesPrice, intervalMs]).toEqual([null, CAMERA.intervalMs]);
    expect(because + before.cause.text).toContain("the line of site 'barn' is full");
    expect(margins?.uplink.source).toBe('line');
    await one.limit({ bytesPrice: 0.5 });
    await one.priced((sum) => Math.abs(sum - price - 0.5) < 1e-9);
    const { limits: both } = await one.explained();
    expect([both.bytesPrice, both.uplink?.bytesPrice]).toEqual([0.5, price]);
    await one.limit({ bytesPrice: null });
    await one.priced((sum) => sum === price);
  });

  it('get a higher price when another device comes', async () => {
    const model = (await tandem.call('GET', '/devices/barn-1')).body as { model: { id: string } };
    fourth = await SiteDevice.start(tandem, 'newcomer', model.model.id);
    await fourth.limit({ uplink: BARN });
    const four = [...three, fourth];
    await allPriced(four, (one) => one > 1.25 * price);
    expect(loadOf(four)).toBeLessThanOrEqual(LINE_MBPS);
    expect((await fourth.explained()).limits.uplink).toMatchObject({ devices: 4 });
  });

  it('keep the price while a device is away for a moment, and get the old one when it stays away', async () => {
    const higher = priceOf((three[0] as SiteDevice).plan);
    await fourth?.device.leave();
    await new Promise((resolve) => setTimeout(resolve, 30_000 / FASTER));
    expect(three.map(({ plan }) => priceOf(plan))).toEqual([higher, higher, higher]);
    await allPriced(three, (one) => one < higher / 1.25);
    expect(priceOf((three[0] as SiteDevice).plan)).toBeCloseTo(price, 6);
    await waitFor(async () => {
      const { limits } = await (three[0] as SiteDevice).explained();
      expect(limits.uplink).toMatchObject({ devices: 3 });
    });
  });

  it('get another price at once when an operator sets another rate', async () => {
    const uplink = { ...BARN, mbps: 0.9 };
    await tandem.call('PATCH', '/groups/barn', { limits: { uplink } });
    await allPriced(three, (one) => one > 1.25 * price);
    expect(loadOf(three)).toBeLessThanOrEqual(0.9);
    expect((await (three[0] as SiteDevice).explained()).limits.uplink).toMatchObject({ mbps: 0.9 });
  });

  it('lose the price with the setting', async () => {
    await tandem.call('PATCH', '/groups/barn', { limits: { uplink: null } });
    await allPriced(three, (one) => one === 0);
    for (const one of three) {
      expect(one.plan.limits).toBeUndefined();
      expect((await one.explained()).limits.uplink).toBeNull();
    }
  });
});

describe('after a restart of the service', () => {
  it('devices keep their price until the line is judged again', async () => {
    const first = await Tandem.start({}, undefined, scaled(FASTER));
    const three = await cameras(first, 'mill');
    await first.call('PATCH', '/groups/mill', { limits: { uplink: { ...BARN, site: 'mill' } } });
    await allPriced(three, (price) => price > 0);
    await Promise.all(three.map(({ device }) => device.leave()));
    await first.stop({ data: true });

    const second = await Tandem.start({}, first.data, scaled(FASTER));
    try {
      const back: SiteDevice[] = [];
      for (const { id } of three) {
        back.push(await SiteDevice.back(second, id, first.secretOf(id)));
      }
      await waitFor(async () => {
        for (const one of back) {
          const { uplink } = (await one.explained()).limits;
          expect(uplink).toMatchObject({ devices: 3 });
          expect(uplink?.bytesPrice).toBeGreaterThan(0);
        }
      });
      const heard = back.flatMap(({ device }) => device.plans);
      expect(heard.map(priceOf).filter((price) => price === 0)).toEqual([]);
      await Promise.all(back.map(({ device }) => device.leave()));
    } finally {
      await second.stop({ data: true });
      await rm(first.data, { recursive: true, force: true });
    }
  }, 60_000);
});
