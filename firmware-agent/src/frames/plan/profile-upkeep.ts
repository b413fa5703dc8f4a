/**
 * Keeps the profile true to measured frames: block times and overheads are reported again when
 * they have moved. When frames have left the profile altogether, all blocks are profiled again, also those that run in the cloud.
 */
import {
  Fault,
  type ModelDocument,
  type Profile,
  RecentTimes,
} from '../../../../src/wire/index.js';
import { monotonicMs } from '../../clock.js';
import type { CloudSession } from '../../cloud/mqtt/cloud-session.js';
import { BlockTimes, NOTABLE_SPREADS } from '../../compute/block-times.js';
import type { Profiler } from '../../compute/profiler.js';
import { errorText, type Log } from '../../log.js';
import type { DeviceShare } from '../run/frame-end.js';

/** Shortest time between two reports of corrections. */
const REPORT_MS = 1000;
/** Least time between two profiles because of a drift: a profile keeps frames waiting. */
const PROFILE_MS = 30_000;
/** Overheads are reported again when one has moved by this, and by more than their spread explains. */
const NOTABLE_MS = 0.1;

export interface ProfileUpkeepParts {
  readonly session: CloudSession;
  readonly profiler: Profiler;
  /** Does something while no frame is in flight. */
  readonly inTurn: <T>(task: () => Promise<T>) => Promise<T>;
  readonly log: Log;
}

export class ProfileUpkeep {
  /** Drifts that came too soon after the last profile because of one. */
  driftsHeldBack = 0;
  private held: { readonly model: ModelDocument; readonly times: BlockTimes } | undefined;
  private readonly handOver = new RecentTimes();
  private readonly frame = new RecentTimes();
  private reported = { handOverMs: 0, frameMs: 0 };
  private reportedAtMs = Number.NEGATIVE_INFINITY;
  private driftedAtMs = Number.NEGATIVE_INFINITY;
  private profiling: Promise<void> | undefined;

  constructor(private readonly parts: ProfileUpkeepParts) {}

  /** Times the blocks of a model that is loaded, unless they are known; to be called while no frame is in flight. */
  async hold(model: ModelDocument): Promise<void> {
    this.held = { model, times: new BlockTimes(await this.parts.profiler.profile(model)) };
  }

  /** Sends the profile of the model to the cloud. */
  report(because?: Profile['because']): void {
    if (this.held === undefined) return;
    const { model, times } = this.held;
    const blocks = times.report();
    this.reported = { handOverMs: this.handOver.medianMs, frameMs: this.frame.medianMs };
    this.reportedAtMs = monotonicMs();
    const overheads = this.frame.count > 0 ? this.reported : undefined;
    this.parts.session
      .publish('profile', {
        ...{ v: 1, model: model.digest, blocks },
        ...(overheads && { overheads }),
        ...(because && { because }),
      })
      .catch((error: unknown) => this.parts.log.debug(errorText(error)));
  }

  /** Takes what a frame took that ran as planned. */
  note(model: ModelDocument, { runs, handOversMs, overheadMs }: DeviceShare): void {
    if (this.held?.model !== model || this.profiling !== undefined) return;
    for (const ms of handOversMs) this.handOver.add(ms);
    this.frame.add(Math.max(0, overheadMs - runs.length * this.handOver.medianMs));
    const factor = this.held.times.add(runs);
    if (factor !== undefined) this.drifted(model, factor);
    else if (this.areNews && monotonicMs() - this.reportedAtMs > REPORT_MS) this.report();
  }

  /** Profiles all blocks of the model now, between two frames, and sends the profile; returns their number. Throws MODEL_NOT_READY without a model. */
  async measureAgain(): Promise<number> {
    const { inTurn, profiler } = this.parts;
    await this.profiling;
    return inTurn(async () => {
      if (this.held === undefined) throw new Fault('MODEL_NOT_READY', 'no model is held here yet');
      const { model } = this.held;
      this.held = { model, times: new BlockTimes(await profiler.measure(model)) };
      this.report();
      return model.blocks.length;
    });
  }

  /** Waits for what cannot be broken off, and keeps what was learned for the next start. */
  async close(): Promise<void> {
    const { held } = this;
    this.held = undefined;
    await this.profiling;
    if (held !== undefined) this.parts.profiler.remember(held.times.report());
  }

  private get areNews(): boolean {
    const { handOverMs, frameMs } = this.reported;
    return (
      this.held?.times.areNews === true ||
      hasMoved(this.handOver, handOverMs) ||
      hasMoved(this.frame, frameMs)
    );
  }

  private drifted(model: ModelDocument, factor: number): void {
    const nowMs = monotonicMs();
    if (nowMs - this.driftedAtMs < PROFILE_MS) {
      this.driftsHeldBack += 1;
      if (nowMs - this.reportedAtMs > REPORT_MS) this.report();
      return;
    }
    const { inTurn, profiler, log } = this.parts;
    log.warn(`blocks take ${factor.toFixed(2)} times what they took by themselves`);
    this.profiling = inTurn(async () => {
      if (this.held?.model !== model) return;
      this.held = { model, times: new BlockTimes(await profiler.measure(model), true) };
      this.driftedAtMs = monotonicMs();
      this.report('drift');
    })
      .catch((error: unknown) => {
        const isStopped = error instanceof Fault && error.code === 'SHUTTING_DOWN';
        log[isStopped ? 'debug' : 'error'](`blocks could not be timed: ${errorText(error)}`);
      })
      .finally(() => {
        this.profiling = undefined;
      });
  }
}

function hasMoved({ medianMs, spreadMs }: RecentTimes, reportedMs: number): boolean {
  return Math.abs(medianMs - reportedMs) > Math.max(NOTABLE_MS, NOTABLE_SPREADS * spreadMs);
}
