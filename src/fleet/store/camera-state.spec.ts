import { describe, expect, it } from 'vitest';
import type { InputFigures } from '../../wire/index.js';
import { CURRENT_MS, isTelemetryCurrent, reportedCameras } from './camera-state.js';

const camera = (state: InputFigures['state'], fault?: string): InputFigures => ({
  ...{ name: 'camera', state, dropped: 0, restarts: 0 },
  ...(fault !== undefined && { fault }),
});
const [live, ended, starting, waiting] = [
  camera('live'),
  camera('ended'),
  camera('starting'),
  camera('waiting', 'no picture for 20 s'),
];

describe('the cameras of a device', () => {
  it.each([
    ['are unknown where the agent does not say', undefined, 'unknown'],
    ['are none where it says so', [], 'none'],
    ['are live while all bring pictures', [live, live], 'live'],
    ['are live though another has ended', [live, ended], 'live'],
    ['have ended when all have', [ended, ended], 'ended'],
    ['are starting before the first picture of one', [live, starting], 'starting'],
    ['have failed when one brings no pictures', [starting, live, waiting], 'failed'],
    ['have failed while one is tried again', [live, camera('starting', 'no picture')], 'failed'],
  ])('%s', (_, inputs, expected) => {
    expect(reportedCameras(inputs)).toBe(expected);
  });
});

describe('telemetry', () => {
  const now = new Date(1e12);
  const ago = (ms: number) => new Date(1e12 - ms);
  it.each([
    ['holds when it came by the session of now', 'online', ago(1000), ago(500), true],
    ['holds when it came with the session', 'online', ago(1000), ago(1000), true],
    ['does not hold before that of a new session', 'online', ago(1000), ago(1001), false],
    ['does not hold for a device that is offline', 'offline', ago(1000), ago(500), false],
    ['does not hold where there is none', 'online', ago(1000), null, false],
    ['does not hold after hours', 'online', ago(2 * CURRENT_MS), ago(CURRENT_MS), false],
  ])('%s', (_, state, stateAt, telemetryAt, expected) => {
    expect(isTelemetryCurrent({ state, stateAt, telemetryAt }, now)).toBe(expected);
  });
});
