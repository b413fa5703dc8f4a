/** When telemetry is due, and what a month without frames costs by profile. */
import { describe, expect, it } from 'vitest';
import { wireSamples } from '../../../test/support/mqtt/wire-samples.js';
import { KeepAlive } from './keep-alive.js';
import { profileOf } from './profiles.js';
import { type Standing, TelemetryNews } from './telemetry-news.js';

const { link } = wireSamples.telemetry;
if (link === null) throw new Error('the sample has a link');
const still: Standing = { link, hasFiles: true, hasRate: true, states: 'well', frames: 5 };
const moved = (factor: number) => ({ ...link, uplinkMsPerByte: factor * link.uplinkMsPerByte });

function after(sinceMs: number, now: Partial<Standing>, name: 'normal' | 'saver' | 'minimal') {
  const news = new TelemetryNews();
  news.report(still, 1000);
  return news.isDue({ ...still, ...now }, profileOf(name), 1000 + sinceMs);
}

describe('telemetry', () => {
  it.each([
    ['normal', 60_000, 5000],
    ['saver', 600_000, 60_000],
    ['minimal', 3_600_000, 600_000],
  ] as const)(
    'of %s without news comes every %i ms, and every %i ms while frames run',
    (name, idleMs, busyMs) => {
      expect(after(idleMs - 1, {}, name)).toBe(false);
      expect(after(idleMs, {}, name)).toBe(true);
      expect(after(busyMs - 1, { frames: 6 }, name)).toBe(false);
      expect(after(busyMs, { frames: 6 }, name)).toBe(true);
    },
  );

  it.each(['normal', 'saver', 'minimal'] as const)('of %s reports a new state at once', (name) => {
    expect(after(1, { states: 'failed' }, name)).toBe(true);
  });

  it.each([
    ['normal', 0.15, 0],
    ['saver', 0.3, 5000],
    ['minimal', 0.5, 60_000],
  ] as const)(
    'of %s reports a link that moved by more than %d, after %i ms',
    (name, share, newsMs) => {
      expect(after(newsMs + 1, { link: moved(1 + 0.99 * share) }, name)).toBe(false);
      expect(after(newsMs + 1, { link: moved(1 + 1.01 * share) }, name)).toBe(true);
      expect(after(newsMs + 1, { link: null }, name)).toBe(true);
      if (newsMs > 0) expect(after(newsMs - 1, { link: moved(2) }, name)).toBe(false);
    },
  );

  it('reports the first file, and a rate that comes or goes', () => {
    const news = new TelemetryNews();
    const [first, normal] = [{ ...still, hasFiles: false, hasRate: false }, profileOf('normal')];
    news.report(first, 0);
    expect(news.isDue({ ...first, hasFiles: true }, normal, 1)).toBe(true);
    expect(news.isDue({ ...first, hasRate: true }, normal, 1)).toBe(true);
    news.report(still, 0);
    expect(news.isDue({ ...still, hasRate: false }, normal, 1)).toBe(true);
    expect(news.isDue({ ...still, hasFiles: false }, normal, 1)).toBe(false);
  });
});

/** A telemetry message over MQTT, TLS 1.3 and TCP, with the acknowledgement of the kernel; a ping and its answer. */
const TELEMETRY_BYTES = 850 + 22 + 2 * 52;
const PING_BYTES = 2 * (2 + 22) + 3 * 52;
const MONTH_S = 31 * 86_400;

describe('a month without frames', () => {
  it.each([
    ['normal', 60e6],
    ['saver', 10e6],
    ['minimal', 2e6],
  ] as const)(
    'costs with %s at most %d bytes, behind a translator that forgets after 20 min',
    (name, mostBytes) => {
      const profile = profileOf(name);
      const keepAlive = new KeepAlive(profile);
      const news = new TelemetryNews();
      keepAlive.began(0);
      let [bytes, received, sent, quietSinceS] = [0, 0, 0, 0];
      for (let s = 1; s <= MONTH_S; s++) {
        if (news.isDue(still, profile, 1000 * s)) {
          news.report(still, 1000 * s);
          bytes += TELEMETRY_BYTES;
          sent += 1;
          quietSinceS = s;
        }
        const deed = keepAlive.look(1000 * s, { received, sent, isAwaiting: false });
        if (deed === 'dead' || s - quietSinceS >= 1200) throw new Error(`quiet too long at ${s} s`);
        if (deed === 'ping') {
          [bytes, received, sent, quietSinceS] = [bytes + PING_BYTES, received + 24, sent + 1, s];
        }
      }
      expect(bytes).toBeLessThan(mostBytes);
      expect(bytes).toBeGreaterThan(mostBytes / 4);
    },
  );
});
