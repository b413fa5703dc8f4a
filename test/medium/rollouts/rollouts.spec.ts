/** Rollouts with the real service and devices that follow it: good ones reach every device, bad ones stop at the canary and roll back. */
import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DeviceStates } from '../../../src/plans/state/device-states.js';
import type { RolloutDeviceView } from '../../../src/rollouts/schemas/rollout-answers.js';
import type { Outcome } from '../../../src/wire/index.js';
import { FollowingDevice } from '../../support/devices/following-device.js';
import { eventually } from '../../support/processes/processes.js';
import { GATES, RolloutScene, someFrames, USUAL_MS } from '../../support/rollouts/rollout-scene.js';
import { Tandem } from '../../support/service/tandem.js';

let scene: RolloutScene;
let tandem: Tandem;
let [old, next] = ['', ''];

beforeAll(async () => {
  scene = await RolloutScene.start();
  ({ tandem, old, next } = scene);
}, 60_000);
afterEach(() => scene.rest());
afterAll(() => tandem.stop());

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
      const { group, ids, devices } = await scene.fleet(4, behaviour);
      const { id } = await scene.begin(group);
      const over = await scene.until(id, 'rolled-back');
      expect(over.because).toMatch(because);
      expect(over.wave).toBe(0);
      expect(over.waves.map((wave) => wave.devices)).toEqual([{ restored: 1 }, { waiting: 3 }]);
      expect(await Promise.all(ids.map((one) => scene.modelOf(one)))).toEqual([old, old, old, old]);
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
      const entries = await scene.auditOf(id);
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

describe('the p95 before a rollout', () => {
  it('is that of a device that is warm, not of the first frames of its start', async () => {
    const begunMs = scene.clock.monotonicMs();
    const { group } = await scene.fleet(1, { frameMs: 3 * USUAL_MS }, 100);
    const warmUpS = Math.ceil((scene.clock.monotonicMs() - begunMs) / 1000);
    // Its session began after `begunMs`: this leaves frames that are compared.
    await scene.clock.sleep(1000 * (warmUpS + 1));
    const { id } = await scene.begin(group, { waves: [1], gates: { ...GATES, warmUpS } });
    const { because } = await scene.until(id, 'rolled-back');
    expect(because).toMatch(/^the p95 of \d+ frames is 1[23]\d\.\d ms, it was 4\d\.\d ms$/);
  }, 60_000);
});

describe('a rollout of a good model', () => {
  it('reaches every device, wave by wave, and no frame is lost', async () => {
    const { group, ids, devices } = await scene.fleet(4, { frameMs: USUAL_MS });
    const { id } = await scene.begin(group, { waves: [0.25, 0.5, 1] });
    const done = await scene.until(id, 'done');
    expect(done.waves.map((wave) => wave.devices)).toEqual([
      { ready: 1 },
      { ready: 1 },
      { ready: 2 },
    ]);
    expect(done.events.map(({ text }) => text)).toEqual([
      ...['begun: 4 device(s) in 3 wave(s)', 'wave 1 of 3 was good', 'wave 2 of 3 was good'],
      'all waves were good',
    ]);
    expect(await Promise.all(ids.map((one) => scene.modelOf(one)))).toEqual([
      next,
      next,
      next,
      next,
    ]);
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
    scene.running = [];
  }, 90_000);

  it('survives a restart of the service: frames without one are not judged, and bad ones after it are', async () => {
    const first = await Tandem.start({}, undefined, scene.clock);
    const [before, after] = [await first.addModel('tiny-chain'), await first.addModel('tiny-fork')];
    const group = 'held';
    const ids = ['held-0', 'held-1', 'held-2', 'worse-0'];
    const start = async (of: Tandem, outcome?: Outcome) => {
      for (const id of ids) {
        const device = await of.connectAs(id, first.secretOf(id));
        const behaviour = () => ({
          frameMs: USUAL_MS,
          ...(id === 'worse-0' && outcome !== undefined && { outcome }),
        });
        scene.running.push(await FollowingDevice.start(device, behaviour, scene.clock));
      }
    };
    for (const id of ids) {
      await first.enrol(id, before);
      await first.call('PATCH', `/devices/${id}`, { group: id.split('-')[0] });
    }
    await start(first);
    await someFrames(scene.running);
    const gates = { ...GATES, observeS: 8, silentS: 20 };
    const more = { change: { model: after }, waves: [0.3, 1], gates };
    const { id } = await scene.begin(group, more, first);
    const worse = await scene.begin('worse', { ...more, waves: [1] }, first);
    await eventually('canaries', async () => {
      const views = await Promise.all([id, worse.id].map((one) => scene.viewOf(one, first)));
      return views.every(({ waves }) => waves[0]?.devices.ready === 1) || undefined;
    });
    await first.call('POST', `/rollouts/${worse.id}/pause`);
    const paused = await first.call('POST', `/rollouts/${id}/pause`);
    expect(paused.body).toMatchObject({ state: 'paused', because: 'an operator paused it' });
    const twice = await first.call('POST', `/rollouts/${id}/pause`);
    expect([twice.status, (twice.body as { code: string }).code]).toEqual([409, 'ROLLOUT_STATE']);
    await Promise.all(scene.running.splice(0).map((device) => device.stop()));
    await first.stop({ data: true });

    const second = await Tandem.start({}, first.data, scene.clock);
    try {
      const alone = scene.clock.now().getTime();
      await scene.clock.sleep(8000);
      await start(second, 'local-fallback');
      await someFrames(scene.running);
      // The service was there, and the devices had no session yet.
      for (const device of scene.running.slice(0, 3)) {
        await device.reportFallbacks(200, scene.clock.now().getTime() - alone);
      }
      const back = await scene.until(worse.id, 'rolled-back', second);
      expect(back.because).toMatch(/% of \d+ frames failed or fell back, 0 % did before$/);
      const held = await scene.viewOf(id, second);
      expect(held, held.because).toMatchObject({ state: 'paused', wave: 0 });
      expect((await scene.viewOf(id, second)).waves[1]?.devices).toEqual({ waiting: 2 });
      await second.call('POST', `/rollouts/${id}/resume`);
      const done = await scene.until(id, 'done', second);
      expect(done.waves.map((wave) => wave.devices)).toEqual([{ ready: 1 }, { ready: 2 }]);
      expect(done.measured?.after).toMatchObject({ fallbacks: 0 });
    } finally {
      await Promise.all(scene.running.splice(0).map((device) => device.stop()));
      await second.stop({ data: true });
      await rm(first.data, { recursive: true, force: true });
    }
  }, 120_000);
});

describe('a rollout', () => {
  it('reaches every device with a policy', async () => {
    const { group, ids } = await scene.fleet(2, { frameMs: USUAL_MS });
    const { id } = await scene.begin(group, {
      change: { strategy: 'local', deadlineMs: 5000 },
      waves: [0.5, 1],
    });
    await scene.until(id, 'done');
    for (const device of ids) {
      const { body } = await tandem.call('GET', `/devices/${device}`);
      expect(body).toMatchObject({ strategy: 'local', deadlineMs: 5000, model: { id: old } });
    }
  }, 60_000);

  it('judges no frame of the older plan while the one for its policy is not ready', async () => {
    const { group, ids } = await scene.fleet(1, { frameMs: USUAL_MS });
    const [device = ''] = ids;
    // What happens to the device waits for this, as it does for a long queue.
    let proceed: () => void = () => undefined;
    const held = tandem.app.get(DeviceStates).inOrder(device, () => {
      return new Promise<void>((resolve) => {
        proceed = resolve;
      });
    });
    const { id } = await scene.begin(group, { change: { strategy: 'local' }, waves: [1] });
    await scene.clock.sleep(5000);
    const early = await scene.viewOf(id);
    proceed();
    await held;
    expect(early.waves[0]?.devices).toEqual({ switching: 1 });
    await scene.until(id, 'done');
  }, 60_000);

  it('does not count a ready canary that an operator changed or deleted', async () => {
    for (const [method, body] of [
      ['PATCH', { strategy: 'cloud' }],
      ['DELETE', undefined],
    ] as const) {
      const { group, ids, devices } = await scene.fleet(2, { frameMs: USUAL_MS });
      const change = { strategy: 'local' };
      const { id } = await scene.begin(group, {
        change,
        waves: [0.5, 1],
        gates: { observeS: 600 },
      });
      await eventually('a canary', async () => (await scene.viewOf(id)).waves[0]?.devices.ready);
      scene.running = scene.running.filter((one) => one !== devices[0]);
      await devices[0]?.stop();
      await tandem.call(method, `/devices/${ids[0]}`, body);
      const { because } = await scene.until(id, 'rolled-back');
      expect(because).toBe('no device of wave 1 has taken it, so nothing is known of it');
    }
  }, 60_000);

  it('is rolled back by an operator, and keeps what an operator changed meanwhile', async () => {
    const { group, ids } = await scene.fleet(3, { frameMs: USUAL_MS });
    const { id } = await scene.begin(group, { waves: [1], gates: { ...GATES, observeS: 600 } });
    await eventually(
      'three ready',
      async () => (await scene.viewOf(id)).waves[0]?.devices.ready === 3 || undefined,
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
    const over = await scene.until(id, 'rolled-back');
    expect(over.waves[0]?.devices).toEqual({ restored: 2, left: 1 });
    expect(await Promise.all(ids.map((one) => scene.modelOf(one)))).toEqual([old, null, old]);
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
