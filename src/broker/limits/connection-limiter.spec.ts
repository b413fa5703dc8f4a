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
  const door = new ConnectionLimiter(readConfig(environment), clock, incidents);
  /** Comes from an address; says whether it is in, waits, or was closed. */
  const come = (address: string) => {
    const socket = new PassThrough();
    let isIn = false;
    door.admit(socket, address, () => {
      isIn = true;
    });
    return {
      socket,
      state: () => (socket.destroyed ? 'closed' : isIn ? 'in' : 'waiting'),
    };
  };
  const later = (ms: number) => {
    clock.nowMs += ms;
    vi.advanceTimersByTime(ms);
  };
  return { clock, incidents, door, come, later };
}

const ONE = '192.0.2.1';
const OTHER = '192.0.2.2';

describe('the limiter', () => {
  it('holds so many connections in all and of one address, and takes others when some have left', async () => {
    vi.useRealTimers();
    const { come, incidents } = limiter({
      FLOTILLA_MAX_CONNECTIONS: '3',
      FLOTILLA_MAX_ADDRESS_CONNECTIONS: '2',
    });
    const [first, second, third] = [come(ONE), come(ONE), come(ONE)];
    expect([first, second, third].map(({ state }) => state())).toEqual(['in', 'in', 'closed']);
    expect(come(OTHER).state()).toBe('in');
    expect(come('192.0.2.3').state()).toBe('closed');
    expect(incidents.counts().connectionRefused).toBe(2);
    first.socket.destroy();
    await new Promise(setImmediate);
    expect(come(ONE).state()).toBe('in');
  });

  it('lets an address in at its rate, in their order, and others at once', () => {
    const { come, later, door } = limiter({ FLOTILLA_ADDRESS_CONNECTS_PER_S: '10' });
    const many = Array.from({ length: 30 }, () => come(ONE));
    const inside = () => many.filter(({ state }) => state() === 'in').length;
    expect(inside()).toBe(20);
    expect(come(OTHER).state()).toBe('in');
    expect(door.counts()).toMatchObject({ connections: 31, connectionsWaiting: 10 });
    later(501);
    expect(inside()).toBe(25);
    expect(many[24]?.state()).toBe('in');
    later(500);
    expect(inside()).toBe(30);
  });

  it('closes who would wait for too long, and keeps no place in the line for them', () => {
    const { come, later } = limiter({
      FLOTILLA_CONNECTS_PER_S: '10',
      FLOTILLA_CONNECT_WAIT_MS: '1000',
    });
    const many = Array.from({ length: 100 }, () => come(ONE));
    const count = (wanted: string) => many.filter(({ state }) => state() === wanted).length;
    expect([count('in'), count('waiting'), count('closed')]).toEqual([20, 10, 70]);
    later(1001);
    expect(count('in')).toBe(30);
    expect(come(ONE).state()).toBe('waiting');
  });

  it('ends those who wait when it is closed', () => {
    const { come, door } = limiter({ FLOTILLA_CONNECTS_PER_S: '1' });
    const waiting = [come(ONE), come(ONE), come(ONE)].at(-1);
    expect(waiting?.state()).toBe('waiting');
    door.close();
    expect(waiting?.state()).toBe('closed');
  });
});
