/**
 * A camera as a process: `camera-process.js PICTURE INTERVAL_MS LOG` writes the picture at an interval to standard output, by a clock
 * that does not drift, and the wall time of every picture to the log.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [picture = '', intervalMs = '', log = ''] = process.argv.slice(2);
const bytes = readFileSync(picture);
const startMs = performance.now();
for (let sent = 0; ; sent++) {
  await sleep(Math.max(0, startMs + sent * Number(intervalMs) - performance.now()));
  appendFileSync(log, `${Date.now()}\n`);
  process.stdout.write(bytes);
}
