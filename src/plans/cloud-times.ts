/**
 * What a model's blocks, and decoding its tensors, take in the cloud: as the examination found, until tails show otherwise. A
 * profile that was taken while the machine was busy is outvoted by the third frame.
 */
import { type Encoding, encodings, RecentTimes } from '../wire/index.js';
import type { BlockTimes } from './network.js';
import type { MsPerByte } from './ways.js';

/** Times are told anew when those of all blocks together have moved by this share, and by so much. */
const NOTABLE_SHARE = 0.02;
const NOTABLE_MS = 0.05;
/** Of a shorter tensor the call itself is measured, not the bytes. */
const LEAST_BYTES = 1024;

/** What was done for one frame. */
export interface CloudWork {
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
  private readonly blocks: ReadonlyMap<string, RecentTimes>;
  private readonly decoding: ReadonlyMap<Encoding, RecentTimes>;

  constructor(examined: BlockTimes, decodeMsPerByte: MsPerByte) {
    this.times = examined;
    this.decodeMsPerByte = decodeMsPerByte;
    this.blocks = new Map([...examined].map(([digest, ms]) => [digest, new RecentTimes(ms)]));
    this.decoding = new Map(encodings.map((one) => [one, new RecentTimes(decodeMsPerByte[one])]));
  }

  learn({ blockMs, decodings }: CloudWork): void {
    this.learnBlocks(blockMs);
    for (const { encoding, bytes, ms } of decodings) {
      if (bytes >= LEAST_BYTES) this.learnDecoding(encoding, bytes, ms);
    }
  }

  private learnBlocks(runs: CloudWork['blockMs']): void {
    let wasMs = 0;
    let movedMs = 0;
    for (const [digest, ms] of runs) {
      const recent = this.blocks.get(digest);
      const toldMs = this.times.get(digest) ?? 0;
      recent?.add(ms);
      wasMs += toldMs;
      movedMs += Math.abs((recent?.medianMs ?? toldMs) - toldMs);
    }
    if (movedMs <= Math.max(NOTABLE_MS, NOTABLE_SHARE * wasMs)) return;
    this.times = new Map([...this.blocks].map(([digest, { medianMs }]) => [digest, medianMs]));
  }

  private learnDecoding(encoding: Encoding, bytes: number, ms: number): void {
    const recent = this.decoding.get(encoding);
    if (recent === undefined) return;
    recent.add(ms / bytes);
    const told = this.decodeMsPerByte[encoding] ?? 0;
    const movedMs = Math.abs(recent.medianMs - told) * bytes;
    if (movedMs <= Math.max(NOTABLE_MS, NOTABLE_SHARE * told * bytes)) return;
    this.decodeMsPerByte = { ...this.decodeMsPerByte, [encoding]: recent.medianMs };
  }
}
