import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generatedRecord } from '../../../test/support/devices/generated-frames.js';
import { seededRandom } from '../../wire/index.js';
import { BatchQueue, type RecordBatch } from './batch-queue.js';

const batch = (device: string, rows: number, name = ''): RecordBatch => ({
  device,
  records: [],
  receivedAt: new Date(),
  frames: [name],
  rows: Array.from({ length: rows }, () => []),
});

const all = () => true;

describe('BatchQueue', () => {
  it('gives every device a turn before any has a second, and keeps the order of each', () => {
    const adds = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 40 });
    fc.assert(
      fc.property(adds, fc.integer({ min: 1, max: 7 }), (devices, maxRows) => {
        const queue = new BatchQueue();
        for (const [n, device] of devices.entries()) queue.add(batch(device, 1, `${n}`));
        const served: RecordBatch[] = [];
        while (queue.rows > 0) {
          const taken = queue.take(maxRows, all);
          expect(taken.length).toBeGreaterThan(0);
          expect(taken.length).toBeLessThanOrEqual(maxRows);
          queue.remove(taken);
          served.push(...taken);
        }
        expect(served).toHaveLength(devices.length);
        // The k-th batch of a device has the k-th turn: turns never fall.
        const turns = served.map(
          ({ device }, at) => served.slice(0, at).filter((one) => one.device === device).length,
        );
        expect(turns).toEqual([...turns].sort((x, y) => x - y));
        for (const device of new Set(devices)) {
          const own = served.filter((one) => one.device === device);
          const order = own.map(({ frames }) => Number(frames[0]));
          expect(order).toEqual([...order].sort((x, y) => x - y));
        }
      }),
    );
  });

  it('takes only batches of devices that are meant', () => {
    const queue = new BatchQueue();
    for (const device of ['a', 'b', 'a']) queue.add(batch(device, 1));
    expect(queue.take(10, (device) => device === 'a')).toHaveLength(2);
    expect(queue.take(10, (device) => device === 'a')).toHaveLength(0);
    expect(queue.take(10, all).map(({ device }) => device)).toEqual(['b']);
  });

  it('counts batches until they are removed, also when they are put back', () => {
    const queue = new BatchQueue();
    for (const device of ['a', 'b']) queue.add(batch(device, 3, device));
    const taken = queue.take(3, all);
    expect(queue.rows).toBe(6);
    queue.putBack(taken);
    const again = queue.take(10, all);
    expect(again.map(({ device }) => device)).toEqual(['a', 'b']);
    queue.remove(again);
    expect(queue.rows).toBe(0);
  });

  it('bounds the text of records, of a device and in total', () => {
    const label = 'x'.repeat(200_000);
    const record = {
      ...generatedRecord(seededRandom(1), 1, 0),
      answer: { index: 0, score: 1, label },
    };
    const queue = new BatchQueue();
    const add = (device: string) => queue.add({ ...batch(device, 1), records: [record] });
    let own = 0;
    while (own < 1000 && add('hog')) own += 1;
    expect(own * label.length).toBeLessThanOrEqual(8 * 2 ** 20);
    let total = own;
    while (total < 1000 && add(`pi-${total}`)) total += 1;
    expect(total * label.length).toBeLessThanOrEqual(32 * 2 ** 20);
    expect(own).toBeGreaterThan(10);
    expect(total).toBeGreaterThan(100);
  });
});
