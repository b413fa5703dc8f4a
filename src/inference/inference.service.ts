/**
 * Frames from their first chunk to their one answer: checked against the plan, assembled, run, answered, remembered.
 *
 * A frame ends in exactly one of result and fault (faults.md, I3). Tensors are bounded in bytes until their frame ends.
 */
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Broker } from '../broker/index.js';
import { ModelsService } from '../models/index.js';
import { type AssignedPlan, PlansService } from '../plans/index.js';
import { Clock, Config, EventBus, Health, Log, type Timer } from '../platform/index.js';
import { asFault, type Chunk, Fault } from '../wire/index.js';
import { AnswerMemory } from './answers/answer-memory.js';
import { type Answer, faultAnswer, resultAnswer } from './answers/answer-messages.js';
import { FrameTimes } from './answers/frame-times.js';
import { Assembly } from './assembly/assembly.js';
import { ByteBudget } from './assembly/byte-budget.js';
import type { CompleteFrame } from './assembly/open-frame.js';
import { type PreparedCut, PreparedPlan } from './assembly/prepared-plan.js';
import { TailPool } from './tail-pool/tail-pool.js';

const KIB = 1024;
const FRAME_LIFE_MS = 60_000;
const TICK_MS = 100;
const REMEMBERED = {
  answersPerDevice: 16,
  bytesPerDevice: 256 * KIB,
  idsPerDevice: 256,
  devices: 10_000,
  repeatMs: 1000,
};

@Injectable()
export class InferenceService implements OnModuleInit, OnModuleDestroy {
  readonly counts = { chunks: 0, duplicates: 0, repeated: 0, results: 0, faults: 0, nonFinite: 0 };
  readonly pool: TailPool;
  readonly budget: ByteBudget;
  private readonly assembly: Assembly;
  private readonly answers = new AnswerMemory(REMEMBERED);
  private readonly times = new FrameTimes();
  private readonly prepared = new WeakMap<AssignedPlan, PreparedPlan>();
  private readonly deletedModels = new Set<string>();
  /** Complete frames without an answer yet, as device/frame. */
  private readonly inHand = new Set<string>();
  private readonly log: Log;
  private ticker: Timer | undefined;
  private isStopping = false;

  constructor(
    @Inject(PlansService) private readonly plans: PlansService,
    @Inject(ModelsService) private readonly models: ModelsService,
    @Inject(Broker) private readonly broker: Broker,
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Config) private readonly config: Config,
    @Inject(Health) private readonly health: Health,
    @Inject(Log) log: Log,
  ) {
    this.log = log.child({ part: 'inference' });
    this.budget = new ByteBudget(config.deviceBudgetBytes, config.totalBudgetBytes);
    this.assembly = new Assembly(
      { framesPerDevice: config.framesPerDevice, frameLifeMs: FRAME_LIFE_MS },
      this.budget,
      (device, frame, fault) => this.refuse(device, frame, fault),
    );
    const { workers, workerThreads: threads, workerMemoryBytes: memoryBytes } = config;
    // A session takes about twice the bytes of its file; the rest is for tensors.
    const cacheBytes = Math.floor(memoryBytes / 3);
    const options = { workers, threads, memoryBytes, cacheBytes };
    this.pool = new TailPool(options, clock, this.log);
  }

  onModuleInit(): void {
    this.health.register('workers', () => {
      if (this.pool.alive === 0) throw new Error('no tail process lives');
    });
    this.ticker = this.clock.every(TICK_MS, () => {
      const nowMs = this.clock.monotonicMs();
      this.assembly.expire(nowMs);
      this.pool.expire(nowMs);
    });
  }

  /** Half-received frames are refused, so that their devices finish them; complete ones are answered. */
  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    this.ticker?.cancel();
    this.assembly.dropAll(shuttingDown());
    await this.pool.close(this.config.shutdownMs);
  }

  /** Frames under assembly, and frames that wait or run. */
  get frames(): { readonly open: number; readonly inHand: number } {
    return { open: this.assembly.framesOpen(), inHand: this.inHand.size };
  }

  /** Takes a chunk of a device; its bytes are copied before this returns. Answers faults to the device. */
  takeChunk(device: string, chunk: Chunk): void {
    this.counts.chunks += 1;
    const nowMs = this.clock.monotonicMs();
    const recalled = this.answers.recall(device, chunk.frame, nowMs);
    if (recalled !== undefined) {
      this.counts.repeated += 1;
      if (recalled.kind === 'answer') this.send(device, recalled.answer);
      return;
    }
    if (this.inHand.has(`${device}/${chunk.frame}`)) {
      this.counts.duplicates += 1;
      return;
    }
    this.times.arrived(device, chunk.frame, this.clock.now().getTime());
    try {
      this.assemble(device, chunk, nowMs);
    } catch (error) {
      this.refuse(device, chunk.frame, asFault(error));
    }
  }

  /** Ends a frame with a fault, once. */
  refuse(device: string, frame: string | undefined, fault: Fault): void {
    this.counts.faults += 1;
    this.log.debug({ device, frame, code: fault.code }, fault.message);
    this.answer(device, frame, faultAnswer(fault, frame));
  }

  /** Opens the sessions of a plan's tail before its first frame. */
  warmUp(device: string, version: number): void {
    const assigned = this.plans.assigned(device, version);
    if (assigned === undefined) return;
    for (const { tail } of this.preparedOf(assigned).cuts) {
      if (tail.blocks.length > 0) this.pool.prepare(tail);
    }
  }

  /** A model is gone: its frames fail now rather than at their deadlines. */
  modelDeleted(modelId: string): void {
    this.deletedModels.add(modelId);
    const fault = modelGone();
    this.assembly.dropModel(modelId, fault);
    this.pool.dropModel(modelId, fault);
  }

  /** A device is gone: nobody is to be answered. */
  forget(device: string): void {
    this.assembly.forget(device);
    this.answers.forget(device);
    this.times.forget(device);
  }

  private assemble(device: string, chunk: Chunk, nowMs: number): void {
    if (this.isStopping) throw shuttingDown();
    const assigned = this.plans.assigned(device, chunk.planVersion);
    if (assigned === undefined) {
      this.plans.sendPlanAgain(device);
      const text = `plan ${chunk.planVersion} is not, or no longer, a plan of this device`;
      throw new Fault('PLAN_STALE', text);
    }
    if (this.deletedModels.has(assigned.modelId)) throw modelGone();
    const { cut, chunk: located } = this.preparedOf(assigned).locate(chunk);
    const accepted = this.assembly.accept(device, located, cut.rules, nowMs);
    if (accepted.kind === 'duplicate') this.counts.duplicates += 1;
    if (accepted.kind === 'complete') void this.run(accepted.frame, cut.tail);
    if (accepted.kind === 'waiting' && accepted.tensors !== undefined) {
      const { tail } = cut;
      this.pool.begin({ device, frame: chunk.frame, tail, tensors: accepted.tensors });
    }
  }

  private async run(frame: CompleteFrame, tail: PreparedCut['tail']): Promise<void> {
    const { device, tensors, expiresAtMs } = frame;
    const key = `${device}/${frame.frame}`;
    this.inHand.add(key);
    this.times.completed(device, frame.frame, this.clock.now().getTime());
    try {
      const result = await this.pool.run({
        device,
        frame: frame.frame,
        tail,
        tensors,
        expiresAtMs,
      });
      if (result.nonFinite.length > 0) {
        this.counts.nonFinite += 1;
        this.log.warn({ device, frame: frame.frame, tensors: result.nonFinite }, 'NaN or infinity');
      }
      this.answer(device, frame.frame, resultAnswer(frame.frame, result));
      this.counts.results += 1;
      this.plans.learnTail(device, tail.model, result);
    } catch (error) {
      this.refuse(device, frame.frame, asFault(error));
    } finally {
      this.inHand.delete(key);
      frame.release();
    }
  }

  private preparedOf(assigned: AssignedPlan): PreparedPlan {
    const known =
      this.prepared.get(assigned) ??
      new PreparedPlan(assigned, (digest) => this.models.blockPath(digest));
    this.prepared.set(assigned, known);
    return known;
  }

  private answer(device: string, frame: string | undefined, answer: Answer): void {
    this.send(device, answer);
    if (frame === undefined) return;
    this.answers.remember(device, frame, answer, this.clock.monotonicMs());
    const times = this.times.take(device, frame);
    if (times === undefined) return;
    const { head } = answer;
    const isResult = head.kind === 'result';
    this.events.emit('inference.frameEnded', {
      ...{ device, frame, ...times, endedMs: this.clock.now().getTime() },
      endedAs: isResult ? 'result' : head.code,
      queueMs: isResult ? head.queueMs : null,
      runMs: isResult ? head.cloudMs : null,
    });
  }

  private send(device: string, answer: Answer): void {
    this.broker.send('result', device, answer);
  }
}

function shuttingDown(): Fault {
  return new Fault('SHUTTING_DOWN', 'the service is stopping; finish the frame on the device');
}

function modelGone(): Fault {
  return new Fault('MODEL_UNKNOWN', 'the model of this frame was deleted');
}
