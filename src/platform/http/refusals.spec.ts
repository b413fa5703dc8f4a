import type { FastifyRequest } from 'fastify';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { FAULTS, Fault, type FaultCode } from '../../wire/index.js';
import { Clock } from '../clock.js';
import { HTTP_REFUSALS, HttpRefusals, refusing } from './refusals.js';

const request = {
  ...{ ip: '192.0.2.7', id: 'r1', method: 'GET', routeOptions: { url: '/api/v1/devices/:id' } },
} as unknown as FastifyRequest;

function watched() {
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line) => void lines.push(JSON.parse(line)) });
  return { refusals: new HttpRefusals(log, new Clock()), lines };
}

describe('a rejected request', () => {
  it('is counted by the reason it was raised with, and logged with address and route', () => {
    const { refusals, lines } = watched();
    const fault = refusing(new Fault('UNAUTHORIZED', 'x'), 'credentialVoid', 'operator 3f9c');
    refusals.answered(request, fault);
    expect(refusals.counts()).toMatchObject({ credentialVoid: 1, credentialWrong: 0 });
    expect(lines).toMatchObject([
      {
        ...{ reason: 'credentialVoid', who: 'operator 3f9c', address: '192.0.2.7', request: 'r1' },
        ...{ method: 'GET', route: '/api/v1/devices/:id', status: 401 },
      },
    ]);
  });

  it('is counted once, whatever its code, if it is about who asks or how much', () => {
    // From the statuses of HTTP, not from the table under test.
    const about = [401, 403, 408, 413, 429];
    const onMqtt: FaultCode[] = ['TENSOR_WITHHELD'];
    for (const [code, row] of Object.entries(FAULTS) as [FaultCode, { status?: number }][]) {
      const { refusals } = watched();
      refusals.answered(request, new Fault(code, 'x'));
      const sum = Object.values(refusals.counts()).reduce((all, one) => all + one, 0);
      const isRefusal = about.includes(row.status ?? 0) && !onMqtt.includes(code);
      expect([code, sum]).toEqual([code, isRefusal ? 1 : 0]);
    }
  });

  it('names who asks where that is known, to listeners too', () => {
    const { refusals, lines } = watched();
    const heard: unknown[] = [];
    refusals.whoAsks = () => 'operator 3f9c';
    refusals.onRequest((refused) => heard.push(refused));
    refusals.answered(request, new Fault('FORBIDDEN', 'x'));
    expect(lines).toMatchObject([{ who: 'operator 3f9c', reason: 'forbidden' }]);
    expect(heard).toMatchObject([{ who: 'operator 3f9c', reason: 'forbidden', status: 403 }]);
  });

  it('fills no log: ten thousand are all counted, in ten lines', () => {
    const { refusals, lines } = watched();
    for (let i = 0; i < 10_000; i++) refusals.answered(request, new Fault('UNAUTHORIZED', 'x'));
    expect(refusals.counts().credentialWrong).toBe(10_000);
    expect(lines).toHaveLength(10);
  });

  it('has one of a fixed list of reasons, all counted from the start', () => {
    expect(Object.keys(watched().refusals.counts())).toEqual(Object.keys(HTTP_REFUSALS));
  });
});
