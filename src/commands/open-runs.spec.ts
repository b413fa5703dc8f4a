import { describe, expect, it } from 'vitest';
import type { Command } from '../wire/index.js';
import { OpenRuns } from './open-runs.js';

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
  const deliver = (_: string, command: Command) => sent.push(command) > 0;
  return { runs, sent, deliver };
}

const report = (state: 'accepted' | 'done' | 'failed') =>
  ({ v: 1, id: ID, at: at(0).toISOString(), state, result: 'x' }) as const;

describe('an open command', () => {
  it('waits while its device does not listen, and is sent once when it does', () => {
    const { runs, sent, deliver } = opened();
    runs.look(at(0), () => false);
    expect(runs.hasChanges).toBe(false);
    runs.look(at(10), deliver);
    runs.look(at(11), deliver);
    expect(sent).toEqual([{ v: 1, id: ID, kind: 'ping', expiresInMs: 50_000 }]);
    expect(runs.takeChanges()).toMatchObject([{ state: 'sent', sentAt: at(10) }]);
  });

  it('is sent again to the next session until its end is told', () => {
    const { runs, sent, deliver } = opened();
    runs.look(at(0), deliver);
    runs.reported('pi', report('accepted'), at(1));
    runs.disconnected('pi');
    runs.look(at(2), deliver);
    expect(sent).toHaveLength(2);
    runs.reported('pi', report('done'), at(3));
    expect(runs.takeChanges()).toMatchObject([
      { state: 'done', acceptedAt: at(1), endedAt: at(3), result: 'x' },
    ]);
    expect(runs.size).toBe(0);
  });

  it('expires, also after it was accepted, and what is told later changes nothing', () => {
    const { runs, deliver } = opened();
    runs.look(at(0), deliver);
    runs.reported('pi', report('accepted'), at(1));
    runs.look(at(60), deliver);
    expect(runs.takeChanges()).toMatchObject([{ state: 'expired', endedAt: at(60) }]);
    runs.reported('pi', report('done'), at(61));
    expect(runs.hasChanges).toBe(false);
    expect(runs.size).toBe(0);
  });

  it('takes no report of another device', () => {
    const { runs, deliver } = opened();
    runs.look(at(0), deliver);
    runs.takeChanges();
    runs.reported('other', report('done'), at(1));
    expect(runs.hasChanges).toBe(false);
  });

  it('that could not be stored is stored the next time, unless it has changed since', () => {
    const { runs, deliver } = opened();
    runs.look(at(0), deliver);
    const lost = runs.takeChanges();
    runs.reported('pi', report('done'), at(1));
    runs.notStored(lost);
    expect(runs.takeChanges()).toMatchObject([{ state: 'done' }]);
  });
});
