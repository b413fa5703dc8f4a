import { expect, it } from 'vitest';
import { InOrder } from './in-order.js';

it('hands things on in the order of their numbers, without those that came to nothing', () => {
  const told: string[] = [];
  const reports = new InOrder<string>((one) => told.push(one));
  reports.put(2, 'two');
  reports.put(1, undefined);
  expect(told).toEqual([]);
  reports.put(0, 'zero');
  expect(told).toEqual(['zero', 'two']);
  reports.put(3, 'three');
  expect(told).toEqual(['zero', 'two', 'three']);
});
