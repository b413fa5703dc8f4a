/** The pure parts of the testbed's live uplinks: the steps of the link, the sums of frames, the printed table. */
import { describe, expect, it } from 'vitest';
import { summaryOf, Trace, uplinks, uplinkTrace } from '../src/replay/index.js';
import { type DesiredPlan, latencyAt } from '../src/wire/index.js';
import {
  asReplayed,
  type LiveFrame,
  rowsOver,
  timesOfStages,
  withOwnRow,
} from './testbed/live/live-frames.js';
import { shortName, uplinksNamed } from './testbed/live/live-options.js';
import { liveTable } from './testbed/live/live-table.js';
import { stepsOf } from './testbed/live/trace-steps.js';

const stages = { encodeMs: 0, queueMs: 0, downlinkMs: 10 };
const link = { uplinkMsPerByte: 0.001, rttMs: 10, ageMs: 0, confidence: 1, samples: 9 };
const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];
const local = { deviceMs: 300, ownMs: 300, uploads: [], latencyMs: 5, returnMs: 15 };

/** All in the cloud, or all on the device. */
function plan(version: number): DesiredPlan {
  const predicted = { ...stages, deviceMs: 0, uplinkMs: 110, cloudMs: 20, totalMs: 150 };
  return {
    ...{ v: 1, version, at: '2026-01-01T00:00:00Z', cause: { code: 'first', text: '' } },
    ...{ model: 'c'.repeat(64), device: [], cloud: [a, b], predicted, link, alternatives: [] },
    uploads: [{ tensor: 'x', encoding: 'raw', bytes: 100_000 }],
    ...{ deadlineMs: 1000, creditBytes: 1e6, chunkBytes: 16_384 },
    table: {
      times: {
        ...{ deviceMs: 0, ownMs: 0, latencyMs: 5, returnMs: 15 },
        uploads: [{ readyMs: 0, bytes: 100_000, cloudMs: 20 }],
      },
      rows: [{ device: [a, b], cloud: [], uploads: [], predicted, times: local }],
    },
  };
}

const frame = (endedMs: number, version: number, cut: number): LiveFrame => ({
  ...{ endedMs, totalMs: 100, outcome: 'cloud', sentBytes: 0, plan: { version, cut } },
});

describe('a link that follows a trace', () => {
  it('changes no more often than twice a second, but where an outage begins or ends', () => {
    const trace = new Trace(
      [
        { atMs: 0, mbps: 5 },
        { atMs: 200, mbps: 6 },
        { atMs: 300, mbps: 0 },
        { atMs: 350, mbps: 6 },
        { atMs: 900, mbps: 7 },
        { atMs: 5000, mbps: 8 },
      ],
      6000,
    );
    expect(stepsOf(trace, 4000)).toEqual([
      { atMs: 0, mbps: 5 },
      { atMs: 300, mbps: 0 },
      { atMs: 350, mbps: 6 },
      { atMs: 900, mbps: 7 },
    ]);
  });

  it('passes what the trace passes, within a few percent, on every uplink', () => {
    for (const uplink of uplinks) {
      const lastsMs = 120_000;
      const trace = uplinkTrace(uplink, 1, lastsMs);
      const played = new Trace(stepsOf(trace, lastsMs), lastsMs);
      expect(played.bytesPerRound / trace.bytesPerRound).toBeCloseTo(1, 1);
    }
  });

  it('has a name without commas', () => {
    expect(uplinksNamed(uplinks.map(shortName).join(','))).toEqual(uplinks);
    expect(() => uplinksNamed('lte')).toThrow(/--uplinks lte: is one of 3g-evdo-driving, /);
  });
});

describe('frames of a real agent', () => {
  const plans = new Map([1, 2].map((version) => [version, plan(version)]));

  it('switch rows where device and cloud do something else, not where a version is new', () => {
    const frames = [frame(1100, 1, 0), frame(1300, 2, 0), frame(1500, 2, 1)];
    const failed = { ...frame(1700, 2, 1), outcome: 'failed' as const };
    const summed = summaryOf(asReplayed([...frames, failed], plans, 1000), 60_000);
    expect(summed).toMatchObject({ frames: 3, switches: 1, meanMs: 100, p95Ms: 100 });
  });

  it('are foreseen by the row of their plan, over the round trip of the uplink', () => {
    const adaptive = plan(1);
    const one = { rows: rowsOver(adaptive, 40), rttMs: 40, periodMs: 500, lastsMs: 1000 };
    const trace = new Trace([{ atMs: 0, mbps: 8 }], 1000);
    expect(one.rows[0]).toMatchObject({ latencyMs: 20, returnMs: 30 });
    const { table: _, ...fixed } = adaptive;
    expect(withOwnRow({ ...one, trace }, adaptive, fixed).row).toBe(0);
    const other = { ...fixed, device: [a], cloud: [b] };
    const added = withOwnRow({ ...one, trace }, adaptive, other);
    expect([added.row, added.case.rows.length]).toEqual([2, 3]);
  });

  it('take the times of their stages where there is no table', () => {
    expect(latencyAt(timesOfStages(plan(1), 10), 0.001)).toBeCloseTo(100 + 5 + 20 + 5 + 10);
  });

  it('are shown next to the replay, the clairvoyant without measured figures', () => {
    const summed = summaryOf(asReplayed([frame(1100, 1, 0)], plans, 1000), 60_000);
    const names = { network: 'n', uplink: 'u', replay: { ...summed, meanMs: 80 } };
    const lines = liveTable([
      { ...names, policy: 'clairvoyant', live: null },
      { ...names, policy: 'adaptive', live: { ...summed, failed: 1, versions: 2 } },
    ]).split('\n');
    expect(lines[2]).toMatch(/^\| n \| u \| clairvoyant \| – \| 80 \| – /);
    expect(lines[3]).toContain(
      '| adaptive | 100 | 80 | 100 | 100 | 1.25 | 0.0 | 0 | 0.0 | 1 | 50.00 % | 0 | 2 |',
    );
  });
});
