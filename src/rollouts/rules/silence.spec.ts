import { describe, expect, it } from 'vitest';
import { gates as gatesOf, type RolloutDevice, waitingDevice } from './rollout.js';
import { judged, namesOf, standingOf } from './silence.js';

const at = (s: number) => new Date(1_000 * s);
const gates = gatesOf.parse({ convergeS: 60, silentS: 40 });
const switching: RolloutDevice = {
  ...waitingDevice('pi', 1, { model: 'old' }),
  ...{ state: 'switching', switchedAt: at(0), onlineSince: at(-99) },
};
const ready: RolloutDevice = { ...switching, state: 'ready', readyAt: at(10), ranBefore: 5 };

interface When {
  readonly now: number;
  readonly gone?: number;
  readonly listening?: number;
  readonly claimedSilenceS?: number;
}

function look(
  one: RolloutDevice,
  { now, gone, listening = -99, claimedSilenceS }: When,
): RolloutDevice {
  const presence = {
    present: new Map(),
    gone: new Map(gone === undefined ? [] : [['pi', at(gone)]]),
    ...{ live: new Map(), ended: new Map(), listeningSince: at(listening) },
  };
  return judged(one, presence, gates, at(now), claimedSilenceS);
}

describe('a device that was switched', () => {
  it.each([
    ['switching', switching],
    ['ready', ready],
  ])('has failed when it is offline for too long: %s', (_, one) => {
    expect(look(one, { gone: 20, now: 59 })).toBe(one);
    expect(look(one, { gone: 20, now: 60 })).toMatchObject({
      ...{ state: 'failed', fault: 'it is silent since 1970-01-01T00:00:20.000Z' },
    });
  });

  it('is silent since its switch at the earliest: the database is late by seconds', () => {
    expect(look(switching, { gone: -3, now: 39 })).toBe(switching);
    expect(look(switching, { gone: -3, now: 40 })).toMatchObject({ state: 'failed' });
  });

  it('is silent since the start of the service at the earliest: before, nothing is known', () => {
    expect(look(ready, { gone: 20, listening: 500, now: 539 })).toBe(ready);
    expect(look(ready, { gone: 20, listening: 500, now: 540 })).toMatchObject({ state: 'failed' });
  });

  it('has not failed within the silence it claims, of two hours at most', () => {
    const claims = (claimedSilenceS: number) => ({ gone: 20, claimedSilenceS });
    expect(look(ready, { ...claims(1800), now: 1819 })).toBe(ready);
    expect(look(ready, { ...claims(1800), now: 1820 })).toMatchObject({ state: 'failed' });
    expect(look(ready, { ...claims(1e9), now: 7219 })).toBe(ready);
    expect(look(ready, { ...claims(1e9), now: 7220 })).toMatchObject({ state: 'failed' });
    expect(look(ready, { ...claims(1), now: 60 })).toMatchObject({ state: 'failed' });
  });

  it('has not failed while it is connected and sends nothing for no longer than it claims', () => {
    const heard = { beganAt: at(-99), heardAt: at(20), sendsTelemetry: true };
    const presence = {
      ...{ present: new Map(), gone: new Map(), ended: new Map(), listeningSince: at(-99) },
      live: new Map([['pi', heard]]),
    };
    expect(judged(switching, presence, gates, at(649), 630)).toBe(switching);
    expect(judged(switching, presence, gates, at(650), 630)).toMatchObject({ state: 'failed' });
    expect(judged(switching, presence, gates, at(60), 0)).toMatchObject({ state: 'failed' });
  });

  it('has not failed when an earlier version switched it while it was offline', () => {
    const unreached = { ...switching, onlineSince: null };
    expect(look(unreached, { gone: -50, now: 900 })).toBe(unreached);
  });
});

describe('a ready device that runs no frame', () => {
  it('has longer by the silence it claims: its records come later', () => {
    expect(look(ready, { claimedSilenceS: 600, now: 669 })).toBe(ready);
    expect(look(ready, { claimedSilenceS: 600, now: 670 })).toMatchObject({ state: 'failed' });
  });

  it('has failed after the time to get ready, when it ran some before', () => {
    expect(look(ready, { now: 69 })).toBe(ready);
    expect(look(ready, { now: 70 })).toMatchObject({
      fault: 'it has run no frame since 1970-01-01T00:00:10.000Z, and ran 5 before',
    });
    expect(look(ready, { now: 70, listening: 40 })).toBe(ready);
  });

  it('has not failed when it ran none before, when this is unknown, or when it ran one', () => {
    for (const more of [{ ranBefore: 0 }, { ranBefore: null }, { ranAt: at(12) }]) {
      const one = { ...ready, ...more };
      expect(look(one, { now: 900 })).toBe(one);
    }
  });
});

describe('the standing of a rollout', () => {
  it('names who failed, is silent, idle and absent, and since when', () => {
    const as = (device: string, one: RolloutDevice, more: Partial<RolloutDevice> = {}) => ({
      ...{ ...one, device, ...more },
    });
    const devices = [
      as('gone', switching),
      as('idle', ready),
      as('well', ready, { ranAt: at(11) }),
      as('back', ready, { ranAt: at(11) }),
      as('bad', ready, { state: 'failed' }),
      ...['late', 'next'].map((id) => waitingDevice(id, 1, {})),
      as('past', waitingDevice('past', 1, {}), { state: 'absent' }),
    ];
    const gone = new Map([
      ['gone', at(20)],
      ['bad', at(20)],
    ]);
    const session = (s: number) => ({ beganAt: at(s), heardAt: at(s), sendsTelemetry: true });
    const live = new Map([
      ['back', session(30)],
      ['well', session(5)],
    ]);
    const present = new Map([['next', at(0)]]);
    const only = (device: string, since: Date | null = null) => ({
      ...{ count: 1, devices: [{ device, since: since?.toISOString() ?? null }] },
    });
    expect(standingOf(devices, { gone, present, live }, gates, at(50))).toEqual({
      restarted: only('back', at(30)),
      ...{ failed: only('bad'), silent: only('gone', at(20)), idle: only('idle', at(10)) },
      absent: {
        count: 2,
        devices: [
          { device: 'late', since: null },
          { device: 'past', since: null },
        ],
      },
    });
  });

  it('lists twenty devices, and counts all', () => {
    const devices = Array.from({ length: 30 }, (_, n) => waitingDevice(`pi-${n}`, 1, {}));
    const none = { gone: new Map(), present: new Map(), live: new Map() };
    const { absent } = standingOf(devices, none, gates, at(50));
    expect([absent.count, absent.devices.length]).toEqual([30, 20]);
    expect(namesOf(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('a, b, c, d, e and 2 more');
  });
});
