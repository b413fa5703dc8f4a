/** What a ledger's entries add up to: the frames that are open, those finished and not receipted, the run over files. */
import type { FinishedFrame, LedgerEntry, OpenFrame, Run } from './ledger-entry.js';

export class LedgerState {
  /** Frames begun and never finished, oldest first, by id. */
  readonly open: Map<string, OpenFrame>;
  /** Finished frames the cloud has not receipted, oldest first, by id. */
  readonly finished: Map<string, FinishedFrame>;
  run: Run | null;

  /** An empty one, or a copy. */
  constructor(other?: LedgerState) {
    this.open = new Map(other?.open);
    this.finished = new Map(other?.finished);
    this.run = other?.run ?? null;
  }

  apply(entry: LedgerEntry): void {
    switch (entry.kind) {
      case 'begun':
        this.open.set(entry.begun.frame, entry.begun);
        this.advance(entry.begun.position);
        return;
      case 'finished':
        this.open.delete(entry.finished.record.frame);
        this.finished.set(entry.finished.record.frame, entry.finished);
        return;
      case 'receipted':
        for (const frame of entry.frames) {
          this.open.delete(frame);
          this.finished.delete(frame);
        }
        return;
      case 'run':
        this.run = entry.run;
    }
  }

  /** Entries that make this state of an earlier one; frames that came and went in between are in none. */
  since(before: LedgerState): LedgerEntry[] {
    const over = [...before.open.keys(), ...before.finished.keys()].filter(
      (frame) => !this.open.has(frame) && !this.finished.has(frame),
    );
    const newlyFinished = [...this.finished].filter(([frame]) => !before.finished.has(frame));
    const newlyBegun = [...this.open].filter(
      ([frame, begun]) =>
        before.open.get(frame)?.attempt !== begun.attempt || !before.open.has(frame),
    );
    return [
      ...(over.length === 0 ? [] : [{ kind: 'receipted' as const, frames: over }]),
      ...newlyBegun.map(([, begun]) => ({ kind: 'begun' as const, begun })),
      ...newlyFinished.map(([, finished]) => ({ kind: 'finished' as const, finished })),
      // Last: frames of an earlier run must not advance it.
      { kind: 'run', run: this.run },
    ];
  }

  private advance(position: number | undefined): void {
    if (position === undefined || this.run === null) return;
    this.run = { ...this.run, next: Math.max(this.run.next, position + 1) };
  }
}
