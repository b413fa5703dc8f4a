/** Whether the wall clock of this machine can be believed. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClockState } from '../../../src/wire/index.js';

/** This software is younger: a clock that shows less was not set. */
const EARLIEST_MS = Date.parse('2025-01-01T00:00:00Z');
/** Time servers set a clock back by less. */
const CORRECTION_MS = 60_000;

/** Where the kernel and systemd say how the clock was set. */
export interface ClockFiles {
  /** Folder of systemd-timesyncd; it has a file `synchronized` once a time server has answered since the start of the machine. */
  readonly timesync: string;
  /** `1` where a real-time clock gave the time at the start of the machine (Linux, Documentation/ABI/testing/sysfs-class-rtc). */
  readonly rtc: string;
}

const SYSTEM: ClockFiles = {
  timesync: '/run/systemd/timesync',
  rtc: '/sys/class/rtc/rtc0/hctosys',
};

/**
 * The state of a clock that shows some time; `latestMs` is the latest time that it showed before, while it was believed. A Raspberry Pi
 * without a real-time clock starts with the time of its last shutdown: a plausible time alone says nothing.
 */
export function clockStateAt(
  wallMs: number,
  latestMs: number | undefined,
  { timesync, rtc }: ClockFiles = SYSTEM,
): ClockState {
  if (wallMs < EARLIEST_MS) return 'unset';
  if (existsSync(join(timesync, 'synchronized'))) return 'synchronised';
  if (latestMs !== undefined && wallMs < latestMs - CORRECTION_MS) return 'unset';
  return existsSync(timesync) && !isFromRtc(rtc) ? 'unset' : 'assumed';
}

function isFromRtc(path: string): boolean {
  try {
    return readFileSync(path, 'utf8').trim() === '1';
  } catch {
    return false;
  }
}
