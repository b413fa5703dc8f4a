import { describe, expect, it } from 'vitest';
import { type Look, nextStep } from './next-step.js';
import { gates as gatesOf, type RolloutDevice, waitingDevice } from './rollout.js';

const at = (s: number) => new Date(1_000 * s);
const gates = gatesOf.parse({ minFrames: 20, observeS: 30, convergeS: 60, silentS: 40 });
const none = { frames: 0, failed: 0, fallbacks: 0, p95Ms: null };
const unheard: ReadonlySet<string> = new Set();
const usual = { frames: 100, failed: 0, fallbacks: 0, p95Ms: 100 };
const good = { before: usual, after: usual, comparedFrames: 100, unheard };

const device = (n: number, more: Partial<RolloutDevice> = {}): RolloutDevice => ({
  ...waitingDevice(`pi-${n}`, n === 0 ? 1 : 2, { model: 'old' }),
  ...more,
});

const switched = { switchedAt: at(0), onlineSince: at(-99) } as const;
const switching = { state: 'switching', ...switched } as const;
const ran = { ranBefore: 9, ranAt: at(11) } as const;
const ready = { state: 'ready', ...switched, readyAt: at(10), ...ran } as const;

function look(devices: RolloutDevice[], more: Partial<Look> = {}): Look {
  return {
    ...{ state: 'running', wave: 0, shares: [0.25, 1], gates, devices, now: at(50) },
    there: new Set(devices.map((one) => one.device)),
    present: new Map(devices.map((one) => [one.device, at(-99)])),
    ...{
      gone: new Map(),
      live: new Map(),
      ended: new Map(),
      listeningSince: at(-99),
      createdAt: at(0),
    },
    comparison: { before: usual, after: none, comparedFrames: 0, unheard },
    ...more,
  };
}

describe('a rollout', () => {
  it('switches the devices of its wave, and no others', () => {
    const step = nextStep(look([device(0), device(1), device(2)]));
    expect(step).toMatchObject({ kind: 'switch', devices: [{ device: 'pi-0' }] });
  });

  it('waits until its devices are ready, ran enough frames and were observed', () => {
    const preparing = look([device(0, switching), device(1)]);
    expect(nextStep(preparing)).toEqual({ kind: 'wait', because: '1 device(s) get ready: pi-0' });
    const devices = [device(0, ready), device(1)];
    const few = { before: usual, after: { ...usual, frames: 7 }, comparedFrames: 7, unheard };
    expect(nextStep(look(devices, { comparison: few }))).toMatchObject({
      because: '7 of 20 frames were run',
    });
    const enough = { before: usual, after: { ...usual, frames: 20 }, comparedFrames: 20, unheard };
    const early = look(devices, { comparison: enough, now: at(25) });
    expect(nextStep(early)).toMatchObject({ because: 'it is watched for another 15 s' });
    expect(nextStep(look(devices, { comparison: enough }))).toEqual({
      ...{ kind: 'advance', notes: [], isEmpty: false },
    });
  });

  it('is complete after its last wave', () => {
    const devices = [device(0, ready), device(1, ready)];
    const step = nextStep(look(devices, { wave: 1, comparison: good }));
    expect(step).toEqual({ kind: 'complete', notes: [] });
  });

  it('draws its wave from the devices that are online when it begins', () => {
    const devices = [1, 2, 3, 4, 5].map((n) => device(n));
    const present = new Map(['pi-2', 'pi-4', 'pi-5'].map((id) => [id, at(-200)] as const));
    const step = nextStep(look(devices, { shares: [0.5, 1], present }));
    expect(step).toEqual({
      kind: 'draw',
      devices: [device(2, { wave: 0 }), device(4, { wave: 0 })],
    });
  });

  it('draws its wave again when none of it is there any more and none was switched', () => {
    const devices = [device(0), device(1)];
    const step = nextStep(look(devices, { present: new Map([['pi-1', at(-200)]]) }));
    expect(step).toEqual({
      kind: 'draw',
      devices: [device(1, { wave: 0 }), device(0, { wave: 1 })],
    });
  });

  it('finishes the step of a device that may have the change, wherever the device is', () => {
    const half = device(0, { switchedAt: at(40) });
    expect(nextStep(look([half, device(1)], { present: new Map() }))).toEqual({
      ...{ kind: 'switch', devices: [half] },
    });
  });

  it('does not wait for absent devices, but for those that it switched', () => {
    const devices = [device(0, ready), device(1, { wave: 0 }), device(2)];
    const present = new Map([['pi-2', at(-99)]]);
    const advance = { kind: 'advance', notes: [], isEmpty: false };
    expect(nextStep(look(devices, { present, comparison: good }))).toEqual(advance);
    const gone = new Map([['pi-1', at(20)]]);
    const silent = [device(0, ready), device(1, { wave: 0, ...switching }), device(2)];
    expect(nextStep(look(silent, { present, gone, comparison: good }))).toMatchObject({
      because: '1 device(s) are silent: pi-1 since 1970-01-01T00:00:20.000Z',
    });
  });

  it('waits for a device that is connected again until it keeps its session, and names it', () => {
    const devices = [device(0, ready), device(1)];
    const session = { beganAt: at(15), heardAt: at(50), sendsTelemetry: true };
    const again = { live: new Map([['pi-0', session]]), comparison: good };
    expect(nextStep(look(devices, { ...again, now: at(54) }))).toEqual({
      kind: 'wait',
      because: '1 device(s) are connected again: pi-0 since 1970-01-01T00:00:15.000Z',
    });
    expect(nextStep(look(devices, { ...again, now: at(55) }))).toMatchObject({ kind: 'advance' });
    const lax = { ...gates, maxFailures: 1 };
    expect(nextStep(look(devices, { ...again, gates: lax }))).toMatchObject({
      kind: 'advance',
      notes: ['1 device(s) are connected again: pi-0 since 1970-01-01T00:00:15.000Z'],
    });
  });

  it('waits for a frame of each device since it is connected again', () => {
    const devices = [device(0, ready), device(1)];
    const comparison = { ...good, unheard: new Set(['pi-0']) };
    expect(nextStep(look(devices, { comparison }))).toEqual({
      kind: 'wait',
      because: '1 device(s) have run no frame since they are connected again: pi-0',
    });
  });

  it('waits for devices of earlier waves that are silent, and names them where they may fail', () => {
    const devices = [device(0, ready), device(1, ready)];
    const gone = new Map([['pi-0', at(20)]]);
    const last = { wave: 1, gone, comparison: good };
    expect(nextStep(look(devices, last))).toMatchObject({ kind: 'wait' });
    const lax = { ...gates, maxFailures: 1 };
    expect(nextStep(look(devices, { ...last, gates: lax }))).toEqual({
      kind: 'complete',
      notes: ['1 device(s) are silent: pi-0 since 1970-01-01T00:00:20.000Z'],
    });
  });

  it('is not proven by frames of others: each device has to run some that ran some before', () => {
    const idle = device(1, { wave: 0, ...ready, ranAt: null });
    const because = '1 device(s) have run no frame since: pi-1';
    const of = (one: RolloutDevice) =>
      nextStep(look([device(0, ready), one], { comparison: good }));
    expect(of(idle)).toEqual({ kind: 'wait', because });
    expect(of({ ...idle, ranBefore: null })).toEqual({ kind: 'wait', because });
    expect(of({ ...idle, ranBefore: 0 })).toMatchObject({ kind: 'advance' });
  });

  it('gives absent devices their time after the last wave, and then says who they are', () => {
    const brief = { ...gates, absentS: 300 };
    const devices = [device(0, ready), ...[1, 2].map((n) => device(n))];
    const more = { wave: 1, present: new Map(), comparison: good, gates: brief };
    expect(nextStep(look(devices, more))).toEqual({
      kind: 'wait',
      because: '2 absent device(s) can come until 1970-01-01T00:05:00.000Z: pi-1, pi-2',
    });
    const late = { ...more, now: at(300) };
    expect(nextStep(look(devices, { ...late, listeningSince: at(280) }))).toMatchObject({
      because: expect.stringContaining('can come until 1970-01-01T00:05:20.000Z'),
    });
    expect(nextStep(look(devices, late))).toEqual({
      ...{ kind: 'expire', devices: devices.slice(1) },
      because: '2 device(s) did not come within 300 s, and keep what they had: pi-1, pi-2',
    });
    const ended = [device(0, ready), ...[1, 2].map((n) => device(n, { state: 'absent' }))];
    expect(nextStep(look(ended, late))).toEqual({
      kind: 'complete',
      notes: ['2 device(s) were absent and keep what they had: pi-1, pi-2'],
    });
  });

  it('is rolled back when no device came in time', () => {
    const devices = [device(1, { state: 'absent' })];
    const because = 'no device came in time, so nothing is known of it: pi-1';
    expect(nextStep(look(devices, { wave: 0 }))).toEqual({ kind: 'roll back', because });
  });

  it('says what is not known of a good wave', () => {
    const devices = [device(0, ready), device(1)];
    const comparison = { before: none, after: usual, comparedFrames: 0, unheard };
    expect(nextStep(look(devices, { comparison }))).toMatchObject({
      ...{ kind: 'advance', notes: ['p95 not compared: 0 frames before, 0 since'] },
    });
  });

  it('skips waves without devices', () => {
    const devices = [device(0, ready), device(1, { wave: 2 })];
    const three = { wave: 1, shares: [0.5, 0.5, 1] };
    expect(nextStep(look(devices, three))).toEqual({ kind: 'advance', notes: [], isEmpty: true });
    const all = look([device(0, ready)], { wave: 1 });
    expect(nextStep(all)).toEqual({ kind: 'complete', notes: [] });
  });

  it.each(['left', 'failed'] as const)(
    'is not proven when no device has accepted it: %s',
    (state) => {
      const lax = { ...gates, maxFailures: 1 };
      const because = 'no device of wave 1 has taken it, so nothing is known of it';
      const alone = look([device(0, { state }), device(1)], { gates: lax });
      expect(nextStep(alone)).toEqual({ kind: 'roll back', because });
      expect(nextStep(look([], { shares: [1] }))).toEqual({ kind: 'roll back', because });
      expect(nextStep({ ...alone, state: 'paused' })).toMatchObject({ kind: 'wait' });
    },
  );

  it('waits for an operator when a later wave has no device left to judge', () => {
    const devices = [device(0, ready), device(1, { state: 'left' }), device(2, { wave: 2 })];
    expect(nextStep(look(devices, { wave: 1, shares: [0.3, 0.6, 1] }))).toEqual({
      kind: 'wait',
      because: 'no device of wave 2 has taken it, so nothing is known of it',
    });
  });

  it('switches no device while it is paused, but still rolls back at a broken gate', () => {
    expect(nextStep(look([device(0)], { state: 'paused' }))).toMatchObject({ kind: 'wait' });
    const slow = { before: usual, after: { ...usual, p95Ms: 300 }, comparedFrames: 100, unheard };
    const paused = look([device(0, ready)], { state: 'paused', comparison: slow });
    expect(nextStep(paused)).toMatchObject({ kind: 'roll back' });
  });

  it('rolls back when a device cannot apply the change', () => {
    const fault = 'it refused the model: MODEL_REFUSED';
    const step = nextStep(look([device(0, { state: 'failed', fault }), device(1)]));
    expect(step).toEqual({
      kind: 'roll back',
      because: `1 of 1 devices failed: pi-0: ${fault}`,
    });
  });

  it('rolls back when too many devices of one wave fail, however many others there are', () => {
    const lax = { ...gates, maxFailures: 0.5 };
    const fault = 'it refused the model';
    const failed = [1, 2, 3].map((n) => device(n, { state: 'failed', fault }));
    const many = Array.from({ length: 9 }, (_, n) => device(10 + n, { ...ready, wave: 0 }));
    const because = '3 of 4 devices failed: pi-1: it refused the model; also pi-2, pi-3';
    const own = look([...many, ...failed, device(4, ready)], { wave: 1, gates: lax });
    expect(nextStep(own)).toEqual({ kind: 'roll back', because });
    // Those of a wave before may come late, and fail then.
    const later = look([...own.devices, device(5, { wave: 2 })], {
      ...{ wave: 2, shares: [0.3, 0.6, 1], gates: lax },
    });
    expect(nextStep(later)).toEqual({ kind: 'roll back', because });
  });

  it('restores every device, and ends when the online ones are restored', () => {
    const state = 'rolling-back';
    const devices = [device(0, ready), device(1, { state: 'failed' }), device(2)];
    expect(nextStep(look(devices, { state }))).toMatchObject({
      kind: 'restore',
      devices: [{ device: 'pi-0' }, { device: 'pi-1' }],
    });
    const halfway = device(2, { switchedAt: at(40) });
    expect(nextStep(look([halfway], { state }))).toEqual({ kind: 'restore', devices: [halfway] });
    const restoring = device(0, { state: 'restoring', switchedAt: at(40) });
    expect(nextStep(look([restoring], { state }))).toMatchObject({ kind: 'wait' });
    const end = { kind: 'end', because: '1 device(s) have not gone back yet: pi-0' };
    expect(nextStep(look([restoring], { state, now: at(200) }))).toEqual(end);
    expect(nextStep(look([restoring], { state, there: new Set() }))).toEqual(end);
    expect(nextStep(look([device(0, { state: 'restored' })], { state }))).toEqual({ kind: 'end' });
  });
});
