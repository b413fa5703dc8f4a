/** The frames of an agent as it prints them (`--json --outputs`), each compared with the unsplit network's answer as it comes. */
import type { LineListener } from '../../../support/processes/processes.js';
import type { GridFrame, StageMs } from './grid.js';
import type { PrintedOutput, ReferenceAnswers } from './reference-answers.js';

interface PrintedFrame {
  readonly frame: string;
  readonly source: string;
  /** When it started. */
  readonly at: string;
  readonly outcome: GridFrame['outcome'];
  readonly totalMs: number;
  readonly stages: StageMs;
  readonly predicted: GridFrame['predicted'];
  readonly sentBytes: number;
  readonly plan: { readonly version: number } | null;
  readonly outputs: readonly PrintedOutput[];
}

export class FrameLog {
  readonly frames: GridFrame[] = [];
  /** Why a line could not be taken. */
  fault: unknown;

  constructor(private readonly reference: ReferenceAnswers) {}

  /** To be given every line of the agent. */
  readonly take: LineListener = (line, stream) => {
    if (stream !== 'stdout' || !line.startsWith('{')) return;
    try {
      this.frames.push(this.frameOf(JSON.parse(line) as PrintedFrame));
    } catch (error) {
      this.fault ??= error;
    }
  };

  private frameOf(printed: PrintedFrame): GridFrame {
    const { frame, source, at, outcome, totalMs, stages, predicted, sentBytes, plan, outputs } =
      printed;
    const agreement = outcome === 'failed' ? null : this.reference.compare(source, outputs);
    return {
      ...{ frame, outcome, totalMs, predicted, sentBytes, agreement },
      endedMs: Date.parse(at) + totalMs,
      measured: stages,
      planVersion: plan?.version ?? 0,
    };
  }
}
