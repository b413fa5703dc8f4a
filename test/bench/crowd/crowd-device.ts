/**
 * One device of the crowd: a real MQTT connection that sends real chunks of real tensors. The tensors were computed once, so that
 * two cores carry the cloud under test and not two dozen devices. Counts what becomes of every frame it sends.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Chunk,
  type DesiredPlan,
  encodeChunk,
  type ModelDocument,
  type ResultHead,
  type Tensor,
} from '../../../src/wire/index.js';
import { chunksOf, newFrameId, PlayedDevice } from '../../support/devices/played-device.js';

/** How a device behaves. */
export interface Habit {
  /** Names its kind in the report. */
  readonly kind: string;
  /** How many of the model's blocks cost it next to nothing; each other one costs a second. This decides its plan. */
  readonly quickBlocks: number;
  /** Frames in flight. */
  readonly window: number;
  /** Time between frames; 0 sends the next when there is an answer. */
  readonly everyMs: number;
  readonly deadlineMs: number;
}

export interface DeviceTally {
  readonly device: string;
  readonly kind: string;
  /** Blocks in the cloud, and bytes a frame sends. */
  readonly cloudBlocks: number;
  readonly sentBytes: number;
  /** Frames that were begun, and what they ended with: `result` or the fault's code. */
  readonly sent: number;
  readonly ends: Readonly<Record<string, number>>;
  /** Results that came inside the time that is measured. */
  readonly results: number;
  /** Frames without an end, frames with several. */
  readonly lost: number;
  readonly twice: number;
  /** Results after their deadline. */
  readonly late: number;
  /** Sum over its results. */
  readonly cloudMs: number;
  readonly latenciesMs: readonly number[];
}

/** What is waited for answers after the last frame, beyond its deadline. */
const GRACE_MS = 3000;
const UPLINK_MBPS = 500;

export class CrowdDevice {
  private readonly open = new Map<string, number>();
  private readonly ended = new Set<string>();
  private readonly ends: Record<string, number> = {};
  private readonly latenciesMs: number[] = [];
  private chunks: readonly Chunk[] = [];
  private sentBytes = 0;
  private cloudBlocks = 0;
  private isSending = false;
  private untilMs = 0;
  private sent = 0;
  private results = 0;
  private twice = 0;
  private late = 0;
  private cloudMs = 0;

  private constructor(
    private readonly played: PlayedDevice,
    private readonly habit: Habit,
  ) {
    played.onAnswer = (head) => this.hear(head);
  }

  /** Connects, says what it is and how fast, and waits for its plan; `tensorsOf` gives what the plan sends. */
  static async join(
    port: number,
    { id, secret, habit }: { id: string; secret: string; habit: Habit },
    tensorsOf: (plan: DesiredPlan, model: ModelDocument) => Promise<ReadonlyMap<string, Tensor>>,
  ): Promise<CrowdDevice> {
    const played = await PlayedDevice.connect(port, id, secret);
    const device = new CrowdDevice(played, habit);
    const model = await played.model();
    const blockMs = (place: number): number => (place < habit.quickBlocks ? 0.01 : 1000);
    await played.introduce(model, blockMs, UPLINK_MBPS, 'tensor');
    // With the link alone there is a first plan; the one that counts knows the blocks' times.
    const plan = await played.plan(
      ({ device: own, cloud }) => cloud.length > 0 && own.length <= habit.quickBlocks,
    );
    device.cloudBlocks = plan.cloud.length;
    device.sentBytes = plan.uploads.reduce((sum, { bytes }) => sum + bytes, 0);
    const tensors = await tensorsOf(plan, model);
    const more = { deadlineMs: habit.deadlineMs };
    device.chunks = chunksOf(newFrameId(), plan, tensors, undefined, more, plan.chunkBytes);
    return device;
  }

  /** Sends frames for so long, waits for the last answers, and leaves. */
  async send(forMs: number): Promise<DeviceTally> {
    const { window, everyMs, deadlineMs } = this.habit;
    this.untilMs = performance.now() + forMs;
    this.isSending = true;
    const timer = everyMs > 0 ? setInterval(() => this.sendIfRoom(), everyMs) : undefined;
    for (let i = 0; i < window && everyMs === 0; i++) this.sendFrame();
    await sleep(forMs);
    this.isSending = false;
    clearInterval(timer);
    const endMs = performance.now() + deadlineMs + GRACE_MS;
    while (this.open.size > 0 && performance.now() < endMs) await sleep(50);
    await this.played.leave();
    return this.tally();
  }

  private sendIfRoom(): void {
    if (this.open.size < this.habit.window) this.sendFrame();
  }

  private sendFrame(): void {
    const frame = newFrameId();
    this.open.set(frame, performance.now());
    this.sent += 1;
    for (const chunk of this.chunks) {
      this.played.sendPacket(encodeChunk({ ...chunk, frame })).catch((error: unknown) => {
        this.count(`not sent: ${String(error)}`);
      });
    }
  }

  private hear(head: ResultHead): void {
    const nowMs = performance.now();
    const frame = head.frame ?? '';
    const sentMs = this.open.get(frame);
    if (sentMs === undefined) {
      if (this.ended.has(frame)) this.twice += 1;
      else this.count('answer to no frame');
      return;
    }
    this.open.delete(frame);
    this.ended.add(frame);
    this.count(head.kind === 'result' ? 'result' : head.code);
    if (head.kind === 'result') {
      this.latenciesMs.push(nowMs - sentMs);
      this.cloudMs += head.cloudMs;
      if (nowMs <= this.untilMs) this.results += 1;
      if (nowMs - sentMs > this.habit.deadlineMs) this.late += 1;
    }
    if (this.isSending && this.habit.everyMs === 0) this.sendFrame();
  }

  private count(end: string): void {
    this.ends[end] = (this.ends[end] ?? 0) + 1;
  }

  private tally(): DeviceTally {
    const { sent, ends, results, twice, late, cloudMs, latenciesMs, cloudBlocks, sentBytes } = this;
    return {
      ...{ device: this.played.id, kind: this.habit.kind, cloudBlocks, sentBytes, sent, ends },
      ...{ results, lost: this.open.size, twice, late, cloudMs, latenciesMs },
    };
  }
}
