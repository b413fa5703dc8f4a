import { describe, expect, it } from 'vitest';
import { asFault, FAULTS, Fault, type FaultCode, isFaultCode } from './index.js';

describe('Fault', () => {
  it('has the status of its kind unless its row has one', () => {
    const statusOf = (code: FaultCode) => new Fault(code, 'x').status;
    expect(statusOf('REQUEST_INVALID')).toBe(400);
    expect(statusOf('UNAUTHORIZED')).toBe(401);
    expect(statusOf('DEVICE_UNKNOWN')).toBe(404);
    expect(statusOf('VERSION_CONFLICT')).toBe(409);
    expect(statusOf('RATE_LIMITED')).toBe(429);
    expect(statusOf('INTERNAL')).toBe(500);
    expect(statusOf('SHUTTING_DOWN')).toBe(503);
  });

  it('wraps any error and keeps its cause', () => {
    const fault = new Fault('DEVICE_UNKNOWN', 'x');
    expect(asFault(fault)).toBe(fault);
    const cause = new TypeError('odd');
    expect(asFault(cause)).toMatchObject({ code: 'INTERNAL', kind: 'bug', message: 'odd', cause });
    expect(asFault('text')).toMatchObject({ code: 'INTERNAL', message: 'text' });
  });

  it('has a code of the table; other text is not a code', () => {
    expect(Object.keys(FAULTS).every(isFaultCode)).toBe(true);
    for (const text of ['', 'toString', '__proto__', 'internal'])
      expect(isFaultCode(text)).toBe(false);
  });
});
