import { expect, it } from 'vitest';
import { scaled } from '../../../test/support/service/scaled-clock.js';
import type { PlanCause } from './causes.js';
import { WaitingReplan } from './waiting-replan.js';

it('a waiting re-plan is due once, at the time of the first request, with the weightiest cause', async () => {
  const clock = scaled(100);
  const waiting = new WaitingReplan();
  const due: PlanCause[] = [];
  const hold = (cause: PlanCause, inMs: number) =>
    waiting.hold(clock, cause, inMs, (one) => due.push(one));
  hold('link', 2_000);
  const first = waiting.now;
  hold('drift', 900_000);
  hold('profile', 1);
  expect(waiting.now).toMatchObject({ cause: 'drift', since: first?.since, until: first?.until });
  expect((first?.until.getTime() ?? 0) - (first?.since.getTime() ?? 0)).toBe(2_000);
  await clock.sleep(3_000);
  expect(due).toEqual(['drift']);
  expect(waiting.now).toBeUndefined();
});

it('a waiting re-plan that was ended is never due', async () => {
  const clock = scaled(100);
  const waiting = new WaitingReplan();
  const due: PlanCause[] = [];
  waiting.hold(clock, 'link', 1_000, (one) => due.push(one));
  expect(waiting.end()).toBe('link');
  await clock.sleep(2_000);
  expect([due, waiting.now, waiting.end()]).toEqual([[], undefined, undefined]);
});
