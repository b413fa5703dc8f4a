/**
 * Sends the chunks of all frames in the order their tensors became ready, first come, first served. Only a few are
 * unacknowledged at a time: enough to keep the link busy, few enough that a frame given up does not clog it.
 */
import { CHUNK_HEADER_BYTES, encodeChunk } from '../../../../src/wire/index.js';
import { monotonicMs } from '../../clock.js';
import { type AgelessChunk, chunksOf, type EncodedTensor, type FrameHeader } from './chunker.js';

const WINDOW_CHUNKS = 2;
const WINDOW_LIMIT_BYTES = 2 * 2 ** 20;

/** The way to the broker; resolves at the acknowledgement. */
export type SendPacket = (packet: Uint8Array) => Promise<void>;

/** What a frame will upload. */
export interface PlannedUpload {
  readonly chunkBytes: number;
  readonly tensorCount: number;
  readonly tensorBytes: number;
}

/** What a frame's upload took so far, on the monotonic clock. */
export interface UploadTimes {
  /** When the link began with it: other frames' bytes may have been before it in the socket. */
  readonly firstSentAtMs: number | undefined;
  readonly lastAckAtMs: number | undefined;
  readonly encodeMs: number;
  readonly sentBytes: number;
}

interface Job {
  readonly upload: Upload;
  readonly chunk: AgelessChunk;
}

export class Uploader {
  private queue: Job[] = [];
  private inFlightPackets = 0;
  private inFlightBytes = 0;
  private lastAckAtMs = Number.NEGATIVE_INFINITY;
  /** The last acknowledgement, or the first packet after a rest. */
  private progressAtMs = Number.NEGATIVE_INFINITY;
  private readonly uploads = new Set<Upload>();
  /** Called when bytes were handed to the link, or are not to be sent any more. */
  onProgress: () => void = () => undefined;

  /** windowBytes: what the link holds on its way, i.e. bandwidth × round trip. */
  constructor(
    private readonly send: SendPacket,
    private readonly windowBytes: () => number,
  ) {}

  /** Bytes that open uploads have yet to hand to the link, those of tensors that are not computed yet among them. */
  get unsentBytes(): number {
    return [...this.uploads].reduce((sum, { unsentBytes }) => sum + unsentBytes, 0);
  }

  /** Bytes of an upload, and of all that go before it, that no acknowledgement has come for. */
  unackedBytesUntil(upload: Upload): number {
    let bytes = 0;
    for (const one of this.uploads) {
      bytes += one.unackedBytes;
      if (one === upload) break;
    }
    return bytes;
  }

  /** How long the link has let nothing pass though something is on its way; 0 when nothing is. */
  get stillMs(): number {
    return this.inFlightPackets === 0 ? 0 : monotonicMs() - this.progressAtMs;
  }

  /** Bytes of tensors that are there and have yet to be handed to the link. */
  get queuedBytes(): number {
    return this.queue.reduce((sum, { chunk }) => sum + chunk.bytes.length, 0);
  }

  /** Bytes waiting or on their way. */
  get isIdle(): boolean {
    return this.queue.length === 0 && this.inFlightPackets === 0;
  }

  /** The upload of one frame that began at a time; the planned tensors will be added. */
  open(header: FrameHeader, startedMs: number, planned: PlannedUpload): Upload {
    const upload = new Upload(this, header, startedMs, planned);
    this.uploads.add(upload);
    return upload;
  }

  enqueue(jobs: readonly Job[]): void {
    this.queue.push(...jobs);
    this.pump();
  }

  /** Forgets what an upload has not sent yet. */
  drop(upload: Upload): void {
    this.queue = this.queue.filter((job) => job.upload !== upload);
    if (this.uploads.delete(upload)) this.onProgress();
  }

  /** Drops the unsent chunks of all uploads; uploads that begin later are sent. */
  dropAll(): void {
    for (const upload of [...this.uploads]) this.drop(upload);
  }

  private pump(): void {
    const windowBytes = Math.min(WINDOW_LIMIT_BYTES, this.windowBytes());
    while (this.inFlightPackets < WINDOW_CHUNKS || this.inFlightBytes < windowBytes) {
      const job = this.queue.shift();
      if (job === undefined) return;
      const packet = job.upload.encode(job.chunk);
      if (this.inFlightPackets === 0) this.progressAtMs = monotonicMs();
      this.inFlightPackets += 1;
      this.inFlightBytes += packet.length;
      const settle = (fault: unknown): void => {
        this.inFlightPackets -= 1;
        this.inFlightBytes -= packet.length;
        if (fault === undefined) this.acked(job.upload, packet.length);
        else this.drop(job.upload);
        this.pump();
      };
      this.send(packet).then(() => settle(undefined), settle);
      this.onProgress();
    }
  }

  private acked(upload: Upload, packetBytes: number): void {
    const nowMs = monotonicMs();
    upload.acked(nowMs, this.lastAckAtMs, packetBytes - CHUNK_HEADER_BYTES);
    this.lastAckAtMs = nowMs;
    this.progressAtMs = nowMs;
  }
}

export class Upload implements UploadTimes {
  firstSentAtMs: number | undefined;
  lastAckAtMs: number | undefined;
  encodeMs = 0;
  sentBytes = 0;
  private addedBytes = 0;
  private ackedBytes = 0;
  private tensorsLeft: number;

  constructor(
    private readonly uploader: Uploader,
    private readonly header: FrameHeader,
    private readonly startedMs: number,
    private readonly planned: PlannedUpload,
  ) {
    this.tensorsLeft = planned.tensorCount;
  }

  get unsentBytes(): number {
    return Math.max(0, this.planned.tensorBytes - this.sentBytes);
  }

  /** Of all that is planned; of files, whose length is known only when they are there, what really came. */
  get unackedBytes(): number {
    const wholeBytes = this.tensorsLeft > 0 ? this.planned.tensorBytes : this.addedBytes;
    return Math.max(0, wholeBytes - this.ackedBytes);
  }

  /** Queues a tensor that became ready. */
  add(tensor: EncodedTensor): void {
    this.tensorsLeft -= 1;
    this.addedBytes += tensor.bytes.length;
    const chunks = chunksOf(this.header, tensor, this.planned.chunkBytes, this.tensorsLeft === 0);
    this.uploader.enqueue(chunks.map((chunk) => ({ upload: this, chunk })));
  }

  /** Sends nothing more of this frame. */
  cancel(): void {
    this.uploader.drop(this);
  }

  encode(chunk: AgelessChunk): Uint8Array {
    const startMs = monotonicMs();
    const packet = encodeChunk({ ...chunk, ageMs: startMs - this.startedMs });
    const endMs = monotonicMs();
    this.encodeMs += endMs - startMs;
    this.firstSentAtMs ??= endMs;
    this.sentBytes += packet.length - CHUNK_HEADER_BYTES;
    return packet;
  }

  /** A packet of it was acknowledged, and before that one of another frame. */
  acked(atMs: number, othersAtMs: number, tensorBytes: number): void {
    this.ackedBytes += tensorBytes;
    if (this.lastAckAtMs === undefined && this.firstSentAtMs !== undefined) {
      this.firstSentAtMs = Math.max(this.firstSentAtMs, othersAtMs);
    }
    this.lastAckAtMs = atMs;
  }
}
