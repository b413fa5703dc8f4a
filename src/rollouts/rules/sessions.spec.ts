import { describe, expect, it } from 'vitest';
import { gates as gatesOf, type RolloutDevice, waitingDevice } from './rollout.js';
import {
  isUnsteady,
  judgedFromMs,
  type LiveSession,
  loopOf,
  muteOf,
  SessionWatch,
} from './sessions.js';

const at = (s: number) => new Date(1_000 * s);
const gates = gatesOf.parse({ convergeS: 600, silentS: 40, warmUpS: 20 });
const ready: RolloutDevice = {
  ...waitingDevice('pi', 1, { model: 'old' }),
  ...{ state: 'ready', switchedAt: at(0), onlineSince: at(-99), readyAt: at(10), ranBefore: 5 },
};
const session = (beganS: number, heardS = beganS, sendsTelemetry = true): LiveSession => {
  return { beganAt: at(beganS), heardAt: at(heardS), sendsTelemetry };
};

/** Sessions of the device `pi`, as begin and end in seconds. */
function watched(...sessions: readonly (readonly [number, number])[]) {
  const watch = new SessionWatch();
  for (const [n, [from, to]] of sessions.entries()) {
    const source = { device: 'pi', connection: `c${n}` };
    watch.connected(source, at(from));
    watch.disconnected(source, at(to));
  }
  return watch.ended.get('pi') ?? [];
}

describe('a device that restarts again and again', () => {
  it('has failed after three sessions in a row that were too short', () => {
    expect(loopOf(ready, watched([1, 9], [12, 30]), gates)).toBeUndefined();
    expect(loopOf(ready, watched([1, 9], [12, 30], [33, 72]), gates)).toBe(
      'it does not keep a session for 40 s: 3 have ended since 1970-01-01T00:00:01.000Z',
    );
  });

  it('has not failed when it kept one of them, or had them before its switch', () => {
    expect(loopOf(ready, watched([1, 9], [12, 60], [63, 72]), gates)).toBeUndefined();
    expect(loopOf(ready, watched([-30, -20], [1, 9], [12, 30]), gates)).toBeUndefined();
    const others = watched([1, 9], [12, 30], [33, 50], [60, 120], [121, 130]);
    expect(loopOf(ready, others, gates)).toBeUndefined();
  });

  it('is unsteady until it keeps a session for as long as it may be silent', () => {
    const now = at(100);
    expect(isUnsteady(ready, session(61), gates, now)).toBe(true);
    expect(isUnsteady(ready, session(60), gates, now)).toBe(false);
    expect(isUnsteady(ready, session(-5), gates, at(10))).toBe(false);
    expect(isUnsteady(ready, undefined, gates, now)).toBe(false);
  });
});

describe('a watch of sessions', () => {
  it('ends the open session of a device that connects again, and ignores its late end', () => {
    const watch = new SessionWatch();
    watch.connected({ device: 'pi', connection: 'a' }, at(1));
    watch.connected({ device: 'pi', connection: 'b' }, at(5));
    watch.disconnected({ device: 'pi', connection: 'a' }, at(6));
    expect(watch.ended.get('pi')).toEqual([{ beganAt: at(1), endedAt: at(5) }]);
  });

  it('keeps three sessions of each device, and none of devices that are not watched', () => {
    expect(watched([1, 2], [3, 4], [5, 6], [7, 8]).map(({ beganAt }) => beganAt)).toEqual([
      ...[at(3), at(5), at(7)],
    ]);
    const watch = new SessionWatch();
    watch.disconnected({ device: 'pi', connection: 'of before' }, at(1));
    watch.connected({ device: 'pi', connection: 'a' }, at(2));
    watch.keep(() => false);
    watch.disconnected({ device: 'pi', connection: 'a' }, at(3));
    expect([...watch.ended]).toEqual([]);
  });
});

describe('a device that is connected and sends nothing', () => {
  const mute = (live: LiveSession, now: number, more: Partial<RolloutDevice> = {}) =>
    muteOf({ ...ready, ...more }, live, gates, at(now));

  it('has failed when it sends telemetry at other times', () => {
    expect(mute(session(-99, 30), 69)).toBeUndefined();
    expect(mute(session(-99, 30), 70)).toBe(
      'it is connected and has sent nothing since 1970-01-01T00:00:30.000Z',
    );
  });

  it('is asked since its switch at the earliest', () => {
    expect(mute(session(-99, -90), 39)).toBeUndefined();
    expect(mute(session(-99, -90), 40)).toBeDefined();
    expect(mute(session(-99, -90), 90, { switchedAt: null })).toBeUndefined();
  });

  it('has longer when it sends no telemetry, and is not asked when it ran no frame before', () => {
    expect(mute(session(-99, 30, false), 629)).toBeUndefined();
    expect(mute(session(-99, 30, false), 630)).toBeDefined();
    for (const ranBefore of [0, null]) {
      expect(mute(session(-99, 30, false), 9_000, { ranBefore })).toBeUndefined();
    }
  });
});

describe('the frames of a ready device', () => {
  it('are judged since it is ready, in the session of then', () => {
    expect(judgedFromMs(ready, session(-99), gates)).toBe(10_000);
    expect(judgedFromMs(ready, session(10), gates)).toBe(10_000);
  });

  it('are judged some time after the begin of a later session', () => {
    expect(judgedFromMs(ready, session(50), gates)).toBe(70_000);
  });

  it('are not judged without a session', () => {
    expect(judgedFromMs(ready, undefined, gates)).toBeUndefined();
  });
});
