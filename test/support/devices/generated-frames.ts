/**
 * Frames as a fleet would report them, from a seed: skewed times, some failures, several plans, links and models.
 *
 * Rows are made directly, since tests and benchmarks of the history need millions of them.
 */
import { type FrameRow, frameRow } from '../../../src/history/frames/frame-row.js';
import type { FrameRecord, Outcome } from '../../../src/wire/index.js';

export const MODELS = ['ab'.repeat(32), 'cd'.repeat(32)] as const;

/** A record as devices send them; the n-th has an id of its own. Most take 60–90 ms, one in fifty ten times as long. */
export function generatedRecord(random: () => number, n: number, ageMs: number): FrameRecord {
  const slow = random() < 0.02 ? 10 : 1;
  const ms = (least: number, spread: number) =>
    Math.round(1000 * slow * (least - spread * Math.log(1 - random()))) / 1000;
  const draw = random();
  const outcome: Outcome =
    draw < 0.9 ? 'cloud' : draw < 0.96 ? 'local-plan' : draw < 0.99 ? 'local-fallback' : 'failed';
  const isCloud = outcome === 'cloud';
  const measured = {
    deviceMs: ms(isCloud ? 30 : 80, 3),
    encodeMs: isCloud ? ms(1, 0.2) : 0,
    uplinkMs: isCloud ? ms(20, 8) : 0,
    queueMs: isCloud ? ms(0.1, 1) : 0,
    cloudMs: isCloud ? ms(8, 1) : 0,
    downlinkMs: isCloud ? ms(3, 1) : 0,
  };
  const totalMs = Object.values(measured).reduce((sum, one) => sum + one, 0);
  const planVersion = 1 + Math.floor(random() * 2);
  const stages = { deviceMs: 31, encodeMs: 1, uplinkMs: 24, queueMs: 0, cloudMs: 9, downlinkMs: 4 };
  const fault = { code: 'WORKER_LOST', message: 'the worker was lost' };
  return {
    frame: n.toString(16).padStart(32, '0'),
    model: MODELS[random() < 0.8 ? 0 : 1],
    planVersion,
    at: '2026-01-01T00:00:00.000Z',
    ageMs,
    outcome,
    ...(outcome === 'failed' && { fault }),
    deadlineMs: 1000,
    totalMs,
    measured,
    predicted: { ...stages, totalMs: 69 },
    link:
      random() < 0.95 ? { uplinkMsPerByte: 0.0004 + random() * 0.002, rttMs: 20, ageMs: 5 } : null,
    sentBytes: isCloud ? 12_544 : 0,
  };
}

/** The row of such a record that started at a time and came in `lateMs` later. */
export function generatedRow(
  random: () => number,
  n: number,
  device: string,
  startedMs: number,
  lateMs = 100,
): FrameRow {
  const record = generatedRecord(random, n, lateMs);
  return frameRow(device, record, {
    receivedMs: startedMs + lateMs,
    delayMs: 0,
    clockErrorMs: null,
  });
}
