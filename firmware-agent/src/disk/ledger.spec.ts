import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../log.js';
import { Damage } from './damage.js';
import { Ledger } from './ledger.js';
import { decodeEntries, type FinishedFrame, type OpenFrame } from './ledger-entry.js';

const log = createLog('silent', () => undefined);
const MODEL = 'a'.repeat(64);
const id = (i: number): string => i.toString(16).padStart(32, '0');
const stages = { deviceMs: 1, encodeMs: 0, uplinkMs: 0, queueMs: 0, cloudMs: 0, downlinkMs: 0 };

function open(i: number): OpenFrame {
  return {
    ...{ frame: id(i), source: `picture ${i}`, at: new Date(i).toISOString(), position: i },
    ...{ model: MODEL, planVersion: 1, deadlineMs: 1000 },
  };
}

function finished(i: number): FinishedFrame {
  const { frame, source, at, model, planVersion, deadlineMs } = open(i);
  return {
    record: {
      ...{ frame, source, at, model, planVersion, deadlineMs, outcome: 'cloud', totalMs: 5 },
      ...{ measured: stages, predicted: null, link: null, sentBytes: 0 },
    },
    ...{ startedMs: i, boot: 'boot' },
  };
}

let folder: string;
let path: string;
let opened: Ledger[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flotilla-ledger-'));
  path = join(folder, 'ledger');
  opened = [];
});
afterEach(() => {
  for (const ledger of opened) ledger.close();
  rmSync(folder, { recursive: true });
});

function openLedger(limit = 1000): Ledger {
  const ledger = new Ledger(path, limit, log);
  opened.push(ledger);
  return ledger;
}
const framesOf = (ledger: Ledger): string[] =>
  [...ledger.unreceipted()].map(({ record }) => record.frame);

describe('the ledger', () => {
  it('keeps on in its old file when there is no room for a shorter one', () => {
    const ledger = openLedger();
    mkdirSync(`${path}.new`);
    const filler = { ...finished(1), record: { ...finished(1).record, source: 'x'.repeat(200) } };
    const fill = (): void => {
      for (let i = 0; i < 4000; i++) {
        ledger.finish(filler);
        ledger.receipted([id(1)]);
      }
    };
    fill();
    ledger.finish(finished(2));
    const fullBytes = statSync(path).size;
    expect(fullBytes).toBeGreaterThan(2 ** 21);
    expect(framesOf(openLedger())).toEqual([id(2)]);
    rmSync(`${path}.new`, { recursive: true });
    fill();
    expect(statSync(path).size).toBeLessThan(fullBytes);
    expect(framesOf(ledger)).toEqual([id(2)]);
  });

  it('knows after a restart what was begun, finished and receipted, and where the run was', () => {
    const before = openLedger();
    before.setRun({ key: 'run', next: 0 });
    for (const i of [0, 1, 2]) before.begin(open(i));
    before.finish(finished(0));
    before.finish(finished(1));
    before.receipted([id(0), id(9)]);
    const after = openLedger();
    expect(after.openFrames()).toEqual([open(2)]);
    expect(framesOf(after)).toEqual([id(1)]);
    expect(after.currentRun()).toEqual({ key: 'run', next: 3 });
  });

  it('loses and doubles no frame, wherever the file is cut off', () => {
    const ledger = openLedger();
    const ends: number[] = [];
    for (const i of [0, 1]) {
      ledger.begin(open(i));
      ledger.finish(finished(i));
      ends.push(statSync(path).size);
    }
    const bytes = readFileSync(path);
    const all = decodeEntries(bytes).entries;
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { entries, goodBytes } = decodeEntries(bytes.subarray(0, cut));
      expect(entries).toEqual(all.slice(0, entries.length));
      expect(goodBytes).toBe(bytes.subarray(0, cut).lastIndexOf(10) + 1);
      if (cut % 41 > 0 && !ends.includes(cut)) continue;
      writeFileSync(path, bytes.subarray(0, cut));
      const again = new Ledger(path, 1000, log);
      const whole = ends.filter((end) => end <= cut).length;
      expect(framesOf(again)).toEqual([0, 1].slice(0, whole).map(id));
      expect([[], [id(whole)]]).toContainEqual(again.openFrames().map(({ frame }) => frame));
      again.close();
    }
  });

  it('goes on behind the last whole line of a file that was cut off', () => {
    const ledger = openLedger();
    ledger.begin(open(0));
    const whole = statSync(path).size;
    ledger.begin(open(1));
    truncateSync(path, whole + 20);
    openLedger().begin(open(2));
    expect(openLedger().openFrames()).toEqual([open(0), open(2)]);
  });

  it('skips a damaged line, says so once, and keeps those behind it', () => {
    const ledger = openLedger();
    for (const i of [0, 1, 2]) ledger.finish(finished(i));
    const bytes = readFileSync(path);
    const at = bytes.indexOf('picture 1');
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    writeFileSync(path, bytes);
    const damage = new Damage(log);
    for (let start = 0; start < 2; start++) {
      const again = new Ledger(path, 1000, log, damage);
      opened.push(again);
      expect(framesOf(again)).toEqual([id(0), id(2)]);
    }
    expect(damage.figures()).toEqual({
      damageFound: 1,
      lastDamage: 'damaged lines in the ledger: 1',
    });
  });

  it('counts how often a frame was begun, over restarts and rewrites', () => {
    openLedger().begin(open(0));
    expect(openLedger().openFrames()).toEqual([open(0)]);
    openLedger().begin(open(0));
    const third = openLedger();
    expect(third.openFrames()).toEqual([{ ...open(0), attempt: 2 }]);
    third.begin(open(0));
    for (let i = 1; i < 5000; i++) {
      third.finish(finished(i));
      third.receipted([id(i)]);
    }
    expect(openLedger().openFrames()).toEqual([{ ...open(0), attempt: 3 }]);
  });

  it('takes no more writes for a frame than its begin, its end and its receipt', () => {
    const ledger = openLedger();
    const lines = () => readFileSync(path, 'utf8').split('\n').length - 1;
    const before = lines();
    ledger.begin(open(0));
    ledger.finish(finished(0));
    ledger.receipted([id(0)]);
    expect(lines() - before).toBe(3);
  });

  it('stays small over many frames', () => {
    const ledger = openLedger();
    for (let i = 0; i < 5000; i++) {
      ledger.begin(open(i));
      ledger.finish(finished(i));
      ledger.receipted([id(i)]);
    }
    ledger.begin(open(5000));
    expect(statSync(path).size).toBeLessThan(3 * 2 ** 20);
    expect(openLedger().openFrames()).toEqual([open(5000)]);
  });

  it('drops the oldest records, and counts them, when the spool is full', () => {
    const ledger = openLedger(3);
    for (let i = 0; i < 5; i++) ledger.finish(finished(i));
    expect(framesOf(ledger)).toEqual([2, 3, 4].map(id));
    expect(ledger.dropped).toBe(2);
  });
});
