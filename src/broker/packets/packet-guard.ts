/**
 * The stream between a socket and Aedes: checks packets before they are parsed, and bounds the cost of a client.
 *
 * In: a packet above the limit, a flood or garbage ends the connection; a client above its rate is paused.
 * Out: writes go in pieces, so that a client that stopped reading differs from one with a slow link.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { type Clock, TokenBucket } from '../../platform/index.js';
import type { CloseQueue } from './close-queue.js';
import { type PacketRules, PacketScanner } from './packet-scanner.js';

export interface GuardLimits {
  /** Largest packet before and after authentication. */
  readonly unauthenticatedPacketBytes: number;
  readonly packetBytes: number;
  /** Total bytes a client may send before authentication. */
  readonly unauthenticatedBytes: number;
  readonly packetsPerS: number;
  readonly rules: PacketRules;
  readonly bytesPerS: number;
  /** A client that sends too many packets for this long is disconnected. */
  readonly floodMs: number;
  /** A client that reads no byte for this long is disconnected. */
  readonly stallMs: number;
}

const READ_AHEAD_BYTES = 128 * 1024;
const PIECE_BYTES = 32 * 1024;
/** Longest time a closing connection may take to send its last bytes. */
const LINGER_MS = 1000;
/** Excesses less than this apart belong to one flood. */
const FLOOD_GAP_MS = 1000;
/** A CONNACK without a session, up to its return code (MQTT 3.1.1, 3.2). */
const REJECTED = [0x20, 2, 0];

type Done = (error?: Error | null) => void;

export class PacketGuard extends Duplex {
  /** Why the connection ended; the first reason is kept. */
  endReason: string | undefined;
  private readonly scanner: PacketScanner;
  private readonly packetBucket: TokenBucket;
  private readonly byteBucket: TokenBucket;
  private packetLimitBytes: number;
  private isAuthenticated = false;
  private unauthenticatedBytes = 0;
  private throttleTimer: NodeJS.Timeout | undefined;
  /** Until then nothing is read, on the monotonic clock. */
  private throttledUntilMs = Number.NEGATIVE_INFINITY;
  private stallTimer: NodeJS.Timeout | undefined;
  private floodSinceMs = 0;
  private floodUntilMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly socket: Duplex,
    readonly address: string,
    private readonly limits: GuardLimits,
    private readonly clock: Clock,
    private readonly onCut: (reason: string, address: string) => void,
    closeQueue: CloseQueue,
  ) {
    super({ readableHighWaterMark: READ_AHEAD_BYTES });
    const nowMs = clock.monotonicMs();
    this.packetLimitBytes = limits.unauthenticatedPacketBytes;
    this.scanner = new PacketScanner(limits.rules);
    this.packetBucket = new TokenBucket(limits.packetsPerS, 2 * limits.packetsPerS, nowMs);
    this.byteBucket = new TokenBucket(limits.bytesPerS, limits.bytesPerS, nowMs);
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('end', () => closeQueue.add(() => this.push(null)));
    socket.on('error', (error) => closeQueue.add(() => this.lost(error)));
    socket.on('close', () => closeQueue.add(() => this.lost()));
    // The limiter may have paused the socket.
    socket.resume();
  }

  /** Raises the limits: the client is authenticated. */
  authenticated(): void {
    this.isAuthenticated = true;
    this.packetLimitBytes = this.limits.packetBytes;
  }

  /**
   * Probes the TCP connection after so much silence, in ms. A client that is allowed a longer silence by its keep-alive pays for
   * every segment of earlier probes. A stream without a socket of its own, such as a WebSocket, has no probes.
   */
  probeAfter(idleMs: number): void {
    (this.socket as Partial<Socket>).setKeepAlive?.(true, idleMs);
  }

  /** Checks the bytes received so far, including those still buffered elsewhere, against the limit before authentication. */
  countUnauthenticatedBytes(bytes: number): void {
    if (!this.isAuthenticated && bytes > this.limits.unauthenticatedBytes) {
      this.refuse('too many bytes before authentication');
    }
  }

  /**
   * Charges the client for work that its packets do not show: frames of a WebSocket, or a document that it
   * asked for. Pauses a client above its rates, and disconnects one that floods.
   */
  charge(work: number, bytes: number): void {
    if (this.destroyed) return;
    const waitMs = this.debtMs(work, bytes);
    if (waitMs > 0 && !this.destroyed) this.throttle(waitMs);
  }

  /** Ends the connection at once, with a reason for the log. */
  cut(reason: string): void {
    this.endReason ??= reason;
    this.socket.destroy();
    this.destroy();
  }

  override _read(): void {
    if (this.throttleTimer === undefined) this.socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.writeBatches(batchesOf([chunk]), done);
  }

  override _writev(writes: { readonly chunk: Buffer }[], done: Done): void {
    this.writeBatches(batchesOf(writes.map(({ chunk }) => chunk)), done);
  }

  override _final(done: Done): void {
    this.socket.end();
    done();
  }

  /** Sends the last bytes (such as a rejecting CONNACK) within LINGER_MS, and reads no more. */
  override _destroy(error: Error | null, done: Done): void {
    this.endReason ??= this.scanner.sentDisconnect ? 'signed off' : error?.message;
    clearTimeout(this.throttleTimer);
    clearTimeout(this.stallTimer);
    this.socket.removeAllListeners('data');
    if (!this.socket.destroyed) {
      this.socket.resume();
      this.socket.end();
      const timer = setTimeout(() => this.socket.destroy(), LINGER_MS);
      this.socket.once('close', () => clearTimeout(timer));
    }
    done(error);
  }

  private lost(error?: Error): void {
    if (this.scanner.sentDisconnect) this.endReason ??= 'signed off';
    this.endReason ??=
      error === undefined ? 'connection lost' : `connection lost: ${error.message}`;
    this.destroy();
  }

  private refuse(reason: string): void {
    this.onCut(reason, this.address);
    this.cut(reason);
  }

  /** Ends the connection for a packet that is wrong, with a CONNACK where it is one that has a return code. */
  private refusePacket(reason: string): void {
    const { returnCode } = this.scanner;
    if (returnCode === undefined) {
      this.refuse(reason);
      return;
    }
    this.onCut(reason, this.address);
    this.endReason ??= reason;
    this.socket.write(Uint8Array.of(...REJECTED, returnCode));
    this.destroy();
  }

  private receive(chunk: Buffer): void {
    const before = this.scanner.work;
    const problem = this.scanner.scan(chunk, this.packetLimitBytes);
    if (problem !== undefined) {
      this.refusePacket(problem);
      return;
    }
    this.unauthenticatedBytes += this.isAuthenticated ? 0 : chunk.length;
    this.countUnauthenticatedBytes(this.unauthenticatedBytes);
    if (this.destroyed) return;
    const mayReadOn = this.pass(chunk, this.scanner.usedBytes);
    this.charge(this.scanner.work - before, chunk.length);
    if (!mayReadOn && !this.destroyed) this.socket.pause();
  }

  /** Passes bytes on, but for those behind a DISCONNECT: Aedes would handle them before the connection ends. */
  private pass(chunk: Buffer, usedBytes: number): boolean {
    if (usedBytes === chunk.length) return this.push(chunk);
    return usedBytes === 0 || this.push(chunk.subarray(0, usedBytes));
  }

  /** Ms until the client is within its rates again; disconnects a client that floods. */
  private debtMs(work: number, bytes: number): number {
    const nowMs = this.clock.monotonicMs();
    const byteWaitMs = this.byteBucket.take(bytes, nowMs);
    const workWaitMs = this.packetBucket.take(work, nowMs);
    if (workWaitMs > 0) {
      if (nowMs - this.floodUntilMs > FLOOD_GAP_MS) this.floodSinceMs = nowMs;
      this.floodUntilMs = nowMs + workWaitMs;
      const isFlood = this.floodUntilMs - this.floodSinceMs > this.limits.floodMs;
      if (isFlood) this.refuse('flood of packets');
    }
    return Math.max(byteWaitMs, workWaitMs);
  }

  /** Reads nothing for a time; an earlier, longer wait stays. */
  private throttle(waitMs: number): void {
    const nowMs = this.clock.monotonicMs();
    this.throttledUntilMs = Math.max(this.throttledUntilMs, nowMs + waitMs);
    clearTimeout(this.throttleTimer);
    this.throttleTimer = setTimeout(() => {
      this.throttleTimer = undefined;
      if (this.readableLength < this.readableHighWaterMark) this.socket.resume();
    }, this.throttledUntilMs - nowMs);
    this.socket.pause();
  }

  /** Writes one batch at a time: the next when the system has accepted the previous one. */
  private writeBatches(batches: Iterator<Buffer[]>, done: Done): void {
    const next = (error?: Error | null): void => {
      clearTimeout(this.stallTimer);
      this.stallTimer = undefined;
      const batch = batches.next();
      if (error || batch.done === true) {
        done(error ?? null);
        return;
      }
      this.stallTimer = setTimeout(
        () => this.refuse('device stopped reading'),
        this.limits.stallMs,
      );
      this.socket.cork();
      const last = batch.value.length - 1;
      for (const [i, piece] of batch.value.entries()) {
        this.socket.write(piece, i === last ? next : undefined);
      }
      this.socket.uncork();
    };
    next();
  }
}

/** The same bytes in batches of at most PIECE_BYTES. */
function* batchesOf(chunks: readonly Buffer[]): Generator<Buffer[], undefined> {
  let batch: Buffer[] = [];
  let batchBytes = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
      const piece = chunk.subarray(at, at + PIECE_BYTES);
      if (batchBytes + piece.length > PIECE_BYTES && batch.length > 0) {
        yield batch;
        batch = [];
        batchBytes = 0;
      }
      batch.push(piece);
      batchBytes += piece.length;
    }
  }
  if (batch.length > 0) yield batch;
  return undefined;
}
