// One set-up of a folder at a time: a file that names its holder, who touches it as a sign of life.
import {
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { at } from './freshness.mjs';

const LOCK = at('dist', '.bootstrap.lock');
const HEARTBEAT_MS = 5_000;
const DEAD_MS = 30_000;

/** True when the holder of the lock is gone: its process ended, or it gave no sign of life for long. */
function isAbandoned() {
  const found = statSync(LOCK, { throwIfNoEntry: false });
  if (found === undefined) return false;
  if (Date.now() - found.mtimeMs > DEAD_MS) return true;
  const [pid, host] = readFileSync(LOCK, 'utf8').split(' ');
  if (host !== hostname() || !(Number(pid) > 0)) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/** Creates the file with its content in one step: a half-written one would name no holder. Throws EEXIST when it is there. */
function takeWhole() {
  const own = `${LOCK}.${process.pid}`;
  writeFileSync(own, `${process.pid} ${hostname()}`);
  try {
    linkSync(own, LOCK);
  } catch (error) {
    if (error.code === 'EEXIST') throw error;
    // A file system without links.
    writeFileSync(LOCK, `${process.pid} ${hostname()}`, { flag: 'wx' });
  } finally {
    rmSync(own, { force: true });
  }
}

/** Waits for the lock and takes it; the answer gives it back. `report` gets a line when another process holds it. */
export async function takeLock(report) {
  mkdirSync(dirname(LOCK), { recursive: true });
  for (let waits = 0; ; waits += 1) {
    try {
      takeWhole();
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (waits === 0) report('  waiting for another set-up of this folder');
    if (isAbandoned()) rmSync(LOCK, { force: true });
    await sleep(200);
  }
  const heart = setInterval(() => utimesSync(LOCK, new Date(), new Date()), HEARTBEAT_MS);
  return () => {
    clearInterval(heart);
    rmSync(LOCK, { force: true });
  };
}
