import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../../../test/support/wait-for.js';
import { Clock } from '../../platform/index.js';
import { Fault } from '../../wire/index.js';
import { Outcomes, UpdateOutcomes } from './outcomes.js';

const fault = new Fault('DISK_FULL', 'no room');
const row = (id: string, state = 'checking') => ({ id, state, fault: null as unknown });

/** Outcomes on a database that takes nothing while it is full. */
function outcomes() {
  const database = { isFull: false, stored: [] as string[] };
  const store = async (model: string): Promise<void> => {
    if (database.isFull) throw new Error('database or disk is full');
    database.stored.push(model);
  };
  /** Its seconds are milliseconds. */
  class QuickClock extends Clock {
    override after(ms: number, task: () => void) {
      return super.after(ms / 1000, task, { keepsAlive: true });
    }
  }
  const log = pino({ level: 'silent' });
  const kept = new Outcomes(store, new QuickClock(), log);
  const updates = new UpdateOutcomes(store, new QuickClock(), log);
  return { kept, updates, database };
}

describe('the outcome of an examination', () => {
  it('is shown at once and stored when the database takes it', async () => {
    const { kept, database } = outcomes();
    database.isFull = true;
    await kept.refuse('a', fault);
    await kept.refuse('b', fault);
    expect(kept.shown(row('a'))).toEqual({
      ...{ id: 'a', state: 'refused', fault: { code: 'DISK_FULL', message: 'no room' } },
    });
    expect(kept.shown(row('c'))).toEqual(row('c'));
    expect(kept.shown(row('a', 'ready'))).toEqual(row('a', 'ready'));
    expect(database.stored).toEqual([]);
    database.isFull = false;
    await waitFor(() => expect(database.stored.toSorted()).toEqual(['a', 'b']));
    expect([kept.of('a'), kept.of('b')]).toEqual([undefined, undefined]);
  });

  it('is forgotten with its model, and tried once more at the end', async () => {
    const { kept, database } = outcomes();
    database.isFull = true;
    await kept.refuse('a', fault);
    await kept.refuse('b', fault);
    kept.forget('a');
    database.isFull = false;
    await kept.close();
    expect(database.stored).toEqual(['b']);
  });
});

describe('the end of a failed update', () => {
  it('is shown at once and stored when the database takes it', async () => {
    const { updates, database } = outcomes();
    const [startedAt, endedAt] = ['2026-01-31T12:00:00.000Z', '2026-01-31T12:00:01.000Z'];
    const stored = { id: 'a', lastUpdate: { state: 'running', startedAt, endedAt: null } };
    const ended = {
      ...{ state: 'failed' as const, startedAt, endedAt },
      fault: { code: 'DISK_FULL' as const, message: 'no room' },
    };
    database.isFull = true;
    await updates.keep('a', ended);
    expect(updates.shown(stored)).toEqual({ id: 'a', lastUpdate: ended });
    expect(updates.shown({ ...stored, id: 'b' })).toEqual({ ...stored, id: 'b' });
    database.isFull = false;
    await waitFor(() => expect(database.stored).toEqual(['a']));
    expect(updates.shown(stored)).toEqual(stored);
  });
});
