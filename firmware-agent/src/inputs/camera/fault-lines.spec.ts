import { beforeEach, describe, expect, it } from 'vitest';
import { createLog, type LogLevel } from '../../log.js';
import { FaultLines } from './fault-lines.js';

const MINUTE_MS = 60_000;
let lines: string[];
beforeEach(() => {
  lines = [];
});

function faultLines(level: LogLevel = 'info'): FaultLines {
  return new FaultLines(
    'door',
    createLog(level, (line) => lines.push(line)),
  );
}

describe('a camera that fails', () => {
  it('is said once for each kind of fault, and again after ten minutes with a count', () => {
    const faults = faultLines();
    const isNew = Array.from({ length: 241 }, (_, i) =>
      faults.failed(`no picture for ${20 + (i % 3)} s: [rtsp @ 0x${i}f] gone`, 1500, i * 5000),
    );
    // Twenty minutes.
    expect(isNew.filter(Boolean)).toHaveLength(1);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain(
      'door: no picture for 20 s: [rtsp @ 0x0f] gone; starting it again in 1.5 s',
    );
    expect(lines[1]).toContain('(119 times more since)');
    expect(faults.failed('ffmpeg ended (1)', 0, 30 * MINUTE_MS)).toBe(true);
    expect(lines).toHaveLength(4);
  });

  it('says that pictures come again, but not each time that it fails soon after', () => {
    const faults = faultLines();
    for (let i = 0; i < 100; i++) {
      faults.failed('ffmpeg ended (0)', 1000, i * 3000);
      faults.well(i * 3000 + 1000);
    }
    expect(lines.filter((line) => line.includes('come again'))).toHaveLength(1);
  });
});
