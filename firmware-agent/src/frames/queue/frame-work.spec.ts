/** Frames of an earlier process, with a real ledger. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BootClocks } from '../../clocks/boot-clocks.js';
import { ageOf } from '../../cloud/mqtt/record-age.js';
import { Damage } from '../../disk/damage.js';
import { DocumentStore } from '../../disk/document-store.js';
import { Ledger } from '../../disk/ledger.js';
import { createLog } from '../../log.js';
import { FrameWork, type FrameWorkParts } from './frame-work.js';

const HOUR_MS = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), 'flotilla-work-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a lost frame', () => {
  it('is as old as the wall clock shows, not as new as its report', () => {
    const ledger = new Ledger(
      join(folder, 'ledger'),
      100,
      createLog('silent', () => undefined),
    );
    const begun = {
      ...{ frame: 'ab'.repeat(16), source: 'cat.jpg', model: 'cd'.repeat(32), planVersion: 1 },
      ...{ at: new Date(Date.now() - HOUR_MS).toISOString(), deadlineMs: 1000 },
    };
    ledger.begin(begun);
    new FrameWork({ ledger } as FrameWorkParts, undefined, new AbortController().signal).reportLost(
      ledger.openFrames(),
    );
    const [finished] = ledger.unreceipted();
    ledger.close();
    if (finished === undefined) throw new Error('nothing is reported');
    expect(finished.record).toMatchObject({ outcome: 'failed', at: begun.at });
    const log = createLog('silent', () => undefined);
    const clocks = new BootClocks(new DocumentStore(folder, new Damage(log), log));
    const dating = { issued: undefined, epochMsOf: (boot: string) => clocks.epochMsOf(boot) };
    const { ageMs, isAgeKnown } = ageOf(finished, clocks.now(), dating);
    expect(isAgeKnown).toBeUndefined();
    expect(ageMs).toBeGreaterThanOrEqual(HOUR_MS);
    expect(ageMs).toBeLessThan(HOUR_MS + 60_000);
  });
});
