import { describe, expect, it } from 'vitest';
import { seededRandom } from '../seeded-random.js';
import { LinkEstimator, type Transfer } from './link-estimator.js';

const CHUNK = 32 * 1024;
/** Milliseconds per byte at a rate. */
const msPerByte = (mbps: number): number => 8 / (mbps * 1000);

/**
 * A simulated link: serves packets in order at a varying rate, with latency both ways, for a sender with a window; in
 * virtual time.
 */
class SyntheticLink {
  nowMs = 0;
  readonly estimator = new LinkEstimator();
  private freeAtMs = 0;

  constructor(
    public rate: (atMs: number) => number,
    private readonly latencyMs: number,
    private readonly jitter: () => number = () => 0,
  ) {}

  /** Sends packets of that many bytes, at most `window` of them unacknowledged. */
  send(count: number, bytes: number, window = 2): void {
    const waiting: { transfer: Transfer; ackAtMs: number }[] = [];
    for (let i = 0; i < count; i++) {
      if (waiting.length === window) this.take(waiting);
      const transfer = this.estimator.sent(this.nowMs, bytes);
      waiting.push({ transfer, ackAtMs: this.serve(bytes) });
    }
    while (waiting.length > 0) this.take(waiting);
  }

  rest(ms: number): void {
    this.nowMs += ms;
  }

  mbps(): number {
    const estimate = this.estimator.estimate(this.nowMs);
    return estimate === null ? Number.NaN : msPerByte(1) / estimate.uplinkMsPerByte;
  }

  private serve(bytes: number): number {
    let atMs = Math.max(this.nowMs + this.latencyMs, this.freeAtMs);
    for (let left = bytes; left > 0; left -= 1024) {
      atMs += Math.min(1024, left) * msPerByte(this.rate(atMs));
    }
    this.freeAtMs = atMs;
    return atMs + this.latencyMs + this.jitter();
  }

  private take(waiting: { transfer: Transfer; ackAtMs: number }[]): void {
    const first = waiting.shift();
    if (first === undefined) return;
    this.nowMs = Math.max(this.nowMs, first.ackAtMs);
    this.estimator.acked(first.transfer, this.nowMs);
  }
}

function probed(link: SyntheticLink): SyntheticLink {
  link.send(1, 16);
  link.send(1, 16);
  link.send(1, 32 * 1024);
  return link;
}

describe('LinkEstimator', () => {
  it('returns null before the first sample', () => {
    expect(new LinkEstimator().estimate(0)).toBeNull();
  });

  it.each([
    [1.1, 5],
    [5.85, 5],
    [18.88, 40],
    [100, 10],
    [0.2, 100],
  ])('finds %d Mbps behind %d ms from one probe, and keeps it over frames', (mbps, latencyMs) => {
    const link = probed(new SyntheticLink(() => mbps, latencyMs));
    expect(link.mbps() / mbps).toBeCloseTo(1, 2);
    expect(link.estimator.rttMs() / (2 * latencyMs)).toBeCloseTo(1, 1);
    for (let frame = 0; frame < 10; frame++) {
      link.send(6, CHUNK);
      link.rest(50);
    }
    expect(Math.abs(link.mbps() / mbps - 1)).toBeLessThan(0.05);
    expect(link.estimator.estimate(link.nowMs)?.confidence).toBeGreaterThan(0.8);
  });

  it('detects a drop from 18.88 to 1.1 Mbps within one second of sending', () => {
    let dropAtMs = Number.POSITIVE_INFINITY;
    const link = probed(new SyntheticLink((atMs) => (atMs < dropAtMs ? 18.88 : 1.1), 5));
    for (let frame = 0; frame < 5; frame++) link.send(6, CHUNK);
    dropAtMs = link.nowMs + 20;
    link.send(5, CHUNK);
    expect(link.nowMs - dropAtMs).toBeLessThan(1100);
    expect(link.mbps()).toBeLessThan(1.3);
    link.send(6, CHUNK);
    expect(link.mbps()).toBeCloseTo(1.1, 1);
  });

  it('detects a rise as fast', () => {
    let riseAtMs = Number.POSITIVE_INFINITY;
    const link = probed(new SyntheticLink((atMs) => (atMs < riseAtMs ? 1.1 : 18.88), 5));
    link.send(4, CHUNK);
    riseAtMs = link.nowMs;
    link.send(6, CHUNK);
    expect(link.mbps()).toBeGreaterThan(15);
  });

  it('detects a link that stalls within a packet', () => {
    const link = probed(new SyntheticLink(() => 18.88, 5));
    link.send(4, CHUNK);
    link.estimator.sent(link.nowMs, CHUNK);
    link.rest(4000);
    expect(link.mbps()).toBeLessThan(0.07);
  });

  it('tolerates acknowledgements that arrive in pairs', () => {
    let place = 0;
    // The first of two waits for the second, which then seems to have taken no time at all.
    const late = () => (place++ % 2 === 0 ? 3 : 0);
    const link = probed(new SyntheticLink(() => 18.88, 5, late));
    for (let frame = 0; frame < 20; frame++) {
      link.send(1, 9400);
      link.send(1, 3100);
      link.rest(60);
    }
    expect(link.mbps()).toBeLessThan(1.3 * 18.88);
    expect(link.mbps()).toBeGreaterThan(18.88 / 2);
  });

  it('tolerates delayed acknowledgements of small tensors on a busy machine', () => {
    const random = seededRandom(7);
    // Up to as long as the tensor itself takes.
    const late = () => 5 * random();
    let rate = 5.85;
    const link = new SyntheticLink(() => rate, 5, late);
    const frame = (): void => {
      link.send(1, 3100);
      link.rest(60);
      link.send(1, 300);
    };
    for (let i = 0; i < 8; i++) frame();
    for (let i = 0; i < 300; i++) {
      frame();
      expect(link.mbps() / rate).toBeGreaterThan(0.6);
      expect(link.mbps() / rate).toBeLessThan(1.6);
    }
    rate = 0.58;
    for (let i = 0; i < 8; i++) frame();
    expect(link.mbps() / rate).toBeGreaterThan(0.6);
    expect(link.mbps() / rate).toBeLessThan(1.6);
  });

  it('changes little after one late acknowledgement', () => {
    let lateMs = 0;
    const link = probed(
      new SyntheticLink(
        () => 10,
        5,
        () => lateMs,
      ),
    );
    link.send(10, CHUNK);
    lateMs = 400;
    link.send(1, CHUNK);
    lateMs = 0;
    expect(link.mbps()).toBeGreaterThan(7);
    link.send(6, CHUNK);
    expect(link.mbps()).toBeGreaterThan(9);
  });

  it('loses confidence with age', () => {
    const link = probed(new SyntheticLink(() => 10, 5));
    link.send(10, CHUNK);
    const fresh = link.estimator.estimate(link.nowMs)?.confidence ?? 0;
    const old = link.estimator.estimate(link.nowMs + 60_000);
    expect(old?.ageMs).toBeGreaterThanOrEqual(60_000);
    expect(old?.confidence).toBeCloseTo(fresh / 2, 2);
  });
});
