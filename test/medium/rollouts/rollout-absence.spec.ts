/** Rollouts with the real service and devices that die, or are offline: who should be there is waited for or named. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '../../../src/platform/index.js';
import { deaths, FollowingDevice } from '../../support/devices/following-device.js';
import { linkOf, type PlayedDevice } from '../../support/devices/played-device.js';
import { eventually } from '../../support/processes/processes.js';
import { GATES, RolloutScene, someFrames, USUAL_MS } from '../../support/rollouts/rollout-scene.js';

let scene: RolloutScene;

beforeAll(async () => {
  scene = await RolloutScene.start();
}, 60_000);
afterEach(() => scene.rest());
afterAll(() => scene.tandem.stop());

describe('a rollout to devices that die', () => {
  const gates = { ...GATES, silentS: 10, absentS: 3000 };

  /** The device that died is named; how long the rollout took to decide. */
  async function named(
    id: string,
    device: string,
    diedMs: number,
    fault = 'it is silent since ',
  ): Promise<string> {
    const over = await eventually('a rollback', async () => {
      const seen = await scene.viewOf(id);
      expect(seen.state).not.toBe('done');
      return seen.state === 'running' ? undefined : seen;
    });
    const [, text] = over.events.map((event) => event.text).slice(-2);
    expect(text).toMatch(new RegExp(`^1 of 1 devices failed: ${device}: ${fault}`));
    expect(over.because).toBe(text);
    expect(over.measured?.failed).toEqual({ count: 1, devices: [{ device, since: null }] });
    const devices = await scene.devicesOf(id);
    expect(devices.find((one) => one.device === device)?.fault).toMatch(new RegExp(`^${fault}`));
    expect((await scene.auditOf(id)).map(({ subject }) => subject)).toContain(`rollouts/${id}`);
    const decidedMs = Date.parse(over.events.at(-1)?.at ?? '') - diedMs;
    return `${Math.round(decidedMs / 1000)} s`;
  }

  it('is never done: it names the device and goes back, whenever the device dies', async () => {
    const figures = await Promise.all([
      ...deaths.map(async (dies) => {
        const { group, ids } = await scene.fleet(2, { frameMs: USUAL_MS, dies });
        const { id } = await scene.begin(group, { waves: [0.5, 1], gates });
        await eventually('the switch of the canary', async () => {
          return (await scene.viewOf(id)).waves[0]?.devices.switching || undefined;
        });
        const figure = await named(id, ids[0] ?? '', scene.clock.now().getTime());
        return `${dies}: ${figure}`;
      }),
      (async () => {
        const { id, device, played } = await afterWave(gates.silentS);
        await played?.die();
        return `after the wave: ${await named(id, device, scene.clock.now().getTime())}`;
      })(),
    ]);
    process.stdout.write(`rolled back, with silentS 10, ${figures.join(', ')}\n`);
  }, 60_000);

  /** A rollout whose one device is well with the change, and which waits for one that is absent. */
  async function afterWave(silentS: number) {
    const { group, ids, devices } = await scene.fleet(1, { frameMs: USUAL_MS });
    await scene.enrol(`${group}-away`, group);
    const { id } = await scene.begin(group, { waves: [1], gates: { ...gates, silentS } });
    await eventually('a good wave', async () => {
      return (await scene.viewOf(id)).because.includes('absent device(s)') || undefined;
    });
    return { id, device: ids[0] ?? '', played: devices[0] };
  }

  it('goes back when a device stays connected and sends nothing, and names it', async () => {
    const { id, device, played } = await afterWave(10);
    await played?.fallSilent();
    const sinceMs = scene.clock.now().getTime();
    const figure = await named(id, device, sinceMs, 'it is connected and has sent nothing since ');
    process.stdout.write(`rolled back, with silentS 10, connected and sends nothing: ${figure}\n`);
  }, 60_000);

  it('goes back when a device restarts again and again, and names it', async () => {
    const { id, device, played } = await afterWave(30);
    await played?.die();
    const sinceMs = scene.clock.now().getTime();
    let restarts = 0;
    while ((await scene.viewOf(id)).state === 'running') {
      const session = await scene.tandem.connectAs(device, scene.tandem.secretOf(device));
      const one = await FollowingDevice.start(session, () => ({ frameMs: USUAL_MS }), scene.clock);
      await someFrames([one]);
      await one.die();
      restarts += 1;
    }
    const figure = await named(id, device, sinceMs, 'it does not keep a session for 30 s: 3 have');
    process.stdout.write(
      `rolled back, with silentS 30, restarts again and again: ${figure}, ${restarts} restarts\n`,
    );
  }, 60_000);
});

describe('a rollout with absent devices', () => {
  /** A device that runs, and one of its group that has never been online. */
  async function halfAway() {
    const { group, ids } = await scene.fleet(1, { frameMs: USUAL_MS });
    const away = `${group}-away`;
    const connect = await scene.enrol(away, group);
    return { group, ids, away, connect };
  }

  it('is done without them after their time, names them, and changes nothing of them', async () => {
    const { group, ids, away } = await halfAway();
    const { id } = await scene.begin(group, { gates: { ...GATES, silentS: 10, absentS: 0 } });
    const done = await scene.until(id, 'done');
    expect(done.because).toBe(
      `all waves were good; 1 device(s) were absent and keep what they had: ${away}`,
    );
    expect(done.waves.map((wave) => wave.devices)).toEqual([{ ready: 1 }, { absent: 1 }]);
    expect(done.measured?.absent).toEqual({ count: 1, devices: [{ device: away, since: null }] });
    expect(await Promise.all([...ids, away].map((one) => scene.modelOf(one)))).toEqual([
      scene.next,
      scene.old,
    ]);
  }, 60_000);

  it('gives them the change when they come, and says what it does not know', async () => {
    const { group, away, connect } = await halfAway();
    const gates = { ...GATES, absentS: 3000, warmUpS: 3000 };
    await scene.enrol(`${group}-sold`, group);
    const { id } = await scene.begin(group, { waves: [0.5, 1], gates });
    await scene.tandem.call('DELETE', `/devices/${group}-sold`);
    await eventually('a word of the absent device', async () => {
      const { because } = await scene.viewOf(id);
      return (because.startsWith('1 absent device(s)') && because.endsWith(away)) || undefined;
    });
    expect((await scene.viewOf(id)).waves.map((wave) => wave.devices)).toEqual([
      { ready: 1 },
      { waiting: 1 },
    ]);
    scene.running.push(
      await FollowingDevice.start(await connect(), () => ({ frameMs: 40 }), scene.clock),
    );
    const done = await scene.until(id, 'done');
    expect(done.waves.map((wave) => wave.devices)).toEqual([{ ready: 1 }, { ready: 1 }]);
    expect(done.measured?.before).toEqual({ frames: 0, failed: 0, fallbacks: 0, p95Ms: null });
    expect(done.events.map(({ text }) => text)).toEqual([
      'begun: 3 device(s) in 2 wave(s)',
      'wave 1 of 2 was good; p95 not compared: 0 frames before, 0 since',
      'all waves were good; p95 not compared: 0 frames before, 0 since',
    ]);
  }, 60_000);
});

describe('frames before the switch that are not there', () => {
  /** What a rollout knows of a device without frames in the history, once all is done. */
  async function ranBefore(prepare: (device: PlayedDevice) => Promise<unknown>) {
    const id = `bare-${++bare}`;
    const connect = await scene.enrol(id, id);
    const behaviour = (model: string) => ({ frameMs: USUAL_MS, isIdle: model === scene.old });
    const played = await connect();
    scene.running.push(await FollowingDevice.start(played, behaviour, scene.clock));
    await prepare(played);
    const rollout = await scene.begin(id, { waves: [1], gates: { ...GATES, minFrames: 1 } });
    await scene.until(rollout.id, 'done');
    const [device] = await scene.devicesOf(rollout.id);
    return device?.ranBefore;
  }
  let bare = 0;

  it('are none, unknown while the device holds records, and unknown above the mark of retention', async () => {
    expect(await ranBefore(async () => undefined)).toBe(0);
    const holding = (device: PlayedDevice) => device.reportLink(linkOf(20), { recordsWaiting: 7 });
    expect(await ranBefore(holding)).toBeNull();
    const client = scene.tandem.app.get(Database).client;
    const swept = async () => {
      const fromMs = BigInt(scene.clock.now().getTime());
      const mark = { part: 'frames', fromMs };
      await client.historyMark.upsert({ where: { part: 'frames' }, create: mark, update: mark });
    };
    expect(await ranBefore(swept)).toBeNull();
  }, 60_000);
});
