import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Clock, LoadReport, readConfig } from '../../platform/index.js';
import { ConnectionLimiter } from './connection-limiter.js';
import { IncidentLog } from './incident-log.js';

const opened: (() => void)[] = [];
/** What the loop stood still in all: no timer fired meanwhile. */
let blockedMs = 0;
beforeEach(() => {
  vi.useFakeTimers();
  blockedMs = 0;
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + blockedMs);
});
afterEach(() => {
  vi.restoreAllMocks();
  for (const close of opened.splice(0)) close();
  vi.useRealTimers();
});

function limiter(environment: Record<string, string>) {
  const clock = new Clock();
  const incidents = new IncidentLog(pino({ level: 'silent' }), clock);
  const load = new LoadReport();
  const limits = new ConnectionLimiter(readConfig(environment), clock, incidents, load);
  load.onModuleInit();
  opened.push(() => load.onModuleDestroy());
  // The loop has been measured.
  vi.advanceTimersByTime(20);
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
  const later = (ms: number) => void vi.advanceTimersByTime(ms);
  return { incidents, limits, connect, later };
}

/** The loop stands for so long, and then its timers fire. */
function blockedFor(ms: number): void {
  blockedMs += ms;
  vi.advanceTimersByTime(10);
}

const ONE = '192.0.2.1';
const OTHER = '192.0.2.2';

describe('ConnectionLimiter', () => {
  it('limits connections in total and per address, and accepts others when some have closed', async () => {
    const { connect, incidents, later } = limiter({
      FLOTILLA_MAX_CONNECTIONS: '3',
      FLOTILLA_MAX_ADDRESS_CONNECTIONS: '2',
    });
    const [first, second, third] = [connect(ONE), connect(ONE), connect(ONE)];
    const other = connect(OTHER);
    later(100);
    const all = [first, second, third, other, connect('192.0.2.3')];
    expect(all.map(({ state }) => state())).toEqual([
      ...['accepted', 'accepted', 'closed'],
      ...['accepted', 'closed'],
    ]);
    expect(incidents.counts().connectionRefused).toBe(2);
    first.socket.destroy();
    await once(first.socket, 'close');
    const again = connect(ONE);
    later(100);
    expect(again.state()).toBe('accepted');
  });

  it('delays connections of an address above its rate, in order, and accepts other addresses soon', () => {
    const { connect, later, limits } = limiter({
      FLOTILLA_ADDRESS_CONNECTS_PER_S: '10',
      FLOTILLA_CONNECTS_PER_S: '5000',
    });
    const many = Array.from({ length: 30 }, () => connect(ONE));
    const accepted = () => many.filter(({ state }) => state() === 'accepted').length;
    expect(accepted()).toBe(20);
    const other = connect(OTHER);
    later(20);
    expect(other.state()).toBe('accepted');
    expect(limits.counts()).toMatchObject({ connections: 31, connectionsWaiting: 10 });
    later(500);
    expect(accepted()).toBe(25);
    expect(many[24]?.state()).toBe('accepted');
    later(500);
    expect(accepted()).toBe(30);
  });

  it('begins them faster and faster while the loop is on time, addresses in turn', () => {
    const { connect, later, limits } = limiter({ FLOTILLA_ADDRESS_CONNECTS_PER_S: '1000' });
    const many = Array.from({ length: 1000 }, () => connect(ONE));
    const accepted = () => many.filter(({ state }) => state() === 'accepted').length;
    expect(accepted()).toBeLessThan(5);
    later(500);
    const other = connect(OTHER);
    later(20);
    expect(other.state()).toBe('accepted');
    later(480);
    const inSecond = accepted();
    expect(inSecond).toBeGreaterThan(160);
    expect(inSecond).toBeLessThan(230);
    expect(limits.counts().connectionsAdmittedPerS).toBeGreaterThan(280);
    later(1000);
    expect(accepted() - inSecond).toBeGreaterThan(350);
  });

  it('begins hardly any while the loop is late', () => {
    const { connect, later, limits } = limiter({ FLOTILLA_ADDRESS_CONNECTS_PER_S: '1000' });
    const many = Array.from({ length: 500 }, () => connect(ONE));
    const accepted = () => many.filter(({ state }) => state() === 'accepted').length;
    const before = accepted();
    for (let i = 0; i < 10; i++) blockedFor(100);
    expect(accepted() - before).toBeLessThan(8);
    later(1000);
    expect(accepted()).toBeGreaterThan(20);
    expect(limits.counts().connectionsAdmittedPerS).toBeLessThan(250);
  });

  it('closes connections that would wait too long, at once or at their time', () => {
    const { connect, later, incidents } = limiter({
      FLOTILLA_CONNECTS_PER_S: '10',
      FLOTILLA_CONNECT_WAIT_MS: '1000',
    });
    const many = Array.from({ length: 100 }, () => connect(ONE));
    const count = (wanted: string) => many.filter(({ state }) => state() === wanted).length;
    expect([count('accepted'), count('waiting'), count('closed')]).toEqual([1, 10, 89]);
    later(1001);
    const accepted = count('accepted');
    expect(accepted).toBeGreaterThan(2);
    expect([count('waiting'), count('closed')]).toEqual([0, 100 - accepted]);
    expect(incidents.counts().connectionRefused).toBe(100 - accepted);
  });

  it('forgets a waiting connection that its client has closed', async () => {
    const { connect, later, limits } = limiter({ FLOTILLA_CONNECTS_PER_S: '1' });
    const [, gone, other] = [connect(ONE), connect(ONE), connect(ONE)];
    gone?.socket.destroy();
    await once(gone?.socket as PassThrough, 'close');
    expect(limits.counts()).toMatchObject({ connections: 2, connectionsWaiting: 1 });
    later(1200);
    expect(other?.state()).toBe('accepted');
  });

  it('closes waiting connections when it is closed', () => {
    const { connect, limits } = limiter({ FLOTILLA_CONNECTS_PER_S: '1' });
    const waiting = [connect(ONE), connect(ONE), connect(ONE)].at(-1);
    expect(waiting?.state()).toBe('waiting');
    limits.close();
    expect(waiting?.state()).toBe('closed');
  });
});
