import { expect, it } from 'vitest';
import { Clock } from '../../platform/index.js';
import { PlanningTurns } from './planning-turns.js';

it('plans for a waiting device once, for the cause of its operator though others came after it', async () => {
  const planned: string[] = [];
  let endFirst = (): void => undefined;
  const turns = new PlanningTurns(async ({ device, cause }) => {
    planned.push(`${device} ${cause}`);
    if (planned.length === 1) await new Promise<void>((resolve) => (endFirst = resolve));
  }, new Clock());
  turns.request('busy', 'first');
  turns.request('pi', 'link');
  turns.request('pi', 'operator');
  turns.request('pi', 'profile');
  turns.request('pi', 'drift');
  expect(turns.has('pi')).toBe(true);
  endFirst();
  await turns.drained();
  expect(planned).toEqual(['busy first', 'pi operator']);
  expect(turns.has('pi')).toBe(false);
});
