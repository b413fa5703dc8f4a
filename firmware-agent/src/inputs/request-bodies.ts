/**
 * Bodies of requests to the local endpoint, bounded in bytes: of one body, and of all that are held at once.
 *
 * A client that stops within a body holds its bytes until the time limit of its request. Where there is no
 * room, the largest incomplete body gives way: large half bodies do not keep out small whole ones.
 */
import type { IncomingMessage } from 'node:http';
import { Fault } from '../../../src/wire/index.js';

export interface BodyLimits {
  readonly bodyBytes: number;
  /** Of all bodies that are being received or worked on. */
  readonly totalBytes: number;
}

interface ReceivedBody {
  /** So far. */
  readonly bytes: number;
  readonly pieces: number;
}

/** A complete body that is held until it is released. */
export interface HeldBody {
  readonly bytes: Uint8Array;
  release(): void;
}

const RETRY_MS = 1000;
/** Memory of a piece in addition to its bytes: clients choose how small their pieces are. */
const PIECE_BYTES = 256;

export class RequestBodies {
  private heldBytes = 0;
  /** By request whose body is incomplete. */
  private readonly incomplete = new Map<IncomingMessage, ReceivedBody>();

  constructor(private readonly limits: BodyLimits) {}

  /** Reads a body; throws UPLOAD_TOO_LARGE, FRAME_REFUSED, or what ended the request. */
  async read(request: IncomingMessage): Promise<HeldBody> {
    const pieces: Buffer[] = [];
    this.incomplete.set(request, { bytes: 0, pieces: 0 });
    try {
      for await (const piece of request as AsyncIterable<Buffer>) {
        this.receive(request, piece.length);
        pieces.push(piece);
      }
    } catch (error) {
      this.drop(request);
      throw error;
    }
    const received = this.incomplete.get(request);
    if (received === undefined) throw this.noRoom();
    this.incomplete.delete(request);
    const { bytes } = received;
    this.heldBytes -= memoryOf(received) - bytes;
    return {
      bytes: Buffer.concat(pieces),
      release: () => {
        this.heldBytes -= bytes;
      },
    };
  }

  private receive(request: IncomingMessage, bytes: number): void {
    const before = this.incomplete.get(request);
    // It gave way to another.
    if (before === undefined) throw this.noRoom();
    const { bodyBytes, totalBytes } = this.limits;
    const now = { bytes: before.bytes + bytes, pieces: before.pieces + 1 };
    this.incomplete.set(request, now);
    this.heldBytes += memoryOf(now) - memoryOf(before);
    if (now.bytes > bodyBytes) {
      throw new Fault('UPLOAD_TOO_LARGE', `a body may have ${bodyBytes} bytes`);
    }
    while (this.heldBytes > totalBytes) {
      const largest = this.largest();
      if (largest === request || largest === undefined) throw this.noRoom();
      this.drop(largest);
      largest.destroy();
    }
  }

  /** The incomplete body that takes most memory; the oldest of several. */
  private largest(): IncomingMessage | undefined {
    let largest: IncomingMessage | undefined;
    let most = -1;
    for (const [request, received] of this.incomplete) {
      const memoryBytes = memoryOf(received);
      if (memoryBytes <= most) continue;
      largest = request;
      most = memoryBytes;
    }
    return largest;
  }

  private drop(request: IncomingMessage): void {
    const received = this.incomplete.get(request);
    if (received === undefined) return;
    this.heldBytes -= memoryOf(received);
    this.incomplete.delete(request);
  }

  private noRoom(): Fault {
    const text = `bodies of other requests take ${this.limits.totalBytes} bytes already`;
    return new Fault('FRAME_REFUSED', text, { retryAfterMs: RETRY_MS });
  }
}

function memoryOf({ bytes, pieces }: ReceivedBody): number {
  return bytes + pieces * PIECE_BYTES;
}
