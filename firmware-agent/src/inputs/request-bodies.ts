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

/** A complete body that is held until it is released. */
export interface HeldBody {
  readonly bytes: Uint8Array;
  release(): void;
}

const RETRY_MS = 1000;

export class RequestBodies {
  private heldBytes = 0;
  /** Bytes received so far, by request whose body is incomplete. */
  private readonly incomplete = new Map<IncomingMessage, number>();

  constructor(private readonly limits: BodyLimits) {}

  /** Reads a body; throws UPLOAD_TOO_LARGE, FRAME_REFUSED, or what ended the request. */
  async read(request: IncomingMessage): Promise<HeldBody> {
    const pieces: Buffer[] = [];
    this.incomplete.set(request, 0);
    try {
      for await (const piece of request as AsyncIterable<Buffer>) {
        this.receive(request, piece.length);
        pieces.push(piece);
      }
    } catch (error) {
      this.drop(request);
      throw error;
    }
    const bytes = this.incomplete.get(request);
    if (bytes === undefined) throw this.noRoom();
    this.incomplete.delete(request);
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
    this.incomplete.set(request, before + bytes);
    this.heldBytes += bytes;
    if (before + bytes > bodyBytes) {
      throw new Fault('UPLOAD_TOO_LARGE', `a body may have ${bodyBytes} bytes`);
    }
    while (this.heldBytes > totalBytes) {
      const largest = this.largest();
      if (largest === request || largest === undefined) throw this.noRoom();
      this.drop(largest);
      largest.destroy();
    }
  }

  /** The incomplete body with most bytes; the oldest of several. */
  private largest(): IncomingMessage | undefined {
    let largest: IncomingMessage | undefined;
    let most = -1;
    for (const [request, bytes] of this.incomplete) {
      if (bytes <= most) continue;
      largest = request;
      most = bytes;
    }
    return largest;
  }

  private drop(request: IncomingMessage): void {
    this.heldBytes -= this.incomplete.get(request) ?? 0;
    this.incomplete.delete(request);
  }

  private noRoom(): Fault {
    const text = `bodies of other requests take ${this.limits.totalBytes} bytes already`;
    return new Fault('FRAME_REFUSED', text, { retryAfterMs: RETRY_MS });
  }
}
