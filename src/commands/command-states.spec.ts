import { describe, expect, it } from 'vitest';
import { commandStates, isFinal, mayBecome, openStates } from './command-states.js';

describe('a command', () => {
  it('is sent, accepted and done, in this order', () => {
    expect(mayBecome('queued', 'sent')).toBe(true);
    expect(mayBecome('sent', 'accepted')).toBe(true);
    expect(mayBecome('accepted', 'done')).toBe(true);
    expect(mayBecome('accepted', 'sent')).toBe(false);
    expect(mayBecome('queued', 'done')).toBe(false);
  });

  it('can be done before it is reported as accepted', () => {
    expect(mayBecome('sent', 'done')).toBe(true);
    expect(mayBecome('sent', 'failed')).toBe(true);
  });

  it('expires as long as it is not through', () => {
    expect(openStates).toEqual(['queued', 'sent', 'accepted']);
    for (const state of commandStates) expect(mayBecome(state, 'expired')).toBe(!isFinal(state));
  });

  it('keeps its state once it is over', () => {
    for (const state of ['done', 'failed', 'expired'] as const) {
      expect(commandStates.filter((next) => mayBecome(state, next))).toEqual([]);
    }
  });
});
