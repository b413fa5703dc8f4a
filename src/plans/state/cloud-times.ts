/**
 * What a model's blocks, and decoding its tensors, take in the cloud: as the examination found, until tails show otherwise. A
 * profile that was taken while the machine was busy is outvoted by the third frame.
 *
 * When the cloud is overloaded its times rise and plans avoid it, so that no frame may show when it is quick again. So
 * while no tail runs, half of the slowdown is forgotten at intervals, which grow with its age: what has lasted long will
 * last. Devices return one by one, and the first of them show whether the cloud is quick.
 */
import { type Encoding, encodings, RecentTimes } from '../../wire/index.js';
import type { BlockTimes } from '../pricing/planner-network.js';
import type { MsPerByte } from '../pricing/ways.js';

/** Times are published again when the sum over all blocks has moved by this share and by this time. */
const NOTABLE_SHARE = 0.02;
const NOTABLE_MS = 0.05;
/** Of a shorter tensor the call itself is measured, not the bytes. */
const LEAST_BYTES = 1024;

/** Waiting is published again when it has moved by this share and by this time. */
const NOTABLE_WAIT_SHARE = 0.2;
const NOTABLE_WAIT_MS = 1;
/** Times are slow when their sum exceeds the best by this factor. */
const SLOW = 1.5;
/** Least time without tails, and from one forgetting to the next. */
const FADE_MS = 5_000;

/** What was done for one frame. */
export interface CloudWork {
  /** What the frame waited for a process; absent where it was not measured. */
  readonly queueMs?: number;
  /** Single runs of blocks, by digest. */
  readonly blockMs: Iterable<readonly [digest: string, ms: number]>;
  readonly decodings: readonly {
    readonly encoding: Encoding;
    readonly bytes: number;
    readonly ms: number;
  }[];
}

export class CloudTimes {
  /** Median milliseconds by digest; another map whenever they moved notably, never changed in place. */
  times: BlockTimes;
  /** Of a byte as it travels; another object whenever one moved notably. */
  decodeMsPerByte: MsPerByte;
  /** What a frame waits for a process, most of the time. */
  queueMs = 0;
  /** When something was last forgotten, on the clock of the caller. */
  fadedAtMs = Number.NEGATIVE_INFINITY;
  private learnedAtMs = Number.NEGATIVE_INFINITY;
  private slowSinceMs: number | undefined;
  private blocks: ReadonlyMap<string, RecentTimes>;
  private waiting = new RecentTimes(0);
  /** The lowest times ever published. */
  private best: BlockTimes;
  private readonly decoding: ReadonlyMap<Encoding, RecentTimes>;

  constructor(examined: BlockTimes, decodeMsPerByte: MsPerByte) {
    this.times = examined;
    this.best = examined;
    this.decodeMsPerByte = decodeMsPerByte;
    this.blocks = new Map([...examined].map(([digest, ms]) => [digest, new RecentTimes(ms)]));
    this.decoding = new Map(encodings.map((one) => [one, new RecentTimes(decodeMsPerByte[one])]));
  }

  learn({ blockMs, decodings, queueMs }: CloudWork, atMs = 0): void {
    this.learnedAtMs = atMs;
    this.learnBlocks(blockMs);
    if (queueMs !== undefined) this.learnWaiting(queueMs);
    this.slowSinceMs = this.isSlow ? (this.slowSinceMs ?? atMs) : undefined;
    for (const { encoding, bytes, ms } of decodings) {
      if (bytes >= LEAST_BYTES) this.learnDecoding(encoding, bytes, ms);
    }
  }

  private learnBlocks(runs: CloudWork['blockMs']): void {
    let wasMs = 0;
    let movedMs = 0;
    for (const [digest, ms] of runs) {
      const recent = this.blocks.get(digest);
      const reportedMs = this.times.get(digest) ?? 0;
      recent?.add(ms);
      wasMs += reportedMs;
      movedMs += Math.abs((recent?.medianMs ?? reportedMs) - reportedMs);
    }
    if (movedMs <= Math.max(NOTABLE_MS, NOTABLE_SHARE * wasMs)) return;
    this.times = new Map([...this.blocks].map(([digest, { medianMs }]) => [digest, medianMs]));
    this.best = new Map(
      [...this.times].map(([digest, ms]) => [digest, Math.min(ms, this.best.get(digest) ?? ms)]),
    );
  }

  /** Forgets half of what the cloud is slower than at its best, when no tail has run for long enough. */
  fade(nowMs: number): void {
    if (this.slowSinceMs === undefined) return;
    const everyMs = Math.max(FADE_MS, (nowMs - this.slowSinceMs) / 2);
    if (nowMs < Math.max(this.learnedAtMs, this.fadedAtMs) + everyMs) return;
    this.fadedAtMs = nowMs;
    this.times = new Map(
      [...this.times].map(([digest, ms]) => [digest, (ms + (this.best.get(digest) ?? ms)) / 2]),
    );
    this.blocks = new Map([...this.times].map(([digest, ms]) => [digest, new RecentTimes(ms)]));
    this.queueMs /= 2;
    this.waiting = new RecentTimes(this.queueMs);
    if (!this.isSlow) this.slowSinceMs = undefined;
  }

  private get isSlow(): boolean {
    const sum = (times: BlockTimes): number =>
      [...times.values()].reduce((total, ms) => total + ms, 0);
    const bestMs = sum(this.best);
    return sum(this.times) + this.queueMs > SLOW * bestMs + NOTABLE_WAIT_MS;
  }

  private learnWaiting(ms: number): void {
    this.waiting.add(ms);
    const movedMs = Math.abs(this.waiting.medianMs - this.queueMs);
    if (movedMs <= Math.max(NOTABLE_WAIT_MS, NOTABLE_WAIT_SHARE * this.queueMs)) return;
    this.queueMs = this.waiting.medianMs;
  }

  private learnDecoding(encoding: Encoding, bytes: number, ms: number): void {
    const recent = this.decoding.get(encoding);
    if (recent === undefined) return;
    recent.add(ms / bytes);
    const reported = this.decodeMsPerByte[encoding] ?? 0;
    const movedMs = Math.abs(recent.medianMs - reported) * bytes;
    if (movedMs <= Math.max(NOTABLE_MS, NOTABLE_SHARE * reported * bytes)) return;
    this.decodeMsPerByte = { ...this.decodeMsPerByte, [encoding]: recent.medianMs };
  }
}
