import { describe, expect, it } from 'vitest';
import { noStages } from '../frames/report/frame-report.js';
import { attemptsOf, type LedgerEntry } from './ledger-entry.js';
import { LedgerState } from './ledger-state.js';

const MODEL = 'a'.repeat(64);
const STEPS = 400;

/** The same numbers in [0, 1) at every run. */
function drawing(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

const frameOf = (i: number) => ({
  ...{ frame: i.toString(16).padStart(32, '0'), source: `picture ${i}`, deadlineMs: 1000 },
  ...{ at: new Date(i).toISOString(), model: MODEL, planVersion: 1 },
});

/** What an agent may write next. */
function nextEntry(state: LedgerState, i: number, draw: () => number): LedgerEntry {
  const begin: LedgerEntry = { kind: 'begun', begun: { ...frameOf(i), position: i } };
  const kind = draw();
  const [open] = [...state.open.values()].slice(Math.floor(draw() * state.open.size));
  if (kind < 0.4 && open !== undefined) {
    const { position: _, ...frame } = open;
    const record = {
      ...{ ...frame, outcome: 'cloud' as const, totalMs: 5, sentBytes: 0 },
      ...{ measured: noStages, predicted: null, link: null },
    };
    return { kind: 'finished', finished: { record, startedMs: i, boot: 'boot' } };
  }
  const frames = [...state.finished.keys()].filter(() => draw() < 0.5);
  if (kind < 0.7 && frames.length > 0) return { kind: 'receipted', frames };
  if (kind < 0.75) return { kind: 'run', run: { key: `run ${i}`, next: 0 } };
  // A process begins what an earlier one did not finish.
  if (kind > 0.95 && open !== undefined) {
    return { kind: 'begun', begun: { ...open, attempt: attemptsOf(open) + 1 } };
  }
  return begin;
}

const contentOf = ({ open, finished, run }: LedgerState) => [[...open], [...finished], run];

describe('what a ledger adds up to', () => {
  it('is made of any earlier state by what came since, and by no frame that came and went', () => {
    const draw = drawing(7);
    const state = new LedgerState();
    const known = new Set<string>();
    let before = new LedgerState();
    for (let i = 0; i < STEPS; i++) {
      state.apply(nextEntry(state, i, draw));
      if (draw() > 0.1) continue;
      const entries = state.since(before);
      for (const entry of entries) {
        const gone = entry.kind === 'receipted' ? entry.frames : [];
        expect(gone.filter((frame) => !known.has(frame))).toEqual([]);
        before.apply(entry);
      }
      expect(contentOf(before)).toEqual(contentOf(state));
      before = new LedgerState(state);
      known.clear();
      for (const frame of [...state.open.keys(), ...state.finished.keys()]) known.add(frame);
    }
  });

  it('is kept by a copy, whatever comes after', () => {
    const state = new LedgerState();
    state.apply({ kind: 'begun', begun: frameOf(1) });
    const copy = new LedgerState(state);
    state.apply({ kind: 'begun', begun: frameOf(2) });
    expect([...copy.open.keys()]).toEqual([frameOf(1).frame]);
  });
});
