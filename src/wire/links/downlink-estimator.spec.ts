import { describe, expect, it } from 'vitest';
import { seededRandom } from '../seeded-random.js';
import { DownlinkEstimator } from './downlink-estimator.js';

/** Bytes around the outputs of a result, as they are on the wire: head, topic, MQTT and TCP. */
const AROUND_BYTES = 300;

/** A link down in virtual time: results of frames go one after the other at a rate, and a busy machine takes them late now and then. */
class Down {
  readonly estimator = new DownlinkEstimator();
  nowMs = 0;
  private freeAtMs = 0;

  constructor(
    public kbps: number,
    private readonly lateMs: () => number = () => 0,
  ) {}

  /** Results that become ready at once. */
  results(count: number, bytes: number): void {
    const readyAtMs = this.nowMs;
    for (let i = 0; i < count; i++) {
      this.freeAtMs = Math.max(this.freeAtMs, readyAtMs) + ((bytes + AROUND_BYTES) * 8) / this.kbps;
      this.nowMs = this.freeAtMs + this.lateMs();
      this.estimator.returned({ bytes, readyAtMs, atMs: this.nowMs });
    }
    this.nowMs += 200;
  }

  get knownKbps(): number | undefined {
    const msPerByte = this.estimator.msPerByte(this.nowMs);
    return msPerByte === undefined ? undefined : 8 / msPerByte;
  }
}

describe('DownlinkEstimator', () => {
  it.each([
    [32, 4000, 1],
    [32, 4000, 3],
    [32, 100_000, 2],
    [256, 40_000, 1],
    [2, 40, 1],
    [1000, 400_000, 2],
  ])('finds %d kbps from results of %d bytes, %d at once', (kbps, bytes, count) => {
    const random = seededRandom(3);
    const down = new Down(kbps, () => 5 * random());
    expect(down.knownKbps).toBeUndefined();
    for (let i = 0; i < 3; i++) down.results(count, bytes);
    expect(Math.abs((down.knownKbps ?? 0) / kbps - 1)).toBeLessThan(0.1);
  });

  it('stays unknown on a link whose results are quicker than timers show', () => {
    const random = seededRandom(5);
    const down = new Down(20_000, () => 10 * random());
    for (let i = 0; i < 50; i++) down.results(1, 4000);
    expect(down.knownKbps).toBeUndefined();
  });

  it('does not take one late result for a slow link, before or after others', () => {
    let lateMs = 500;
    const down = new Down(64, () => lateMs);
    down.results(1, 4000);
    expect(down.knownKbps).toBeUndefined();
    lateMs = 0;
    down.results(1, 4000);
    expect(down.knownKbps).toBeCloseTo(64, 0);
    down.results(1, 4000);
    lateMs = 5000;
    down.results(1, 4000);
    expect(down.knownKbps).toBeGreaterThan(50);
  });

  it.each([
    [32, 320],
    [32, 50_000],
    [320, 32],
  ])('follows a step from %d to %d kbps within two results', (before, after) => {
    const down = new Down(before);
    for (let i = 0; i < 5; i++) down.results(1, 4000);
    down.kbps = after;
    for (let i = 0; i < 2; i++) down.results(1, 4000);
    expect(Math.abs((down.knownKbps ?? 0) / after - 1)).toBeLessThan(0.1);
  });

  it('is unknown again when no result came for ten minutes', () => {
    const down = new Down(32);
    down.results(3, 4000);
    down.nowMs += 590_000;
    expect(down.knownKbps).toBeDefined();
    down.nowMs += 20_000;
    expect(down.knownKbps).toBeUndefined();
    down.results(1, 4000);
    expect(down.knownKbps).toBeUndefined();
  });
});
