import { describe, expect, it } from 'vitest';
import type { Convergence } from '../../plans/index.js';
import { progressed } from './device-progress.js';
import { gates as gatesOf, type RolloutDevice } from './rollout.js';

const at = (s: number) => new Date(1_000 * s);
const gates = gatesOf.parse({ convergeS: 60 });
const settings = {
  ...{
    device: 'pi',
    version: 1,
    isConnected: true,
    stateAt: at(-99),
    lastSeenAt: at(50),
    telemetryAt: null,
  },
  ...{ model: 'new' },
  ...{ strategy: 'auto', deadlineMs: null },
};
const switching: RolloutDevice = {
  ...{ device: 'pi', wave: 0, state: 'switching', before: { model: 'old' } },
  ...{ switchedAt: at(0), readyAt: null, fault: null },
  ...{ onlineSince: at(-99), ranBefore: null, ranAt: null },
};

type Twin = NonNullable<Convergence['model']>;

function twin(name: string, more: Partial<Twin> = {}): Twin {
  return {
    ...{ deviceId: 'pi', name, version: 2, createdAt: at(1), causeCode: '', causeText: '' },
    ...{ reportedAt: null, appliedAt: null, refusal: null, ...more },
  };
}

const applied = (name: string, createdS: number, appliedS: number) =>
  twin(name, { createdAt: at(createdS), reportedAt: at(appliedS), appliedAt: at(appliedS) });

const look = (convergence: Convergence | undefined, more: object = {}) =>
  progressed(switching, {
    ...{ change: { model: 'new' }, gates, settings, convergence, now: at(50) },
    ...{ listeningSince: at(-99), ...more },
  });

describe('a device that switches', () => {
  it('is ready when it has applied the model and a plan that was made after it', () => {
    const model = applied('model', 1, 5);
    expect(look({ model, modelId: 'new' })).toBe(switching);
    expect(look({ model, modelId: 'new', plan: applied('plan', 0, 1) })).toBe(switching);
    expect(look({ model, modelId: 'new', plan: twin('plan', { createdAt: at(6) }) })).toBe(
      switching,
    );
    expect(look({ model, modelId: 'new', plan: applied('plan', 6, 7) })).toMatchObject({
      ...{ state: 'ready', readyAt: at(7) },
    });
  });

  it('is not ready by the model it had before', () => {
    const convergence = { model: applied('model', 0, 1), plan: applied('plan', 2, 3) };
    expect(look({ ...convergence, modelId: 'old' })).toBe(switching);
  });

  it('has failed when it rejects the model or the plan', () => {
    const refusal = { code: 'MODEL_REFUSED', message: 'a block cannot be loaded' };
    const model = twin('model', { reportedAt: at(5), refusal });
    expect(look({ model, modelId: 'new' })).toMatchObject({
      state: 'failed',
      fault: 'it refused the model: MODEL_REFUSED a block cannot be loaded',
    });
  });

  it('has failed when it is not ready in time, whether or not it was seen since', () => {
    const late = { now: at(61) };
    expect(look(undefined, late)).toMatchObject({ state: 'failed' });
    const away = { ...settings, isConnected: false, lastSeenAt: at(0) };
    expect(look(undefined, { ...late, settings: away })).toMatchObject({ state: 'failed' });
  });

  it('has the time to get ready from the start of the service, which it needs for that', () => {
    expect(look(undefined, { now: at(100), listeningSince: at(80) })).toBe(switching);
    expect(look(undefined, { now: at(140), listeningSince: at(80) })).toMatchObject({
      state: 'failed',
    });
  });

  it('has not failed when an earlier version switched it while it was offline, and it never came', () => {
    const unreached = { ...switching, onlineSince: null };
    const away = { ...settings, isConnected: false, lastSeenAt: at(0) };
    const progress = { gates, convergence: undefined, listeningSince: at(-99), now: at(61) };
    const seen = progressed(unreached, { ...progress, change: { model: 'new' }, settings: away });
    expect(seen).toBe(unreached);
  });

  it('is left alone when an operator changed or deleted it', () => {
    const other = { ...settings, model: 'third' };
    expect(look(undefined, { settings: other })).toMatchObject({ state: 'left' });
    expect(look(undefined, { settings: undefined })).toMatchObject({ state: 'left' });
  });

  it('is ready for a policy when it follows its plan a while later', () => {
    const change = { strategy: 'auto' } as const;
    expect(look(undefined, { change, now: at(1) })).toBe(switching);
    expect(look({ plan: twin('plan') }, { change })).toBe(switching);
    expect(look({ plan: applied('plan', 1, 2) }, { change })).toMatchObject({ state: 'ready' });
    const away = { ...settings, isConnected: false };
    expect(look(undefined, { change, settings: away })).toBe(switching);
  });

  it('is not ready for a policy by its old plan while another can be on its way', () => {
    const change = { strategy: 'auto' } as const;
    const convergence = { plan: applied('plan', -9, -8), isPlanning: true };
    expect(look(convergence, { change })).toBe(switching);
    expect(look({ ...convergence, isPlanning: false }, { change })).toMatchObject({
      state: 'ready',
    });
  });
});

describe('a device that waits', () => {
  const waiting: RolloutDevice = { ...switching, state: 'waiting', switchedAt: null };
  const of = (now: typeof settings | undefined) =>
    progressed(waiting, {
      ...{ change: { model: 'new' }, gates, convergence: undefined, now: at(50), settings: now },
      listeningSince: at(-99),
    });

  it('waits on whatever an operator changes, and leaves when it is deleted', () => {
    expect(of({ ...settings, model: 'third' })).toBe(waiting);
    expect(of(undefined)).toMatchObject({ state: 'left' });
  });
});

describe('a device that is ready', () => {
  const ready: RolloutDevice = { ...switching, state: 'ready', readyAt: at(10) };
  const of = (now: typeof settings | undefined) =>
    progressed(ready, {
      ...{ change: { model: 'new' }, gates, convergence: undefined, now: at(50), settings: now },
      listeningSince: at(-99),
    });

  it('stays so until it is given something else, or deleted', () => {
    expect(of(settings)).toBe(ready);
    expect(of({ ...settings, model: 'third' })).toMatchObject({ state: 'left' });
    expect(of(undefined)).toMatchObject({ state: 'left' });
  });
});

describe('a device that goes back', () => {
  const restoring: RolloutDevice = { ...switching, state: 'restoring' };
  const back = (convergence: Convergence) =>
    progressed(restoring, {
      ...{ change: { model: 'new' }, gates, convergence, now: at(50), listeningSince: at(-99) },
      settings: { ...settings, model: 'old' },
    });

  it('is restored when it has applied the model it had', () => {
    expect(back({ model: applied('model', 0, 1), modelId: 'new' })).toBe(restoring);
    expect(back({ model: twin('model'), modelId: 'old' })).toBe(restoring);
    expect(back({ model: applied('model', 9, 10), modelId: 'old' })).toMatchObject({
      state: 'restored',
    });
  });
});
