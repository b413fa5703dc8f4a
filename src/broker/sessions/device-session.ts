/** One authenticated connection of a device: who it is, what it listens to, and how much waits to be sent to it. */
import { randomUUID } from 'node:crypto';
import type { Client } from 'aedes';
import { TokenBucket } from '../../platform/index.js';
import type { PacketGuard } from '../packets/packet-guard.js';
import type { Refusal } from './topic-access.js';

/** A message on its way to a device. */
export interface Delivery {
  readonly topic: string;
  readonly bytes: Uint8Array;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

/** What a session may cost. */
export interface SessionLimits {
  /** Bounds of what waits for a device that reads slowly; one message above the bytes is let through. */
  readonly waitingBytes: number;
  readonly waitingMessages: number;
  /** Malformed messages a device may send a minute, and at once, before it is cut. */
  readonly malformedPerMinute: number;
}

export class DeviceSession {
  /** Random per connection: events of an older one are told by it. */
  readonly connection = randomUUID();
  /** Why the CONNECT is to be turned away; found before the credential is looked at. */
  refusal: Refusal | undefined;
  /** The device, once its credential is verified. */
  device: string | undefined;
  private readonly filters = new Set<string>();
  private readonly malformed: TokenBucket;
  private waitingBytes = 0;
  private waitingMessages = 0;

  constructor(
    private readonly client: Client,
    readonly guard: PacketGuard,
    private readonly limits: SessionLimits,
    nowMs: number,
    /** The device that the client's certificate names, which has been verified. */
    readonly certified: string | undefined,
  ) {
    const { malformedPerMinute } = limits;
    this.malformed = new TokenBucket(malformedPerMinute / 60, malformedPerMinute, nowMs);
  }

  listen(topic: string): void {
    this.filters.add(topic);
  }

  ignore(topic: string): void {
    this.filters.delete(topic);
  }

  /**
   * Writes a message to this connection, past the emitter of Aedes, so that a peer that does not read delays nobody.
   * False when the device does not listen to the topic, or had too much waiting and is cut.
   */
  deliver({ topic, bytes, qos, retain }: Delivery): boolean {
    if (!this.filters.has(topic) || this.guard.destroyed) return false;
    const { waitingBytes, waitingMessages } = this.limits;
    if (this.waitingBytes > waitingBytes || this.waitingMessages >= waitingMessages) {
      this.end('it does not read its messages');
      return false;
    }
    this.waitingBytes += bytes.length;
    this.waitingMessages += 1;
    const payload = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.client.publish({ cmd: 'publish', topic, payload, qos, retain, dup: false }, () => {
      this.waitingBytes -= bytes.length;
      this.waitingMessages -= 1;
    });
    return true;
  }

  /** True while the device may be told of its malformed messages; false once there were too many. */
  toleratesMalformed(nowMs: number): boolean {
    return this.malformed.take(1, nowMs) === 0;
  }

  /** Ends the connection at once. */
  end(reason: string): void {
    this.guard.cut(reason);
  }

  /** Ends the connection and resolves when it is closed. */
  async close(reason: string): Promise<void> {
    if (this.guard.closed) return;
    const closed = new Promise((resolve) => this.guard.once('close', resolve));
    this.guard.endReason ??= reason;
    this.client.close();
    await closed;
  }
}
