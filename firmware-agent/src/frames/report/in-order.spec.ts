import { expect, it } from 'vitest';
import { InOrder } from './in-order.js';

it('hands things on in the order of their numbers, without those that came to nothing', () => {
  const lines: string[] = [];
  const reports = new InOrder<string>((one) => lines.push(one));
  reports.put(2, 'two');
  reports.put(1, undefined);
  expect(lines).toEqual([]);
  reports.put(0, 'zero');
  expect(lines).toEqual(['zero', 'two']);
  reports.put(3, 'three');
  expect(lines).toEqual(['zero', 'two', 'three']);
});
