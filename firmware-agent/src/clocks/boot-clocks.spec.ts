/** Ages of frames on a machine whose true time is known: it reboots, sleeps, and has its clock set, or not. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/wire/index.js';
import { wireSamples } from '../../../test/support/mqtt/wire-samples.js';
import { ageOf } from '../cloud/mqtt/record-age.js';
import { Damage } from '../disk/damage.js';
import { DocumentStore } from '../disk/document-store.js';
import type { FinishedFrame } from '../disk/ledger-entry.js';
import { createLog } from '../log.js';
import { BootClocks, type ClockReadings } from './boot-clocks.js';
import { clockStateAt } from './clock-state.js';

const HOUR_MS = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), 'flotilla-clocks-'));
afterAll(() => rmSync(folder, { recursive: true }));
const log = createLog('silent', () => undefined);

/** A machine without a real-time clock: it starts with the time of its last shutdown, and a time server may set it. */
class Machine implements ClockReadings {
  trueMs = Date.parse('2026-11-23T12:00:00.000Z');
  private bootedMs = this.trueMs;
  private sleptMs = 0;
  private offMs = -30 * 24 * HOUR_MS;
  private isSet = false;
  private boots = 0;
  private readonly home = mkdtempSync(join(folder, 'machine-'));
  clocks = this.started();

  monotonicMs = () => this.trueMs - this.bootedMs - this.sleptMs;
  suspendedMs = () => this.sleptMs;
  wallMs = () => this.trueMs + this.offMs;
  state = () => (this.isSet ? ('synchronised' as const) : ('unset' as const));

  pass(ms: number): void {
    this.trueMs += ms;
  }

  sleep(ms: number): void {
    this.trueMs += ms;
    this.sleptMs += ms;
  }

  set(): void {
    this.offMs = 0;
    this.isSet = true;
    this.clocks.now();
  }

  reboot(offForMs: number): void {
    this.trueMs += offForMs;
    this.offMs -= offForMs;
    this.bootedMs = this.trueMs;
    this.sleptMs = 0;
    this.isSet = false;
    this.clocks = this.started();
  }

  /** A frame that has just ended, with its true start. */
  frame(): { finished: FinishedFrame; trueMs: number; boot: number; wasSet: () => boolean } {
    const [sample] = wireSamples.record.records;
    if (sample === undefined) throw new Error('no sample');
    const { ageMs: _, boot: _boot, clock: _clock, ...record } = sample;
    const now = this.clocks.now();
    const trueMs = this.trueMs - record.totalMs;
    const finished = {
      record: { ...record, at: new Date(now.wallMs - record.totalMs).toISOString() },
      ...{ startedMs: now.monotonicMs - record.totalMs, boot: now.boot },
      ...{ suspendedMs: now.suspendedMs, clock: now.state },
    };
    const boot = this.boots;
    return { finished, trueMs, boot, wasSet: () => this.setBoots.has(boot) };
  }

  readonly setBoots = new Set<number>();

  noteSet(): void {
    this.set();
    this.setBoots.add(this.boots);
  }

  get boot(): number {
    return this.boots;
  }

  get hasTime(): boolean {
    return this.isSet;
  }

  private started(): BootClocks {
    this.boots += 1;
    const documents = new DocumentStore(this.home, new Damage(log), log);
    return new BootClocks(documents, this, `boot-${this.boots}`);
  }
}

describe('frames of a machine without a real-time clock', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'are as old as they are, or of unknown age (seed %d)',
    (seed) => {
      const random = seededRandom(seed);
      const machine = new Machine();
      const frames: ReturnType<Machine['frame']>[] = [];
      const counts = { known: 0, unknown: 0 };
      for (let step = 0; step < 120; step++) {
        const draw = random();
        const ms = random() * 5 * HOUR_MS + 120_000;
        if (draw < 0.5) frames.push(machine.frame());
        else if (draw < 0.7) machine.pass(ms);
        else if (draw < 0.8) machine.sleep(ms);
        else if (draw < 0.9) machine.noteSet();
        else machine.reboot(ms);
        const epochMsOf = (boot: string) => machine.clocks.epochMsOf(boot);
        const now = machine.clocks.now();
        for (const { finished, trueMs, boot, wasSet } of frames.slice(-40)) {
          const { ageMs, isAgeKnown = true } = ageOf(finished, now, {
            issued: undefined,
            epochMsOf,
          });
          const oldMs = machine.trueMs - trueMs;
          // Known exactly where one start, or two set clocks, connect both moments.
          expect(isAgeKnown).toBe(boot === machine.boot || (wasSet() && machine.hasTime));
          if (isAgeKnown) expect(Math.abs(ageMs - oldMs)).toBeLessThan(1);
          else expect(ageMs).toBeLessThanOrEqual(oldMs + 1);
          counts[isAgeKnown ? 'known' : 'unknown'] += 1;
        }
      }
      expect(counts.known).toBeGreaterThan(100);
      expect(counts.unknown).toBeGreaterThan(100);
    },
  );
});

describe('the state of a clock', () => {
  const NOW_MS = Date.parse('2026-11-23T12:00:00.000Z');
  const state = (files: { timesync?: 'waiting' | 'done'; rtc?: string }, latestMs?: number) => {
    const at = mkdtempSync(join(folder, 'system-'));
    const [timesync, rtc] = [join(at, 'timesync'), join(at, 'hctosys')];
    if (files.timesync !== undefined) mkdirSync(timesync);
    if (files.timesync === 'done') writeFileSync(join(timesync, 'synchronized'), '');
    if (files.rtc !== undefined) writeFileSync(rtc, files.rtc);
    return (wallMs: number) => clockStateAt(wallMs, latestMs, { timesync, rtc });
  };

  it.each([
    ['a time server answered', { timesync: 'done' as const }, undefined, 'synchronised'],
    [
      'none answered and no real-time clock is there',
      { timesync: 'waiting' as const },
      undefined,
      'unset',
    ],
    [
      'it has the time of a real-time clock',
      { timesync: 'waiting' as const, rtc: '1\n' },
      undefined,
      'assumed',
    ],
    [
      'the real-time clock did not set it',
      { timesync: 'waiting' as const, rtc: '0\n' },
      undefined,
      'unset',
    ],
    ['nothing shows how it was set', {}, undefined, 'assumed'],
    ['it showed more before', {}, NOW_MS + HOUR_MS, 'unset'],
    ['it was corrected by seconds', {}, NOW_MS + 5_000, 'assumed'],
    [
      'a time server corrected what it showed before',
      { timesync: 'done' as const },
      NOW_MS + HOUR_MS,
      'synchronised',
    ],
  ])('follows where %s', (_, files, latestMs, expected) => {
    expect(state(files, latestMs)(NOW_MS)).toBe(expected);
  });

  it('is unset before this software was made', () => {
    expect(state({})(Date.parse('2019-02-14T10:11:12Z'))).toBe('unset');
  });
});
