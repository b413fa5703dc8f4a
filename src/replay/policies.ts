/** Policies that choose the row of a replayed frame: the device's own, and others to compare it with. */
import {
  type Forecast,
  type LinkEstimate,
  LinkForecast,
  OfflineLadder,
  type RowAim,
  RowChoice,
  type RowTimes,
} from '../wire/index.js';
import type { Flown } from './frame-flight.js';

/** A frame that begins. */
export interface Beginning {
  readonly atMs: number;
  readonly link: LinkEstimate | null;
}

export interface Policy {
  /** Whether frames under it look at the estimate while they are out. */
  readonly isWatchful: boolean;
  /** Of its frames, where it is not the usual one. */
  readonly deadlineMs?: number | undefined;
  /** The row for a frame that begins now. */
  next(beginning: Beginning): number;
  /** Takes the outcome of a frame; returns true when the link needs a probe soon. */
  learn(flown: Flown, endMs: number): boolean;
  readonly suppressed: number;
}

/** Assumed before there is an estimate: 5 Mbps. */
const ASSUMED_MS_PER_BYTE = 8 / 5000;

/** One row for all frames. */
export class FixedRow implements Policy {
  readonly isWatchful = false;
  readonly suppressed = 0;

  constructor(
    private readonly row: number,
    readonly deadlineMs?: number,
  ) {}

  next(): number {
    return this.row;
  }

  learn(): boolean {
    return false;
  }
}

/** The policy of a device. */
export class Adaptive implements Policy {
  readonly isWatchful = true;
  private readonly choice: RowChoice;
  private isCurious = false;
  private readonly ladder = new OfflineLadder();

  readonly deadlineMs: number | undefined;

  /** `localRow` is the row that sends nothing. Rows are chosen for the aim; frames end here by its deadline, or by the one that is given. */
  constructor(
    rows: readonly RowTimes[],
    localRow: number,
    forecast: Forecast = new LinkForecast(),
    { aim = {}, deadlineMs }: { readonly aim?: RowAim; readonly deadlineMs?: number } = {},
  ) {
    this.choice = new RowChoice(rows, forecast, localRow, undefined, aim);
    this.deadlineMs = deadlineMs ?? aim.deadline?.deadlineMs;
  }

  get suppressed(): number {
    return this.choice.counts.suppressed;
  }

  next({ atMs, link }: Beginning): number {
    const isAlone = this.ladder.isAlone(atMs, link);
    const moment = { atMs, link, assumedMsPerByte: ASSUMED_MS_PER_BYTE, isAlone };
    const { row, isClose } = this.choice.choose(moment);
    this.isCurious = isClose;
    return row;
  }

  learn({ outcome, isSilent }: Flown, endMs: number): boolean {
    if (outcome === 'cloud') this.ladder.answered();
    if (isSilent) this.ladder.silent(endMs);
    return outcome === 'local-fallback' || this.isCurious;
  }
}
