import { describe, expect, it } from 'vitest';
import { isAutomatic, type PlanCause, weightierCause } from './causes.js';

describe('causes of plans', () => {
  it.each(['first', 'model', 'operator'] as const)('limit no plan for cause %s', (cause) => {
    expect(isAutomatic(cause)).toBe(false);
  });

  it.each([
    ['operator', 'profile', 'operator'],
    ['link', 'operator', 'operator'],
    ['model', 'drift', 'model'],
    ['operator', 'model', 'model'],
    ['drift', 'profile', 'drift'],
    ['profile', 'link', 'profile'],
    ['link', 'cap', 'cap'],
    ['source', 'profile', 'profile'],
  ] satisfies [PlanCause, PlanCause, PlanCause][])(
    'put %s and then %s together as %s',
    (before, now, both) => {
      expect(weightierCause(before, now)).toBe(both);
    },
  );
});
