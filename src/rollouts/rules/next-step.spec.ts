import { describe, expect, it } from 'vitest';
import { breachOf, type Look, nextStep } from './next-step.js';
import { gates as gatesOf, type RolloutDevice } from './rollout.js';

const at = (s: number) => new Date(1_000 * s);
const gates = gatesOf.parse({ minFrames: 20, observeS: 30, convergeS: 60 });
const none = { frames: 0, failed: 0, fallbacks: 0, p95Ms: null };
const usual = { frames: 100, failed: 0, fallbacks: 0, p95Ms: 100 };

const device = (n: number, more: Partial<RolloutDevice> = {}): RolloutDevice => ({
  ...{ device: `pi-${n}`, wave: n === 0 ? 0 : 1, state: 'waiting', before: { model: 'old' } },
  ...{ switchedAt: null, readyAt: null, fault: null, ...more },
});

const ready = { state: 'ready', switchedAt: at(0), readyAt: at(10) } as const;

function look(devices: RolloutDevice[], more: Partial<Look> = {}): Look {
  return {
    ...{ state: 'running', wave: 0, waves: 2, gates, devices, now: at(50) },
    there: new Set(devices.map((one) => one.device)),
    comparison: { before: usual, after: none },
    ...more,
  };
}

describe('a rollout', () => {
  it('switches the devices of its wave, and no others', () => {
    const step = nextStep(look([device(0), device(1), device(2)]));
    expect(step).toMatchObject({ kind: 'switch', devices: [{ device: 'pi-0' }] });
  });

  it('waits until its devices are ready, ran enough frames and were observed', () => {
    const preparing = look([device(0, { state: 'switching', switchedAt: at(0) }), device(1)]);
    expect(nextStep(preparing)).toEqual({ kind: 'wait', because: '1 device(s) get ready' });
    const devices = [device(0, ready), device(1)];
    const few = { before: usual, after: { ...usual, frames: 7 } };
    expect(nextStep(look(devices, { comparison: few }))).toMatchObject({
      because: '7 of 20 frames were run',
    });
    const enough = { before: usual, after: { ...usual, frames: 20 } };
    const early = look(devices, { comparison: enough, now: at(25) });
    expect(nextStep(early)).toMatchObject({ because: 'it is watched for another 15 s' });
    expect(nextStep(look(devices, { comparison: enough }))).toEqual({ kind: 'advance' });
  });

  it('is complete after its last wave', () => {
    const devices = [device(0, ready), device(1, ready)];
    const comparison = { before: usual, after: usual };
    expect(nextStep(look(devices, { wave: 1, comparison }))).toEqual({ kind: 'complete' });
  });

  it('does not wait for offline devices, unless a whole wave is offline', () => {
    const switching = { state: 'switching', switchedAt: at(0), wave: 0 } as const;
    const devices = [device(0, ready), device(1, switching), device(2)];
    const comparison = { before: usual, after: usual };
    const there = new Set(['pi-0']);
    expect(nextStep(look(devices, { comparison, there }))).toEqual({ kind: 'advance' });
    const offline = look([device(0, switching)], { there: new Set() });
    expect(nextStep(offline)).toMatchObject({ because: 'all devices of the wave are offline' });
  });

  it('skips waves without devices', () => {
    const devices = [device(0, ready), device(1, { wave: 2 })];
    expect(nextStep(look(devices, { wave: 1, waves: 3 }))).toEqual({ kind: 'advance' });
    const all = look([device(0, ready)], { wave: 1, waves: 2 });
    expect(nextStep(all)).toEqual({ kind: 'complete' });
  });

  it.each(['left', 'failed'] as const)(
    'is not proven when no device has accepted it: %s',
    (state) => {
      const lax = { ...gates, maxFailures: 1 };
      const because = 'no device of wave 1 has taken it, so nothing is known of it';
      const alone = look([device(0, { state }), device(1)], { gates: lax });
      expect(nextStep(alone)).toEqual({ kind: 'roll back', because });
      expect(nextStep(look([device(1)]))).toEqual({ kind: 'roll back', because });
      expect(nextStep(look([], { waves: 1 }))).toEqual({ kind: 'roll back', because });
      expect(nextStep({ ...alone, state: 'paused' })).toMatchObject({ kind: 'wait' });
    },
  );

  it('waits for an operator when a later wave has no device left to judge', () => {
    const devices = [device(0, ready), device(1, { state: 'left' }), device(2, { wave: 2 })];
    expect(nextStep(look(devices, { wave: 1, waves: 3 }))).toEqual({
      kind: 'wait',
      because: 'no device of wave 2 has taken it, so nothing is known of it',
    });
  });

  it('switches no device while it is paused, but still rolls back at a broken gate', () => {
    expect(nextStep(look([device(0)], { state: 'paused' }))).toMatchObject({ kind: 'wait' });
    const slow = { before: usual, after: { ...usual, p95Ms: 300 } };
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
    const because = '3 of 4 devices failed: pi-1: it refused the model';
    const own = look([...many, ...failed, device(4, ready)], { wave: 1, gates: lax });
    expect(nextStep(own)).toEqual({ kind: 'roll back', because });
    // Those of a wave before may come late, and fail then.
    const later = look([...own.devices, device(5, { wave: 2 })], { wave: 2, waves: 3, gates: lax });
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
    expect(nextStep(look([restoring], { state, now: at(200) }))).toEqual({ kind: 'end' });
    expect(nextStep(look([restoring], { state, there: new Set() }))).toEqual({ kind: 'end' });
    expect(nextStep(look([device(0, { state: 'restored' })], { state }))).toEqual({ kind: 'end' });
  });
});

describe('a gate', () => {
  it('breaks when frames take much longer than before on the same devices', () => {
    const after = { ...usual, frames: 50, p95Ms: 300 };
    expect(breachOf({ before: usual, after }, gates)).toBe(
      'the p95 of 50 frames is 300.0 ms, it was 100.0 ms',
    );
    expect(breachOf({ before: usual, after: { ...after, p95Ms: 149 } }, gates)).toBeUndefined();
  });

  it('does not break over a few milliseconds', () => {
    const before = { ...usual, p95Ms: 4 };
    expect(breachOf({ before, after: { ...usual, p95Ms: 13 } }, gates)).toBeUndefined();
    expect(breachOf({ before, after: { ...usual, p95Ms: 15 } }, gates)).toBeDefined();
  });

  it('breaks when more frames fail, or fall back, than did before', () => {
    const after = { ...usual, failed: 4, fallbacks: 6 };
    expect(breachOf({ before: usual, after }, gates)).toBe(
      '10 % of 100 frames failed or fell back, 0 % did before',
    );
    const before = { ...usual, fallbacks: 8 };
    expect(breachOf({ before, after }, gates)).toBeUndefined();
  });

  it('is not judged by too few frames', () => {
    const after = { frames: 19, failed: 19, fallbacks: 0, p95Ms: null };
    expect(breachOf({ before: usual, after }, gates)).toBeUndefined();
    expect(breachOf({ before: none, after: { ...usual, p95Ms: 9000 } }, gates)).toBeUndefined();
  });
});
