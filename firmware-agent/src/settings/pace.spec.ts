import { describe, expect, it } from 'vitest';
import { intervalOf, objectiveOf } from './pace.js';
import { readSettings } from './read-settings.js';

function settingsOf(...args: string[]) {
  const reading = readSettings(['--device', 'pi-1', '--secret', 'hush', ...args], {});
  if (reading.kind !== 'settings') throw new Error(JSON.stringify(reading));
  return reading.settings;
}
const FILES = ['--input', 'one.jpg', '--loop'];

describe('files at a rate', () => {
  it.each([
    [['--fps', '4'], 250],
    [['--interval-ms', '1000'], 1000],
    [['--fps', '4', '--in-flight', '1'], undefined],
    [['--fps', '4', '--objective', 'frame'], undefined],
    [[], undefined],
  ])('have the interval that %j sets', (args, intervalMs) => {
    expect(intervalOf(settingsOf(...FILES, ...args))).toBe(intervalMs);
  });
});

describe('a camera', () => {
  it.each([
    [['--mjpeg', 'camera', '--fps', '1'], 1000],
    [['--rtsp', 'rtsp://10.0.0.5/x', '--fps', '1'], 1000],
    [['--rtsp', 'rtsp://10.0.0.5/x'], undefined],
  ])('set up with %j comes at this interval until it is measured', (args, intervalMs) => {
    expect(intervalOf(settingsOf(...args))).toBe(intervalMs);
  });
});

describe('the objective of frames', () => {
  it.each([
    [['--rtsp', 'rtsp://10.0.0.5/x'], 'stream'],
    [[...FILES], 'stream'],
    [['--mjpeg', 'camera'], 'stream'],
    [[...FILES, '--in-flight', '1'], 'frame'],
    [[...FILES, '--fps', '4'], 'frame'],
    [['--input', 'one.jpg'], 'frame'],
    [[...FILES, '--objective', 'frame'], 'frame'],
  ])('of %j is %s', (args, objective) => {
    expect(objectiveOf(settingsOf(...args))).toBe(objective);
  });
});
