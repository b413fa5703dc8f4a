/** Roll-ups with more models and plans than have room: nothing is lost. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timedStages } from '../frames/stages.js';
import { addCells, binnedTimes, type CellKey, Cells, MAX_CELLS } from './cells.js';
import { OTHER_MODEL, OTHER_PLAN } from './known-keys.js';
import { TimeHistogram } from './time-histogram.js';

interface Read {
  readonly key: CellKey;
  count: number;
  readonly totals: TimeHistogram;
}

/** The cells of some bytes, read without the class that wrote them. */
function readCells(bytes: Buffer): Read[] {
  const found: Read[] = [];
  addCells(bytes, (key) => {
    const cell: Read = { key, count: 0, totals: new TimeHistogram() };
    found.push(cell);
    return {
      addFrames(count) {
        cell.count += count;
      },
      measured: timedStages.map((stage) => (stage === 'total' ? cell.totals : undefined)),
      predicted: [],
    };
  });
  return found;
}

const times = (ms: number) =>
  binnedTimes(
    timedStages.map(() => ms),
    undefined,
  );
const keyOf = (model: string, planVersion: number): CellKey => ({
  ...{ model, planVersion, link: 'wifi', outcome: 'cloud' },
});
const framesIn = (cells: readonly Read[]) => cells.reduce((sum, { count }) => sum + count, 0);

describe('the cells of a roll-up', () => {
  it('are bounded, whatever frames name, and lose no frame and no time', () => {
    const frames = fc.array(
      fc.tuple(fc.nat({ max: 400 }), fc.nat({ max: 400 }), fc.integer({ min: 1, max: 1000 })),
      { minLength: 1, maxLength: 1500, size: 'max' },
    );
    fc.assert(
      fc.property(frames, (drawn) => {
        let bytes: Buffer | undefined;
        // Written and read in between, as by one folding after the other.
        for (let at = 0; at < drawn.length; at += 500) {
          const cells = new Cells();
          if (bytes !== undefined) cells.read(Buffer.from(bytes));
          for (const [model, plan, ms] of drawn.slice(at, at + 500)) {
            cells.of(keyOf(`m${model}`, plan)).add(times(ms));
          }
          bytes = Buffer.from(cells.written());
        }
        const read = readCells(bytes ?? Buffer.alloc(0));
        expect(read.length).toBeLessThanOrEqual(MAX_CELLS);
        expect(framesIn(read)).toBe(drawn.length);
        const sumMs = read.reduce((sum, { totals }) => sum + totals.sumMs, 0);
        expect(sumMs).toBeCloseTo(
          drawn.reduce((sum, [, , ms]) => sum + ms, 0),
          6,
        );
      }),
      { numRuns: 30 },
    );
  });

  it('keep the newest plans of a device that is planned for every few seconds', () => {
    let bytes = new Cells().written();
    const PLANS = 10_000;
    for (let from = 1; from <= PLANS; from += 100) {
      const cells = new Cells().read(Buffer.from(bytes));
      for (let plan = from; plan < from + 100; plan++) cells.of(keyOf('m', plan)).add(times(plan));
      bytes = cells.written();
    }
    const read = readCells(Buffer.from(bytes));
    const plans = read.map(({ key }) => key.planVersion).sort((a, b) => a - b);
    expect(plans.length).toBeLessThanOrEqual(MAX_CELLS);
    expect(plans.length).toBeGreaterThan(MAX_CELLS / 2);
    expect(plans[0]).toBe(OTHER_PLAN);
    expect(plans.slice(1)).toEqual(
      Array.from({ length: plans.length - 1 }, (_, i) => PLANS - plans.length + 2 + i),
    );
    expect(framesIn(read)).toBe(PLANS);
    expect(bytes.length).toBeLessThan(64 * 1024);
  });

  it('keep the models with most frames, and count the others in one bucket', () => {
    const cells = new Cells();
    for (let i = 0; i < 20; i++) cells.of(keyOf('busy', 0)).add(times(5));
    for (let i = 0; i < 1000; i++) cells.of(keyOf(`m${i}`, 0)).add(times(7));
    const read = readCells(cells.written());
    expect(read).toHaveLength(MAX_CELLS);
    expect(read.find(({ key }) => key.model === 'busy')?.count).toBe(20);
    const other = read.find(({ key }) => key.model === OTHER_MODEL);
    expect(other?.count).toBe(1020 - 20 - (MAX_CELLS - 2));
    expect(other?.totals.count).toBe(other?.count);
  });

  it('stay as they are when there is room', () => {
    const cells = new Cells();
    for (let plan = 0; plan < MAX_CELLS; plan++) cells.of(keyOf('m', plan)).add(times(1));
    expect(readCells(cells.written()).map(({ key }) => key.planVersion)).toEqual([
      ...Array(MAX_CELLS).keys(),
    ]);
  });
});
