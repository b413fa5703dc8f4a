import { beforeEach, describe, expect, it } from 'vitest';
import { wireSamples } from '../../../test/support/mqtt/wire-samples.js';
import { LiveDevices } from './live-devices.js';

const first = { device: 'pi', connection: 'c1' };
const second = { device: 'pi', connection: 'c2' };
const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
const { status, birth, telemetry } = wireSamples;

let live: LiveDevices;
beforeEach(() => {
  live = new LiveDevices();
  live.connected(first, at(0));
});

describe('a connected device', () => {
  it('is online until its connection ends', () => {
    expect(live.takeChanges()).toMatchObject([{ device: 'pi', state: 'online', stateAt: at(0) }]);
    live.disconnected(first, 'signed off', at(5));
    expect(live.takeChanges()).toMatchObject([
      { state: 'offline', stateAt: at(5), lastSeenAt: at(0), reason: 'signed off' },
    ]);
  });

  it('shows its last message, once', () => {
    live.said(first, { status }, at(1));
    live.said(first, { birth }, at(2));
    live.said(first, { telemetry: { ...telemetry, framesWaiting: 1 } }, at(3));
    live.said(first, { telemetry }, at(4));
    live.seen(first, at(5));
    const changes = live.takeChanges();
    expect(changes).toEqual([
      {
        device: 'pi',
        state: 'online',
        stateAt: at(0),
        lastSeenAt: at(5),
        reason: null,
        sid: status.sid,
        birth,
        telemetry,
        telemetryAt: at(4),
      },
    ]);
    expect(live.changes).toBe(0);
    live.stored(changes);
    live.seen(first, at(6));
    expect(live.takeChanges()[0]).not.toHaveProperty('birth');
  });

  it('ignores late messages and the late end of its older connection', () => {
    live.connected(second, at(1));
    live.said(second, { status: { ...status, sid: 'young' } }, at(1));
    live.said(first, { status: { ...status, state: 'offline', sid: 'old' } }, at(2));
    live.seen(first, at(3));
    live.disconnected(first, 'connection lost', at(4));
    expect(live.takeChanges()).toMatchObject([
      { state: 'online', sid: 'young', reason: null, lastSeenAt: at(1) },
    ]);
  });

  it('is returned again when it could not be stored', () => {
    live.disconnected(first, 'signed off', at(1));
    live.notStored(live.takeChanges());
    const again = live.takeChanges();
    expect(again).toMatchObject([{ state: 'offline', reason: 'signed off' }]);
    live.stored(again);
    live.notStored(again);
    expect(live.takeChanges()).toEqual([]);
  });

  it('is among the next changes when there are more than are taken at once, in order and once', () => {
    for (let i = 0; i < 5; i++) live.connected({ device: `pi-${i}`, connection: 'c' }, at(1));
    live.seen(first, at(2));
    const taken = [live.takeChanges(2), live.takeChanges(2), live.takeChanges(2)];
    expect(taken.map((some) => some.map(({ device }) => device))).toEqual([
      ...[
        ['pi', 'pi-0'],
        ['pi-1', 'pi-2'],
        ['pi-3', 'pi-4'],
      ],
    ]);
    expect(taken[0]?.[0]).toMatchObject({ lastSeenAt: at(2) });
    expect([live.changes, live.takeChanges(2)]).toEqual([0, []]);
    expect(live.allUnstored().size).toBe(6);
  });

  it('shows as unstored until its last change is stored', () => {
    const changes = live.takeChanges();
    expect(live.unstoredOf('pi')).toMatchObject({ state: 'online', lastSeenAt: at(0) });
    live.seen(first, at(1));
    live.stored(changes);
    expect(live.unstoredOf('pi')).toMatchObject({ lastSeenAt: at(1) });
    expect([...live.allUnstored().keys()]).toEqual(['pi']);
    live.stored(live.takeChanges());
    expect(live.unstoredOf('pi')).toBeUndefined();
    expect(live.allUnstored().size).toBe(0);
  });

  it('is forgotten when it is deleted', () => {
    live.forget('pi');
    live.seen(first, at(1));
    expect(live.takeChanges()).toEqual([]);
    expect(live.allUnstored().size).toBe(0);
  });
});
