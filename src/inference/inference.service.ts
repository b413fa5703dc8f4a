/**
 * Frames from their first chunk to their one answer: checked against the plan, assembled, run, answered.
 *
 * A frame ends in exactly one of result and fault (faults.md, I3). Tensors are bounded in bytes until their frame ends.
 */
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ModelsService } from '../models/index.js';
import { type AssignedPlan, PlansService } from '../plans/index.js';
import { Clock, Config, Health, LimitedLog, Log, type Timer } from '../platform/index.js';
import {
  asFault,
  type Chunk,
  Fault,
  type FrameKey,
  frameKey,
  type LeavesPolicy,
} from '../wire/index.js';
import { FrameEnds } from './answers/frame-ends.js';
import { Assembly } from './assembly/assembly.js';
import { ByteBudget } from './assembly/byte-budget.js';
import { withheld } from './assembly/frame-rules.js';
import type { CompleteFrame } from './assembly/open-frame.js';
import { type PreparedCut, PreparedPlan } from './assembly/prepared-plan.js';
import { TailPool } from './tail-pool/tail-pool.js';

const FRAME_LIFE_MS = 60_000;
const TICK_MS = 100;
@Injectable()
export class InferenceService implements OnModuleInit, OnModuleDestroy {
  private readonly assembly: Assembly;
  private prepared = new WeakMap<AssignedPlan, PreparedPlan>();
  private readonly deletedModels = new Set<string>();
  /** What may leave devices, by model, where it changed after plans were assigned. */
  private readonly leaves = new Map<string, LeavesPolicy>();
  /** Complete frames without an answer yet. */
  private readonly running = new Set<FrameKey>();
  private readonly own = { chunks: 0, duplicates: 0, nonFinite: 0 };
  private readonly lines: LimitedLog;
  private ticker: Timer | undefined;
  private isStopping = false;

  constructor(
    @Inject(TailPool) readonly pool: TailPool,
    @Inject(ByteBudget) readonly budget: ByteBudget,
    @Inject(FrameEnds) private readonly ends: FrameEnds,
    @Inject(PlansService) private readonly plans: PlansService,
    @Inject(ModelsService) private readonly models: ModelsService,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Config) private readonly config: Config,
    @Inject(Health) private readonly health: Health,
    @Inject(Log) log: Log,
  ) {
    this.lines = new LimitedLog(log.child({ part: 'inference' }), clock);
    this.assembly = new Assembly(
      { framesPerDevice: config.framesPerDevice, frameLifeMs: FRAME_LIFE_MS },
      budget,
      (device, frame, fault) => ends.refuse(device, frame, fault),
    );
  }

  onModuleInit(): void {
    this.health.register('workers', () => {
      if (this.pool.alive === 0) throw new Error('no tail process is running');
    });
    this.ticker = this.clock.every(TICK_MS, () => {
      const nowMs = this.clock.monotonicMs();
      this.assembly.expire(nowMs);
      this.pool.expire(nowMs);
    });
  }

  /** Rejects half-received frames, so that their devices finish them; answers complete ones. */
  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    this.ticker?.cancel();
    this.assembly.dropAll(shuttingDown());
    await this.pool.close(this.config.shutdownMs);
  }

  get counts() {
    return { ...this.own, ...this.ends.counts };
  }

  /** Frames under assembly, and frames that wait or run. */
  get frames(): { readonly open: number; readonly running: number } {
    return { open: this.assembly.framesOpen(), running: this.running.size };
  }

  /** Takes a chunk under a plan, if there is one; the bytes are copied before this returns. Sends faults to the device. */
  takeChunk(device: string, chunk: Chunk, assigned: AssignedPlan | undefined): void {
    this.own.chunks += 1;
    if (this.ends.hasEnded(device, chunk.frame)) return;
    if (this.running.has(frameKey(device, chunk.frame))) {
      this.own.duplicates += 1;
      return;
    }
    this.ends.arrived(device, chunk.frame);
    try {
      this.assemble(device, chunk, assigned);
    } catch (error) {
      this.ends.refuse(device, chunk.frame, asFault(error));
    }
  }

  /** Opens the sessions of a plan's tail before its first frame. */
  warmUp(device: string, version: number): void {
    const assigned = this.plans.assigned(device, version);
    if (assigned === undefined) return;
    // Not kept: a device without frames needs none of it, and each cut takes some kilobytes.
    const { cuts } = this.prepared.get(assigned) ?? this.prepare(assigned);
    for (const { tail } of cuts) {
      if (tail.blocks.length > 0) this.pool.prepare(tail);
    }
  }

  /** Fails the frames of a deleted model now rather than at their deadlines. */
  modelDeleted(modelId: string): void {
    this.deletedModels.add(modelId);
    this.leaves.delete(modelId);
    const fault = modelGone();
    this.assembly.dropModel(modelId, fault);
    this.pool.dropModel(modelId, fault);
  }

  /** Holds from the next chunk on, also for plans made before. A stricter policy ends the frames of the model that wait. */
  policyChanged(modelId: string, leaves: LeavesPolicy, isStricter: boolean): void {
    if (this.leaves.get(modelId) === leaves) return;
    this.leaves.set(modelId, leaves);
    this.prepared = new WeakMap();
    if (!isStricter) return;
    const fault = withheld('the policy of the model changed while the frame was under way');
    this.assembly.dropModel(modelId, fault);
    this.pool.dropModel(modelId, fault);
  }

  /** Ends the half-received frames of a device that has disconnected; those that are complete are run. */
  deviceLeft(device: string): void {
    this.assembly.dropDevice(device);
  }

  /** Drops the frames of a deleted device without an answer. */
  forget(device: string): void {
    this.assembly.forget(device);
    this.ends.forget(device);
  }

  private assemble(device: string, chunk: Chunk, assigned: AssignedPlan | undefined): void {
    if (this.isStopping) throw shuttingDown();
    if (assigned === undefined) {
      this.plans.sendPlanAgain(device);
      const text = `plan ${chunk.planVersion} is not, or no longer, a plan of this device`;
      throw new Fault('PLAN_STALE', text);
    }
    if (this.deletedModels.has(assigned.modelId)) throw modelGone();
    const { cut, chunk: located } = this.preparedOf(assigned).locate(chunk);
    const accepted = this.assembly.accept(device, located, cut.rules, this.clock.monotonicMs());
    if (accepted.kind === 'duplicate') this.own.duplicates += 1;
    if (accepted.kind === 'complete') void this.run(accepted.frame, cut.tail);
    if (accepted.kind === 'waiting' && accepted.tensors !== undefined) {
      const { tail } = cut;
      this.pool.begin({ device, frame: chunk.frame, tail, tensors: accepted.tensors });
    }
  }

  private async run(complete: CompleteFrame, tail: PreparedCut['tail']): Promise<void> {
    const { device, frame, tensors, expiresAtMs, release } = complete;
    const key = frameKey(device, frame);
    this.running.add(key);
    this.ends.completed(device, frame);
    try {
      const result = await this.pool.run({ device, frame, tail, tensors, expiresAtMs });
      if (result.nonFinite.length > 0) {
        this.own.nonFinite += 1;
        this.lines.warn({ device, frame, tensors: result.nonFinite }, 'NaN or infinity');
      }
      this.ends.answer(device, frame, tail.model, result);
    } catch (error) {
      this.ends.refuse(device, frame, asFault(error));
    } finally {
      this.running.delete(key);
      release();
    }
  }

  private preparedOf(assigned: AssignedPlan): PreparedPlan {
    const known = this.prepared.get(assigned) ?? this.prepare(assigned);
    this.prepared.set(assigned, known);
    return known;
  }

  private prepare(assigned: AssignedPlan): PreparedPlan {
    const leaves = this.leaves.get(assigned.modelId) ?? assigned.model.leaves;
    const model = { ...assigned.model, leaves };
    return new PreparedPlan({ ...assigned, model }, (digest) => this.models.blockPath(digest));
  }
}

function shuttingDown(): Fault {
  return new Fault('SHUTTING_DOWN', 'the service is stopping; finish the frame on the device');
}

function modelGone(): Fault {
  return new Fault('MODEL_UNKNOWN', 'the model of this frame was deleted');
}
