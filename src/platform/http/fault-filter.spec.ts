import { HttpException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../wire/index.js';
import { httpFault } from './fault-filter.js';

const carrying = (fields: object) => Object.assign(new Error('inner words'), fields);

describe('httpFault', () => {
  it.each(['P1001', 'P1008', 'P1017'])('maps %s of Prisma to an outage with a retry', (code) => {
    const fault = httpFault(carrying({ code }), 'r1');
    expect(fault).toMatchObject({ code: 'DATABASE_UNAVAILABLE', status: 503, retryAfterMs: 1000 });
    expect(fault.message).not.toContain('inner words');
  });

  it('maps an error of a query to INTERNAL, without its message', () => {
    const fault = httpFault(carrying({ code: 'P2002' }), 'r1');
    expect(fault).toMatchObject({ code: 'INTERNAL', status: 500 });
    expect(fault.message).toContain('request r1');
    expect(fault.message).not.toContain('inner words');
  });

  it('keeps a status that the client can act on', () => {
    expect(httpFault(new HttpException('no', 415), 'r1').code).toBe('UPLOAD_TYPE');
    expect(httpFault(carrying({ statusCode: 413 }), 'r1').code).toBe('UPLOAD_TOO_LARGE');
    expect(httpFault(carrying({ statusCode: 422 }), 'r1').code).toBe('REQUEST_INVALID');
    expect(httpFault(carrying({ statusCode: 502 }), 'r1').code).toBe('INTERNAL');
  });

  it.each([
    ['ENOSPC', 'DISK_FULL', 507],
    ['EROFS', 'DISK_FAILED', 503],
    ['EMFILE', 'FILES_EXHAUSTED', 503],
  ])('names %s of a file %s, with status %i and without its path', (errno, code, status) => {
    const fault = httpFault(carrying({ code: errno, syscall: 'open', path: '/data/x' }), 'r1');
    expect(fault).toMatchObject({ code, status });
    expect(fault.message).not.toMatch(/inner words|\/data/);
  });

  it('does not take any error of status 503 for the end of the service', () => {
    expect(httpFault(carrying({ statusCode: 503 }), 'r1').code).toBe('INTERNAL');
    const full = carrying({
      statusCode: 503,
      cause: carrying({ code: 'ENOSPC', syscall: 'write' }),
    });
    expect(httpFault(full, 'r1').code).toBe('DISK_FULL');
  });

  it('returns a fault unchanged', () => {
    const fault = new Fault('MODEL_UNKNOWN', 'none');
    expect(httpFault(fault, 'r1')).toBe(fault);
  });
});
