/** Rollouts with the real service and devices that follow it: good ones reach every device, bad ones stop at the canary and roll back. */
import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DeviceStates } from '../../../src/plans/state/device-states.js';
import type {
  RolloutDeviceView,
  RolloutView,
} from '../../../src/rollouts/schemas/rollout-answers.js';
import { type Behaviour, deaths, FollowingDevice } from '../../support/devices/following-device.js';
import { eventually } from '../../support/processes/processes.js';
import { scaled } from '../../support/service/scaled-clock.js';
import { Tandem } from '../../support/service/tandem.js';

/** The clock of services and devices: rollouts step and settle by seconds. */
const clock = scaled(5);
const USUAL_MS = 40;
const GATES = { minFrames: 40, observeS: 1, convergeS: 100, maxP95Factor: 2, warmUpS: 0 };
/** Frames of a device that has just started take longer, for so long. */
const SLOW_START_S = 4;

let tandem: Tandem;
let old: string;
let next: string;
let running: FollowingDevice[] = [];
let fleets = 0;

beforeAll(async () => {
  tandem = await Tandem.start({}, undefined, clock);
  old = await tandem.addModel('tiny-chain');
  next = await tandem.addModel('tiny-fork');
}, 60_000);
afterEach(async () => {
  await Promise.all(running.splice(0).map((device) => device.stop()));
});
afterAll(() => tandem.stop());

/** A group of devices that run the old model and have run some frames, slowly at first where that is asked for. */
async function fleet(count: number, ofNext: Behaviour, slowStartS = 0) {
  const group = `fleet-${++fleets}`;
  const ids = Array.from({ length: count }, (_, i) => `${group}-${i}`);
  const devices: FollowingDevice[] = [];
  for (const id of ids) {
    const connect = await tandem.enrol(id, old);
    await tandem.call('PATCH', `/devices/${id}`, { group });
    const warmMs = clock.monotonicMs() + 1000 * slowStartS;
    const ofOld = () => ({ frameMs: clock.monotonicMs() < warmMs ? 20 * USUAL_MS : USUAL_MS });
    const behaviourOf = (model: string) => (model === old ? ofOld() : ofNext);
    devices.push(await FollowingDevice.start(await connect(), behaviourOf, clock));
  }
  running.push(...devices);
  if (slowStartS > 0) await clock.sleep(1500 * slowStartS);
  await someFrames(devices);
  return { group, ids, devices };
}

const someFrames = (devices: readonly FollowingDevice[]) =>
  eventually('frames of all', () => devices.every(({ frames }) => frames.length > 20) || undefined);

async function begin(group: string, more: object = {}, of = tandem): Promise<RolloutView> {
  const body = { change: { model: next }, target: { group }, waves: [0.25, 1], gates: GATES };
  const answer = await of.call('POST', '/rollouts', { ...body, ...more });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body as RolloutView;
}

const viewOf = async (id: string, of = tandem) =>
  (await of.call('GET', `/rollouts/${id}`)).body as RolloutView;

async function until(id: string, state: RolloutView['state'], of = tandem): Promise<RolloutView> {
  let seen: RolloutView | undefined;
  return eventually(
    `state ${state} of the rollout`,
    async () => {
      seen = await viewOf(id, of);
      return seen.state === state ? seen : undefined;
    },
    25_000,
  ).catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(seen)}`);
  });
}

const modelOf = async (id: string) =>
  ((await tandem.call('GET', `/devices/${id}`)).body as { model: string }).model;

/** The automatic actions of a rollout, newest first. */
async function auditOf(id: string): Promise<{ subject: string }[]> {
  const actor = encodeURIComponent(`rollout ${id}`);
  const { body } = await tandem.call('GET', `/audit?actor=${actor}`);
  return (body as { entries: { subject: string }[] }).entries;
}

/** Frames of a device in the history: how many, and how many failed. */
async function ledgerOf(id: string): Promise<{ count: number; failed: number }> {
  const { body } = await tandem.call('GET', `/devices/${id}/latency?bucket=all&stage=total`);
  const [bucket] = (body as { buckets: { count: number; outcomes: { failed?: number } }[] })
    .buckets;
  return { count: bucket?.count ?? 0, failed: bucket?.outcomes.failed ?? 0 };
}

describe('a rollout of a bad model', () => {
  it.each([
    [
      'is three times slower',
      { frameMs: 3 * USUAL_MS },
      /^the p95 of \d+ frames is 1[23]\d\.\d ms, it was 4\d\.\d ms$/,
    ],
    [
      'fails in frames',
      { frameMs: USUAL_MS, outcome: 'failed' },
      /^100 % of \d+ frames failed or fell back, 0 % did before$/,
    ],
    [
      'cannot be loaded',
      { frameMs: USUAL_MS, isRefused: true },
      /failed: .*-0: it refused the model: MODEL_REFUSED/,
    ],
  ] as const)(
    'that %s stops at the canary and goes back by itself',
    async (_, behaviour, because) => {
      const { group, ids, devices } = await fleet(4, behaviour, SLOW_START_S);
      const { id } = await begin(group, { gates: { ...GATES, warmUpS: SLOW_START_S } });
      const over = await until(id, 'rolled-back');
      expect(over.because).toMatch(because);
      expect(over.wave).toBe(0);
      expect(over.waves.map((wave) => wave.devices)).toEqual([{ restored: 1 }, { waiting: 3 }]);
      expect(await Promise.all(ids.map(modelOf))).toEqual([old, old, old, old]);
      expect(devices.slice(1).map(({ ran }) => ran)).toEqual([[old], [old], [old]]);
      const [canary] = devices;
      await eventually(
        'the old model on the canary',
        () => canary?.ran.at(-1) === old || undefined,
      );
      expect(over.events.map(({ text }) => text)).toEqual([
        'begun: 4 device(s) in 2 wave(s)',
        over.because,
      ]);
      const entries = await auditOf(id);
      expect(entries.map(({ subject }) => subject)).toEqual([
        `devices/${ids[0]}`,
        `rollouts/${id}`,
        `devices/${ids[0]}`,
      ]);
      expect(entries[0]).toMatchObject({ before: { model: next }, after: { model: old } });
    },
    60_000,
  );
});

describe('a rollout to devices that die', () => {
  const gates = { ...GATES, silentS: 10, absentS: 3000 };

  /** The device that died is named; how long the rollout took to decide. */
  async function named(id: string, device: string, diedMs: number): Promise<string> {
    const over = await eventually('a rollback', async () => {
      const seen = await viewOf(id);
      expect(seen.state).not.toBe('done');
      return seen.state === 'running' ? undefined : seen;
    });
    const [, text] = over.events.map((event) => event.text).slice(-2);
    expect(text).toMatch(new RegExp(`^1 of 1 devices failed: ${device}: it is silent since `));
    expect(over.because).toBe(text);
    expect(over.measured?.failed).toEqual({ count: 1, devices: [{ device, since: null }] });
    const { body } = await tandem.call('GET', `/rollouts/${id}/devices`);
    const { devices } = body as { devices: RolloutDeviceView[] };
    expect(devices.find((one) => one.device === device)?.fault).toMatch(/^it is silent since/);
    expect((await auditOf(id)).map(({ subject }) => subject)).toContain(`rollouts/${id}`);
    const decidedMs = Date.parse(over.events.at(-1)?.at ?? '') - diedMs;
    expect(decidedMs).toBeGreaterThanOrEqual(1000 * gates.silentS - 3000);
    return `${Math.round(decidedMs / 1000)} s`;
  }

  it('is never done: it names the device and goes back, whenever the device dies', async () => {
    const figures = await Promise.all([
      ...deaths.map(async (dies) => {
        const { group, ids } = await fleet(2, { frameMs: USUAL_MS, dies });
        const { id } = await begin(group, { waves: [0.5, 1], gates });
        await eventually('the switch of the canary', async () => {
          return (await viewOf(id)).waves[0]?.devices.switching || undefined;
        });
        const figure = await named(id, ids[0] ?? '', clock.now().getTime());
        return `${dies}: ${figure}`;
      }),
      (async () => {
        const { group, ids, devices } = await fleet(1, { frameMs: USUAL_MS });
        await tandem.enrol(`${group}-away`, old);
        await tandem.call('PATCH', `/devices/${group}-away`, { group });
        const { id } = await begin(group, { waves: [1], gates });
        await eventually('a good wave', async () => {
          return (await viewOf(id)).because.includes('absent device(s)') || undefined;
        });
        await devices[0]?.die();
        return `after the wave: ${await named(id, ids[0] ?? '', clock.now().getTime())}`;
      })(),
    ]);
    process.stdout.write(`rolled back, with silentS 10, ${figures.join(', ')}\n`);
  }, 60_000);
});

describe('a rollout with absent devices', () => {
  /** A device that runs, and one of its group that has never been online. */
  async function halfAway() {
    const { group, ids } = await fleet(1, { frameMs: USUAL_MS });
    const away = `${group}-away`;
    const connect = await tandem.enrol(away, old);
    await tandem.call('PATCH', `/devices/${away}`, { group });
    return { group, ids, away, connect };
  }

  it('is done without them after their time, names them, and changes nothing of them', async () => {
    const { group, ids, away } = await halfAway();
    const { id } = await begin(group, { gates: { ...GATES, silentS: 10, absentS: 0 } });
    const done = await until(id, 'done');
    expect(done.because).toBe(
      `all waves were good; 1 device(s) were absent and keep what they had: ${away}`,
    );
    expect(done.waves.map((wave) => wave.devices)).toEqual([{ ready: 1 }, { absent: 1 }]);
    expect(done.measured?.absent).toEqual({ count: 1, devices: [{ device: away, since: null }] });
    expect(await Promise.all([...ids, away].map(modelOf))).toEqual([next, old]);
  }, 60_000);

  it('gives them the change when they come, and says what it does not know', async () => {
    const { group, away, connect } = await halfAway();
    const gates = { ...GATES, absentS: 3000, warmUpS: 3000 };
    await tandem.enrol(`${group}-sold`, old);
    await tandem.call('PATCH', `/devices/${group}-sold`, { group });
    const { id } = await begin(group, { waves: [0.5, 1], gates });
    await tandem.call('DELETE', `/devices/${group}-sold`);
    await eventually('a word of the absent device', async () => {
      const { because } = await viewOf(id);
      return (because.startsWith('1 absent device(s)') && because.endsWith(away)) || undefined;
    });
    expect((await viewOf(id)).waves.map((wave) => wave.devices)).toEqual([
      { ready: 1 },
      { waiting: 1 },
    ]);
    running.push(await FollowingDevice.start(await connect(), () => ({ frameMs: 40 }), clock));
    const done = await until(id, 'done');
    expect(done.waves.map((wave) => wave.devices)).toEqual([{ ready: 1 }, { ready: 1 }]);
    expect(done.measured?.before).toEqual({ frames: 0, failed: 0, fallbacks: 0, p95Ms: null });
    expect(done.events.map(({ text }) => text)).toEqual([
      'begun: 3 device(s) in 2 wave(s)',
      'wave 1 of 2 was good; p95 not compared: 0 frames before, 0 since',
      'all waves were good; p95 not compared: 0 frames before, 0 since',
    ]);
  }, 60_000);
});

describe('a rollout of a good model', () => {
  it('reaches every device, wave by wave, and no frame is lost', async () => {
    const { group, ids, devices } = await fleet(4, { frameMs: USUAL_MS });
    const { id } = await begin(group, { waves: [0.25, 0.5, 1] });
    const done = await until(id, 'done');
    expect(done.waves.map((wave) => wave.devices)).toEqual([
      { ready: 1 },
      { ready: 1 },
      { ready: 2 },
    ]);
    expect(done.events.map(({ text }) => text)).toEqual([
      ...['begun: 4 device(s) in 3 wave(s)', 'wave 1 of 3 was good', 'wave 2 of 3 was good'],
      'all waves were good',
    ]);
    expect(await Promise.all(ids.map(modelOf))).toEqual([next, next, next, next]);
    expect(devices.map(({ ran }) => ran)).toEqual(Array(4).fill([old, next]));
    const page = await tandem.call('GET', `/rollouts/${id}/devices?limit=2`);
    const first = page.body as { devices: RolloutDeviceView[]; next: string };
    expect(first.devices.map(({ device, before }) => [device, before])).toEqual([
      [ids[0], { model: old }],
      [ids[1], { model: old }],
    ]);
    for (const [i, device] of devices.entries()) {
      await device.stop();
      await eventually('all frames in the ledger', async () => {
        const { count, failed } = await ledgerOf(ids[i] ?? '');
        expect(failed).toBe(0);
        return count === device.frames.length || undefined;
      });
    }
    running = [];
  }, 90_000);

  it('stops while it is paused, survives a restart of the service, and continues', async () => {
    const first = await Tandem.start({}, undefined, clock);
    const [before, after] = [await first.addModel('tiny-chain'), await first.addModel('tiny-fork')];
    const group = 'held';
    const ids = ['held-0', 'held-1', 'held-2'];
    const start = async (of: Tandem) => {
      for (const id of ids) {
        const device = await of.connectAs(id, first.secretOf(id));
        running.push(await FollowingDevice.start(device, () => ({ frameMs: USUAL_MS }), clock));
      }
    };
    for (const id of ids) {
      await first.enrol(id, before);
      await first.call('PATCH', `/devices/${id}`, { group });
    }
    await start(first);
    await someFrames(running);
    const more = { change: { model: after }, waves: [0.3, 1], gates: { ...GATES, observeS: 8 } };
    const { id } = await begin(group, more, first);
    await eventually('a canary', async () => (await viewOf(id, first)).waves[0]?.devices.ready);
    const paused = await first.call('POST', `/rollouts/${id}/pause`);
    expect(paused.body).toMatchObject({ state: 'paused', because: 'an operator paused it' });
    const twice = await first.call('POST', `/rollouts/${id}/pause`);
    expect([twice.status, (twice.body as { code: string }).code]).toEqual([409, 'ROLLOUT_STATE']);
    await Promise.all(running.splice(0).map((device) => device.stop()));
    await first.stop({ data: true });

    const second = await Tandem.start({}, first.data, clock);
    try {
      await start(second);
      await clock.sleep(4500);
      expect(await viewOf(id, second)).toMatchObject({ state: 'paused', wave: 0 });
      expect((await viewOf(id, second)).waves[1]?.devices).toEqual({ waiting: 2 });
      await second.call('POST', `/rollouts/${id}/resume`);
      const done = await until(id, 'done', second);
      expect(done.waves.map((wave) => wave.devices)).toEqual([{ ready: 1 }, { ready: 2 }]);
    } finally {
      await Promise.all(running.splice(0).map((device) => device.stop()));
      await second.stop({ data: true });
      await rm(first.data, { recursive: true, force: true });
    }
  }, 120_000);
});

describe('a rollout', () => {
  it('reaches every device with a policy', async () => {
    const { group, ids } = await fleet(2, { frameMs: USUAL_MS });
    const { id } = await begin(group, {
      change: { strategy: 'local', deadlineMs: 5000 },
      waves: [0.5, 1],
    });
    await until(id, 'done');
    for (const device of ids) {
      const { body } = await tandem.call('GET', `/devices/${device}`);
      expect(body).toMatchObject({ strategy: 'local', deadlineMs: 5000, model: old });
    }
  }, 60_000);

  it('judges no frame of the older plan while the one for its policy is not ready', async () => {
    const { group, ids } = await fleet(1, { frameMs: USUAL_MS });
    const [device = ''] = ids;
    // What happens to the device waits for this, as it does for a long queue.
    let proceed: () => void = () => undefined;
    const held = tandem.app.get(DeviceStates).inOrder(device, () => {
      return new Promise<void>((resolve) => {
        proceed = resolve;
      });
    });
    const { id } = await begin(group, { change: { strategy: 'local' }, waves: [1] });
    await clock.sleep(5000);
    const early = await viewOf(id);
    proceed();
    await held;
    expect(early.waves[0]?.devices).toEqual({ switching: 1 });
    await until(id, 'done');
  }, 60_000);

  it('does not count a ready canary that an operator changed or deleted', async () => {
    for (const [method, body] of [
      ['PATCH', { strategy: 'cloud' }],
      ['DELETE', undefined],
    ] as const) {
      const { group, ids, devices } = await fleet(2, { frameMs: USUAL_MS });
      const change = { strategy: 'local' };
      const { id } = await begin(group, { change, waves: [0.5, 1], gates: { observeS: 600 } });
      await eventually('a canary', async () => (await viewOf(id)).waves[0]?.devices.ready);
      running = running.filter((one) => one !== devices[0]);
      await devices[0]?.stop();
      await tandem.call(method, `/devices/${ids[0]}`, body);
      const { because } = await until(id, 'rolled-back');
      expect(because).toBe('no device of wave 1 has taken it, so nothing is known of it');
    }
  }, 60_000);

  it('is rolled back by an operator, and keeps what an operator changed meanwhile', async () => {
    const { group, ids } = await fleet(3, { frameMs: USUAL_MS });
    const { id } = await begin(group, { waves: [1], gates: { ...GATES, observeS: 600 } });
    await eventually(
      'three ready',
      async () => (await viewOf(id)).waves[0]?.devices.ready === 3 || undefined,
    );
    const other = await tandem.call('POST', '/rollouts', {
      change: { model: next },
      target: { devices: [ids[0]] },
    });
    expect((other.body as { code: string }).code).toBe('REQUEST_INVALID');
    const busy = await tandem.call('POST', '/rollouts', {
      change: { strategy: 'local' },
      target: { group },
    });
    expect([busy.status, (busy.body as { code: string }).code]).toEqual([409, 'ROLLOUT_CONFLICT']);
    await tandem.call('PATCH', `/devices/${ids[1]}`, { model: null });
    await tandem.call('POST', `/rollouts/${id}/rollback`);
    const over = await until(id, 'rolled-back');
    expect(over.waves[0]?.devices).toEqual({ restored: 2, left: 1 });
    expect(await Promise.all(ids.map(modelOf))).toEqual([old, null, old]);
  }, 60_000);

  it.each([
    ['nothing', { change: {} }, 'REQUEST_INVALID'],
    [
      'a model and a policy at once',
      { change: { model: 'x', strategy: 'local' } },
      'REQUEST_INVALID',
    ],
    ['a model that is not there', { change: { model: 'x' } }, 'MODEL_UNKNOWN'],
    ['waves that do not end with all devices', { waves: [0.1, 0.5] }, 'REQUEST_INVALID'],
    ['waves that go back', { waves: [0.5, 0.1, 1] }, 'REQUEST_INVALID'],
    ['a device that is not there', { target: { devices: ['ghost'] } }, 'DEVICE_UNKNOWN'],
    ['a target that names nothing', { target: {} }, 'REQUEST_INVALID'],
    ['a target without a tag', { target: { tags: [] } }, 'REQUEST_INVALID'],
    ['every device and some', { target: { all: true, group: 'a' } }, 'REQUEST_INVALID'],
  ])('is rejected with %s', async (_, more, code) => {
    const body = { change: { model: next }, target: { all: true }, ...more };
    const answer = await tandem.call('POST', '/rollouts', body);
    expect((answer.body as { code: string }).code).toBe(code);
  });

  it('returns 404 when it does not exist', async () => {
    const answer = await tandem.call('GET', `/rollouts/${'0'.repeat(16)}`);
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([
      404,
      'ROLLOUT_UNKNOWN',
    ]);
  });
});
