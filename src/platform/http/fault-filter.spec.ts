/** Errors of others as faults: what the status or code they carry means to a caller. */
import { HttpException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../wire/index.js';
import { httpFault } from './fault-filter.js';

const carrying = (fields: object) => Object.assign(new Error('inner words'), fields);

describe('an error of others over HTTP', () => {
  it.each(['P1001', 'P1008', 'P1017'])('with %s of Prisma is an outage to wait for', (code) => {
    const fault = httpFault(carrying({ code }), 'r1');
    expect(fault).toMatchObject({ code: 'DATABASE_UNAVAILABLE', status: 503, retryAfterMs: 1000 });
    expect(fault.message).not.toContain('inner words');
  });

  it('that a query caused is a bug, told without its words', () => {
    const fault = httpFault(carrying({ code: 'P2002' }), 'r1');
    expect(fault).toMatchObject({ code: 'INTERNAL', status: 500 });
    expect(fault.message).toContain('request r1');
    expect(fault.message).not.toContain('inner words');
  });

  it('with a status keeps it when the caller can mend it', () => {
    expect(httpFault(new HttpException('no', 415), 'r1').code).toBe('UPLOAD_TYPE');
    expect(httpFault(carrying({ statusCode: 413 }), 'r1').code).toBe('UPLOAD_TOO_LARGE');
    expect(httpFault(carrying({ statusCode: 422 }), 'r1').code).toBe('REQUEST_INVALID');
    expect(httpFault(carrying({ statusCode: 502 }), 'r1').code).toBe('INTERNAL');
  });

  it('that is a fault already stays one', () => {
    const fault = new Fault('MODEL_UNKNOWN', 'none');
    expect(httpFault(fault, 'r1')).toBe(fault);
  });
});
