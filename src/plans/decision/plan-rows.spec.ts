/** The rows of a plan table against the simulator: what a row says of itself is what a frame under it takes, at any rate. */
import { describe, expect, it } from 'vitest';
import {
  digestOf as d,
  drawnModel,
  exactOnly,
} from '../../../test/support/networks/drawn-models.js';
import { latencyAt, MAX_TABLE_ROWS } from '../../wire/index.js';
import { predict, type Situation } from '../pricing/prediction.js';
import { KnownCuts, tableFor } from './plan-rows.js';
import { planFor } from './proposal.js';

/** in (40 kB) ─ a ─ 1 kB ─ b ─ y: the cut after a sends least. */
const chain = drawnModel({
  inputs: ['in'],
  outputs: ['y'],
  blocks: { a: [['in'], ['m']], b: [['m'], ['y']] },
  elements: { in: 10_000 },
});

function situation(mbps: number, changes: Partial<Situation> = {}): Situation {
  const times = (a: number, b: number) => new Map([[d('a'), a] as const, [d('b'), b] as const]);
  return {
    model: chain,
    costs: {
      ...{ deviceMs: times(10, 100), cloudMs: times(1, 5) },
      ...exactOnly,
      ...{ source: 'tensor' as const, maxBytes: 1 << 20 },
    },
    link: { uplinkMsPerByte: 8 / (1000 * mbps), rttMs: 20, ageMs: 0, confidence: 1, samples: 9 },
    ...{ objective: 'frame' as const, deadlineMs: null, creditBytes: 1 << 20 },
    ...changes,
  };
}

function tableAt(mbps: number, changes: Partial<Situation> = {}) {
  const given = situation(mbps, changes);
  const planned = planFor(given);
  if (planned.kind === 'impossible') throw new Error(planned.because);
  const table = tableFor(given, planned.cut);
  if (table === undefined) throw new Error('there is a table');
  return { own: planned.cut, table };
}

describe('the rows of a plan', () => {
  it('take at any rate what the simulator says', () => {
    const { own, table } = tableAt(8);
    for (const { times, ...cut } of [{ ...own, times: table.times }, ...table.rows]) {
      for (const mbps of [0.05, 0.5, 5, 50, 500]) {
        const simulated = predict(situation(mbps), cut)?.totalMs;
        expect(latencyAt(times, 8 / (1000 * mbps))).toBeCloseTo(simulated ?? Number.NaN, 6);
      }
    }
  });

  it('are the best cuts of all rates, the device alone among them, whatever the link was', () => {
    const cuts = (mbps: number): Set<string> => {
      const { own, table } = tableAt(mbps);
      return new Set([own, ...table.rows].map(({ device }) => device.join()));
    };
    const all = new Set(['', d('a'), [d('a'), d('b')].join()]);
    expect(cuts(8)).toEqual(all);
    expect(cuts(0.01)).toEqual(all);
    expect(tableAt(8).table.rows.length).toBeLessThanOrEqual(MAX_TABLE_ROWS);
  });

  it('are none that send more than the cloud accepts', () => {
    const { own, table } = tableAt(1000, { creditBytes: 30_000 });
    for (const { uploads } of [own, ...table.rows]) {
      expect(uploads.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(30_000);
    }
  });

  it('are searched once for situations that differ in the rate of the link alone', () => {
    const known = new KnownCuts();
    const cuts = known.at(situation(8));
    expect(known.at(situation(80))).toBe(cuts);
    const { costs } = situation(8);
    const slower = { ...costs, cloudMs: new Map([...costs.cloudMs].map(([k, ms]) => [k, 2 * ms])) };
    expect(known.at(situation(8, { costs: slower }))).not.toBe(cuts);
  });
});
