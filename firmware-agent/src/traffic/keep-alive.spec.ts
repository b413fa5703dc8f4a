/** The search for the gap between pings, against a translator of addresses that forgets quiet connections. */
import { describe, expect, it } from 'vitest';
import { KeepAlive } from './keep-alive.js';

const S = 1000;

/** A link whose translator forgets after `forgetsS` of quiet; a second is one look. Counts pings and deaths. */
class Translated {
  atMs = 0;
  pings = 0;
  deaths = 0;
  private received = 0;
  private sent = 0;
  private passedAtMs = 0;
  private answerAtMs: number | undefined;
  isAway = false;

  constructor(
    readonly keepAlive: KeepAlive,
    private readonly forgetsS: number,
  ) {
    keepAlive.began(0);
  }

  run(seconds: number, isAwaiting = false): void {
    for (let i = 0; i < seconds; i++) this.second(isAwaiting);
  }

  private second(isAwaiting: boolean): void {
    this.atMs += S;
    if (this.answerAtMs !== undefined && this.atMs >= this.answerAtMs) {
      this.received += 24;
      this.answerAtMs = undefined;
    }
    const { received, sent } = this;
    const deed = this.keepAlive.look(this.atMs, { received, sent, isAwaiting });
    if (deed === 'ping') {
      this.pings += 1;
      this.sent += 24;
      const isOpen = !this.isAway && this.atMs - this.passedAtMs < this.forgetsS * S;
      if (isOpen) this.answerAtMs = this.atMs + S;
      if (isOpen) this.passedAtMs = this.atMs;
    }
    if (deed === 'dead') this.die();
  }

  private die(): void {
    this.deaths += 1;
    this.keepAlive.ended(this.atMs);
    this.atMs += (this.isAway ? 600 : 5) * S;
    this.isAway = false;
    [this.received, this.sent, this.passedAtMs] = [0, 0, this.atMs];
    this.keepAlive.began(this.atMs);
  }
}

const minimal = { keepAliveS: 1200, firstGapS: 120 };

describe('the gap between pings', () => {
  it('grows to nine tenths of the keep-alive while pings are answered', () => {
    const link = new Translated(new KeepAlive(minimal), Number.POSITIVE_INFINITY);
    link.run(6 * 3600);
    expect(link.deaths).toBe(0);
    expect(link.keepAlive.gap).toBe(1080 * S);
  });

  it.each([240, 300, 600, 900])(
    'ends below a translator that forgets after %i s, with few deaths a day',
    (forgetsS) => {
      const link = new Translated(new KeepAlive(minimal), forgetsS);
      link.run(86_400);
      expect(link.deaths).toBeLessThanOrEqual(3);
      expect(link.keepAlive.gap).toBeLessThan(forgetsS * S);
      expect(link.keepAlive.gap).toBeGreaterThan(0.5 * forgetsS * S);
      const before = link.deaths;
      link.run(30 * 86_400);
      expect(link.deaths - before).toBeLessThanOrEqual(60);
    },
  );

  it('gets below a translator that forgets sooner than the first gap', () => {
    const link = new Translated(new KeepAlive(minimal), 45);
    link.run(3600);
    expect(link.keepAlive.gap).toBeLessThan(45 * S);
    expect(link.deaths).toBeLessThanOrEqual(4);
  });

  it('stays after an outage: the network was away, and the gap is not to blame', () => {
    const link = new Translated(new KeepAlive(minimal), Number.POSITIVE_INFINITY);
    link.run(6 * 3600);
    link.isAway = true;
    link.run(1500);
    expect(link.deaths).toBe(1);
    expect(link.keepAlive.gap).toBe(1080 * S);
  });
});

describe('a dead connection', () => {
  it('is found within 51 s while an acknowledgement is awaited, whatever the gap', () => {
    const link = new Translated(new KeepAlive(minimal), Number.POSITIVE_INFINITY);
    link.isAway = true;
    link.run(51, true);
    expect(link.deaths).toBe(1);
  });

  it('is found within the keep-alive and the wait for an answer, though telemetry is sent meanwhile', () => {
    const keepAlive = new KeepAlive(minimal);
    keepAlive.began(0);
    let deadAtS = 0;
    for (let s = 1; deadAtS === 0 && s < 3600; s++) {
      const moment = { received: 0, sent: Math.floor(s / 60), isAwaiting: false };
      if (keepAlive.look(s * S, moment) === 'dead') deadAtS = s;
    }
    expect(deadAtS).toBe(1110);
  });

  it('is not one whose process was stopped: the answer may wait to be read', () => {
    const keepAlive = new KeepAlive({ keepAliveS: 60, firstGapS: 20 });
    keepAlive.began(0);
    const moment = { received: 0, sent: 0, isAwaiting: false };
    for (let s = 1; s < 20; s++) expect(keepAlive.look(s * S, moment)).toBeUndefined();
    expect(keepAlive.look(20 * S, moment)).toBe('ping');
    expect(keepAlive.look(600 * S, moment)).toBeUndefined();
    expect(keepAlive.look(601 * S, { ...moment, received: 24 })).toBeUndefined();
  });
});
