import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Clock, readConfig } from '../../platform/index.js';
import { ConnectionLimiter } from './connection-limiter.js';
import { IncidentLog } from './incident-log.js';

class HeldClock extends Clock {
  nowMs = 0;
  override monotonicMs(): number {
    return this.nowMs;
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function limiter(environment: Record<string, string>) {
  const clock = new HeldClock();
  const incidents = new IncidentLog(pino({ level: 'silent' }), clock);
  const limits = new ConnectionLimiter(readConfig(environment), clock, incidents);
  /** Connects from an address; `state` says whether it is accepted, waits or was closed. */
  const connect = (address: string) => {
    const socket = new PassThrough();
    let isAccepted = false;
    limits.admit(socket, address, () => {
      isAccepted = true;
    });
    return {
      socket,
      state: () => (socket.destroyed ? 'closed' : isAccepted ? 'accepted' : 'waiting'),
    };
  };
  const later = (ms: number) => {
    clock.nowMs += ms;
    vi.advanceTimersByTime(ms);
  };
  return { clock, incidents, limits, connect, later };
}

const ONE = '192.0.2.1';
const OTHER = '192.0.2.2';

describe('ConnectionLimiter', () => {
  it('limits connections in total and per address, and accepts others when some have closed', async () => {
    vi.useRealTimers();
    const { connect, incidents } = limiter({
      FLOTILLA_MAX_CONNECTIONS: '3',
      FLOTILLA_MAX_ADDRESS_CONNECTIONS: '2',
    });
    const [first, second, third] = [connect(ONE), connect(ONE), connect(ONE)];
    expect([first, second, third].map(({ state }) => state())).toEqual([
      'accepted',
      'accepted',
      'closed',
    ]);
    expect(connect(OTHER).state()).toBe('accepted');
    expect(connect('192.0.2.3').state()).toBe('closed');
    expect(incidents.counts().connectionRefused).toBe(2);
    first.socket.destroy();
    await new Promise(setImmediate);
    expect(connect(ONE).state()).toBe('accepted');
  });

  it('delays connections of an address above its rate, in order, and accepts other addresses at once', () => {
    const { connect, later, limits } = limiter({ FLOTILLA_ADDRESS_CONNECTS_PER_S: '10' });
    const many = Array.from({ length: 30 }, () => connect(ONE));
    const accepted = () => many.filter(({ state }) => state() === 'accepted').length;
    expect(accepted()).toBe(20);
    expect(connect(OTHER).state()).toBe('accepted');
    expect(limits.counts()).toMatchObject({ connections: 31, connectionsWaiting: 10 });
    later(501);
    expect(accepted()).toBe(25);
    expect(many[24]?.state()).toBe('accepted');
    later(500);
    expect(accepted()).toBe(30);
  });

  it('closes connections that would wait too long, without using up their tokens', () => {
    const { connect, later } = limiter({
      FLOTILLA_CONNECTS_PER_S: '10',
      FLOTILLA_CONNECT_WAIT_MS: '1000',
    });
    const many = Array.from({ length: 100 }, () => connect(ONE));
    const count = (wanted: string) => many.filter(({ state }) => state() === wanted).length;
    expect([count('accepted'), count('waiting'), count('closed')]).toEqual([20, 10, 70]);
    later(1001);
    expect(count('accepted')).toBe(30);
    expect(connect(ONE).state()).toBe('waiting');
  });

  it('closes waiting connections when it is closed', () => {
    const { connect, limits } = limiter({ FLOTILLA_CONNECTS_PER_S: '1' });
    const waiting = [connect(ONE), connect(ONE), connect(ONE)].at(-1);
    expect(waiting?.state()).toBe('waiting');
    limits.close();
    expect(waiting?.state()).toBe('closed');
  });
});
