/** The journal with a commit that can be made to fail: nothing is lost, nothing is receipted before it is safe. */
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RowsRefused } from '../../platform/database/index.js';
import { Clock } from '../../platform/index.js';
import { Fault } from '../../wire/index.js';
import { type RecordBatch, RecordJournal } from './record-journal.js';

const batch = (name: string, rows = 1): RecordBatch => ({
  device: name,
  records: [],
  receivedAt: new Date(),
  frames: Array.from({ length: rows }, (_, index) => `${name}-${index}`),
  rows: Array.from({ length: rows }, () => []),
});

describe('the journal of records', () => {
  let committed: string[][];
  let isAway: boolean;
  let journal: RecordJournal;

  beforeEach(() => {
    vi.useFakeTimers();
    committed = [];
    isAway = false;
    journal = new RecordJournal(
      async (batches) => {
        if (isAway) throw new Fault('DATABASE_UNAVAILABLE', 'the disk is full');
        if (batches.some(({ device }) => device === 'poison'))
          throw new RowsRefused('no such number');
        committed.push(batches.map(({ device }) => device));
      },
      new Clock(),
      pino({ level: 'silent' }),
    );
  });
  afterEach(() => vi.useRealTimers());

  it('commits what came within a moment in one group', async () => {
    for (const name of ['a', 'b', 'c']) journal.add(batch(name));
    expect(committed).toEqual([]);
    await vi.advanceTimersByTimeAsync(20);
    expect(committed).toEqual([['a', 'b', 'c']]);
  });

  it('makes groups of bounded size and still takes a batch that is larger than one', async () => {
    for (const rows of [300, 300, 700]) journal.add(batch(`${rows}`, rows));
    await vi.advanceTimersByTimeAsync(40);
    expect(committed).toEqual([['300'], ['300'], ['700']]);
  });

  it('keeps the order and tries again when a commit fails', async () => {
    isAway = true;
    journal.add(batch('a'));
    await vi.advanceTimersByTimeAsync(30);
    journal.add(batch('b'));
    isAway = false;
    await vi.advanceTimersByTimeAsync(1_100);
    expect(committed).toEqual([['a', 'b']]);
  });

  it('rejects records when it is full, and accepts them again when there is room', async () => {
    isAway = true;
    const taken = Array.from({ length: 25 }, (_, index) => journal.add(batch(`${index}`, 1000)));
    expect(taken.filter(Boolean)).toHaveLength(20);
    expect(journal.refusedBatches).toBe(5);
    await vi.advanceTimersByTimeAsync(30);
    isAway = false;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(committed.flat()).toHaveLength(20);
    expect(journal.add(batch('later', 1000))).toBe(true);
  });

  it('reports what is wrong until records are stored again', async () => {
    isAway = true;
    journal.add(batch('a', 3));
    await vi.advanceTimersByTimeAsync(30);
    expect(journal.trouble).toMatch(/^3 of \d+ records wait .*: the disk is full$/);
    isAway = false;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(journal.trouble).toBeUndefined();
    expect(journal.waitingRecords).toBe(0);
  });

  it('takes what comes in during a commit for the next one', async () => {
    const groups: string[][] = [];
    const slow = new RecordJournal(
      async (batches) => {
        slow.add(batch(`during ${groups.length}`));
        groups.push(batches.map(({ device }) => device));
        if (groups.length > 2) throw new Fault('DATABASE_UNAVAILABLE', 'enough');
      },
      new Clock(),
      pino({ level: 'silent' }),
    );
    slow.add(batch('a'));
    await vi.advanceTimersByTimeAsync(100);
    expect(groups.slice(0, 3)).toEqual([['a'], ['during 0'], ['during 1']]);
  });

  it('skips only a batch that the database rejects', async () => {
    for (const name of ['a', 'poison', 'b', 'c']) journal.add(batch(name));
    await vi.advanceTimersByTimeAsync(100);
    expect(committed).toEqual([['a'], ['b'], ['c']]);
    for (const name of ['d', 'e']) journal.add(batch(name));
    await vi.advanceTimersByTimeAsync(100);
    expect(committed.at(-1)).toEqual(['d', 'e']);
  });

  it('drains everything that waits, and gives up when the database does not take it', async () => {
    for (const name of ['a', 'b']) journal.add(batch(name, 300));
    await journal.drain();
    expect(committed).toEqual([['a'], ['b']]);
    isAway = true;
    journal.add(batch('c'));
    await journal.drain();
    expect(committed).toHaveLength(2);
  });
});
