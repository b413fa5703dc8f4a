import { describe, expect, it } from 'vitest';
import type { Command } from '../wire/index.js';
import { lateOutcome, OpenRuns } from './open-runs.js';

const at = (s: number) => new Date(1_000 * s);
const ID = '0123456789abcdef';

function opened(expiresAtS = 60) {
  const runs = new OpenRuns();
  const order = { id: ID, kind: 'ping', level: null, expiresAt: at(expiresAtS) };
  runs.add(order, {
    ...{ commandId: ID, deviceId: 'pi', state: 'queued', sentAt: null, acceptedAt: null },
    ...{ endedAt: null, result: null, faultCode: null, faultText: null },
  });
  const sent: Command[] = [];
  const courier = { isThere: () => true, deliver: (_: string, one: Command) => sent.push(one) > 0 };
  return { runs, sent, courier };
}

const report = (state: 'accepted' | 'done' | 'failed') =>
  ({ v: 1, id: ID, at: at(0).toISOString(), state, result: 'x' }) as const;

describe('an open command', () => {
  it('waits while its device does not listen, and is sent once when it does', () => {
    const { runs, sent, courier } = opened();
    runs.look(at(0), { ...courier, deliver: () => false });
    expect(runs.hasChanges).toBe(false);
    runs.look(at(10), courier);
    runs.look(at(11), courier);
    expect(sent).toEqual([{ v: 1, id: ID, kind: 'ping', expiresInMs: 50_000 }]);
    expect(runs.takeChanges()).toMatchObject([{ state: 'sent', sentAt: at(10) }]);
  });

  it('is not prepared for a device that is offline, and still expires', () => {
    const { runs, sent, courier } = opened();
    const away = { ...courier, isThere: () => false };
    runs.look(at(0), away);
    expect(sent).toEqual([]);
    runs.look(at(60), away);
    expect(runs.takeChanges()).toMatchObject([{ state: 'expired', endedAt: at(60) }]);
  });

  it('expires when its own time is over, whatever else is open', () => {
    const { runs, courier } = opened(60);
    const order = { id: '1'.repeat(16), kind: 'ping', level: null, expiresAt: at(30) };
    runs.look(at(0), courier);
    const [row] = runs.takeChanges();
    if (row === undefined) throw new Error('nothing was sent');
    runs.add(order, { ...row, commandId: order.id, deviceId: 'other' });
    runs.look(at(31), courier);
    expect(runs.takeChanges()).toMatchObject([{ deviceId: 'other', state: 'expired' }]);
    runs.look(at(61), courier);
    expect(runs.takeChanges()).toMatchObject([{ deviceId: 'pi', state: 'expired' }]);
  });

  it('is sent again to the next session until its end is reported', () => {
    const { runs, sent, courier } = opened();
    runs.look(at(0), courier);
    runs.reported('pi', report('accepted'), at(1));
    runs.disconnected('pi');
    runs.look(at(2), courier);
    expect(sent).toHaveLength(2);
    runs.reported('pi', report('done'), at(3));
    expect(runs.takeChanges()).toMatchObject([
      { state: 'done', acceptedAt: at(1), endedAt: at(3), result: 'x' },
    ]);
    expect(runs.size).toBe(0);
  });

  it('expires, also after it was accepted, and ignores later reports', () => {
    const { runs, courier } = opened();
    runs.look(at(0), courier);
    runs.reported('pi', report('accepted'), at(1));
    runs.look(at(60), courier);
    expect(runs.takeChanges()).toMatchObject([{ state: 'expired', endedAt: at(60) }]);
    expect(runs.reported('pi', report('done'), at(61))).toEqual({
      ...{ kind: 'unused', because: 'id: the command expired' },
    });
    expect(runs.hasChanges).toBe(false);
    expect(runs.size).toBe(0);
  });

  it('ignores a report of another device', () => {
    const { runs, courier } = opened();
    runs.look(at(0), courier);
    runs.takeChanges();
    runs.reported('other', report('done'), at(1));
    expect(runs.hasChanges).toBe(false);
  });

  it('answers reports of no use with the wrong field, and none that come twice', () => {
    const { runs, courier } = opened();
    const queued = 'state: a command that is queued cannot be done';
    expect(runs.reported('pi', report('done'), at(0))).toEqual({ kind: 'unused', because: queued });
    runs.look(at(0), courier);
    const outcomes = (['accepted', 'accepted', 'done', 'done', 'accepted'] as const).map(
      (state) => runs.reported('pi', report(state), at(1)).kind,
    );
    expect(outcomes).toEqual(['taken', 'repeated', 'taken', 'repeated', 'repeated']);
    expect(runs.reported('other', report('done'), at(2))).toEqual({ kind: 'unknown' });
  });

  it('is known by its end in the database once it is forgotten here', () => {
    const unused = (because: string) => ({ kind: 'unused', because });
    expect(lateOutcome('done')).toEqual({ kind: 'repeated' });
    expect(lateOutcome('failed')).toEqual({ kind: 'repeated' });
    expect(lateOutcome('expired')).toEqual(unused('id: the command expired'));
    expect(lateOutcome(undefined)).toEqual(unused('id: the device has no such open command'));
  });

  it('is stored the next time when a write failed, unless it has changed since', () => {
    const { runs, courier } = opened();
    runs.look(at(0), courier);
    const lost = runs.takeChanges();
    runs.reported('pi', report('done'), at(1));
    runs.notStored(lost);
    expect(runs.takeChanges()).toMatchObject([{ state: 'done' }]);
  });
});
