import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { Clock, readConfig } from '../../platform/index.js';
import { Flapping } from './flapping.js';
import { IncidentLog } from './incident-log.js';

class HeldClock extends Clock {
  nowMs = 0;
  override monotonicMs(): number {
    return this.nowMs;
  }
}

const ADDRESS = '192.0.2.7';

function flapping() {
  const clock = new HeldClock();
  const config = readConfig({
    FLOTILLA_SESSIONS_PER_MINUTE: '6',
    FLOTILLA_FLAPPING_BAN_MS: '30000',
  });
  const incidents = new IncidentLog(pino({ level: 'silent' }), clock);
  return { clock, incidents, limit: new Flapping(config, clock, incidents) };
}

describe('Flapping', () => {
  it('bans a device after twice the sessions of a minute, and logs the ban once', () => {
    const { clock, incidents, limit } = flapping();
    for (let i = 0; i < 12; i++) expect(limit.begin('pi', ADDRESS)).toBe(0);
    expect(limit.begin('pi', ADDRESS)).toBe(30_000);
    clock.nowMs = 10_000;
    expect(limit.begin('pi', ADDRESS)).toBe(20_000);
    expect(limit.begin('other', ADDRESS)).toBe(0);
    expect(incidents.counts().flapping).toBe(1);
    clock.nowMs = 30_000;
    expect(limit.begin('pi', ADDRESS)).toBe(0);
  });

  it('never bans a device that reconnects at the allowed rate', () => {
    const { clock, limit } = flapping();
    for (let i = 0; i < 100; i++) {
      clock.nowMs += 10_000;
      expect(limit.begin('pi', ADDRESS)).toBe(0);
    }
  });
});
