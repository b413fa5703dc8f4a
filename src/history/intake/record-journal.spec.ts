/** The journal with a commit that can be made to fail: nothing is lost, nothing is receipted before it is safe. */
import fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RowsRefused } from '../../platform/database/index.js';
import { Clock } from '../../platform/index.js';
import { Fault } from '../../wire/index.js';
import type { RecordBatch } from './batch-queue.js';
import { RecordJournal } from './record-journal.js';

const batch = (name: string, rows = 1): RecordBatch => ({
  device: name,
  records: [],
  receivedAt: new Date(),
  frames: Array.from({ length: rows }, (_, index) => `${name}-${index}`),
  rows: Array.from({ length: rows }, () => []),
});

const silent = pino({ level: 'silent' });

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
      silent,
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
    for (const rows of [300, 301, 700]) journal.add(batch(`${rows}`, rows));
    await vi.advanceTimersByTimeAsync(40);
    expect(committed).toEqual([['300'], ['301'], ['700']]);
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
      silent,
    );
    slow.add(batch('a'));
    await vi.advanceTimersByTimeAsync(100);
    expect(groups.slice(0, 3)).toEqual([['a'], ['during 0'], ['during 1']]);
  });

  it('skips only a batch that the database rejects', async () => {
    for (const name of ['a', 'poison', 'b', 'c']) journal.add(batch(name));
    await vi.advanceTimersByTimeAsync(100);
    expect(committed).toEqual([['a'], ['b', 'c']]);
    expect(journal.rejectedRecords).toBe(1);
    for (const name of ['d', 'e']) journal.add(batch(name));
    await vi.advanceTimersByTimeAsync(100);
    expect(committed.at(-1)).toEqual(['d', 'e']);
  });

  it('stays ready while the rows of one device are rejected, and commits those of others in turn with them', async () => {
    for (let n = 0; n < 20; n++) journal.add(batch('poison', 50));
    for (let n = 0; n < 20; n++) journal.add(batch(`pi-${n}`));
    const troubles: (string | undefined)[] = [];
    for (let ms = 0; ms < 200; ms++) {
      await vi.advanceTimersByTimeAsync(1);
      troubles.push(journal.trouble);
    }
    expect(troubles.filter((trouble) => trouble !== undefined)).toEqual([]);
    expect(committed.flat().sort()).toEqual(Array.from({ length: 20 }, (_, n) => `pi-${n}`).sort());
  });

  it('lets no device fill it, and serves each after one batch of the others', async () => {
    let accepted = 0;
    while (accepted < 100 && journal.add(batch('hog', 500))) accepted += 1;
    expect(accepted).toBe(10);
    expect(journal.add(batch('good', 500))).toBe(true);
    await vi.advanceTimersByTimeAsync(25);
    expect(committed.slice(0, 2)).toEqual([['hog'], ['good']]);
    expect(journal.add(batch('hog', 500))).toBe(true);
  });

  it('is in trouble when the rows of several devices fail for an unknown reason, and then waits', async () => {
    let tries = 0;
    const broken = new RecordJournal(
      async () => {
        tries += 1;
        throw new Error('no such table');
      },
      new Clock(),
      silent,
    );
    for (let n = 0; n < 100; n++) broken.add(batch(`pi-${n}`));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(broken.trouble).toContain('no such table');
    expect(tries).toBeLessThan(25);
    expect(broken.waitingRecords).toBeGreaterThan(90);
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

  it('leaves rejected batches to their devices when it drains, and commits all others', async () => {
    for (let n = 0; n < 4; n++) journal.add(batch('poison', 500));
    for (const name of ['a', 'b']) journal.add(batch(name, 3));
    await journal.drain();
    expect(committed.flat().sort()).toEqual(['a', 'b']);
    expect(journal.rejectedRecords).toBe(2_000);
    expect(journal.waitingRecords).toBe(0);
  });
});

describe('rejected rows', () => {
  const sent = fc.array(
    fc.record({
      device: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      isPoisoned: fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
    }),
    { maxLength: 30 },
  );

  it('are the only ones without a receipt, whichever they are, in a bounded number of commits', async () => {
    await fc.assert(
      fc.asyncProperty(sent, async (messages) => {
        const receipted: string[] = [];
        let commits = 0;
        const all = messages.flatMap(({ isPoisoned }, n) =>
          isPoisoned.map((poisoned, row) => ({ frame: `${n}-${row}`, poisoned })),
        );
        const poison = new Set(all.flatMap(({ frame, poisoned }) => (poisoned ? [frame] : [])));
        const journal = new RecordJournal(
          async (batches) => {
            commits += 1;
            const frames = batches.flatMap((one) => one.frames);
            if (frames.some((frame) => poison.has(frame))) throw new RowsRefused('out of range');
            receipted.push(...frames);
          },
          new Clock(),
          silent,
        );
        vi.useFakeTimers();
        for (const [n, { device, isPoisoned }] of messages.entries()) {
          const frames = isPoisoned.map((_, row) => `${n}-${row}`);
          journal.add({ ...batch(device, frames.length), frames });
        }
        await vi.advanceTimersByTimeAsync(5_000);
        vi.useRealTimers();
        const good = all.flatMap(({ frame, poisoned }) => (poisoned ? [] : [frame]));
        expect([...receipted].sort()).toEqual(good.sort());
        expect(journal.rejectedRecords).toBe(poison.size);
        expect(journal.waitingRecords).toBe(0);
        // Each poisoned row is found by halving its group and its batch; a batch of a device served apart is a group.
        const depth = Math.ceil(Math.log2(30)) + Math.ceil(Math.log2(12));
        expect(commits).toBeLessThanOrEqual(2 + messages.length + 2 * poison.size * depth);
      }),
      { numRuns: 200 },
    );
  });
});
