/** One connection of a device: its identity, its subscriptions and its outgoing queue. */
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

export interface SessionLimits {
  /** Limits of the outgoing queue of a slow device; one message above the bytes is sent. */
  readonly waitingBytes: number;
  readonly waitingMessages: number;
  /** Malformed messages allowed per minute, and as a burst, before the device is disconnected. */
  readonly malformedPerMinute: number;
  /** Limit of QoS 2 publishes that wait for their PUBREL. */
  readonly exactlyOnceInFlight: number;
}

/** Whether a QoS 2 publish is a message, the same message again, or one above the limit. */
export type ExactlyOnce = 'new' | 'repeated' | 'tooMany';

/** Messages that wait for a subscription. */
const MAX_EARLY = 10;
const NONE_EARLY: readonly Delivery[] = [];

export class DeviceSession {
  /** Random per connection: identifies events of an older connection. */
  readonly connection = randomUUID();
  /** Why the CONNECT is rejected; found before the credential is checked. */
  refusal: Refusal | undefined;
  /** What the CONNECT gives as password, until it is checked. */
  secret: string | undefined;
  /** The device, once its credential is verified. */
  device: string | undefined;
  /** Topics of the wire table, so a few: a list takes less memory than a set. */
  private readonly filters: string[] = [];
  /** Packet identifiers of QoS 2 publishes that wait for their PUBREL; made for the first one. */
  private unreleased: Set<number> | undefined;
  /** Made for the first malformed message. */
  private malformed: TokenBucket | undefined;
  private early = NONE_EARLY;
  private waitingBytes = 0;
  private waitingMessages = 0;

  constructor(
    private readonly client: Client,
    readonly guard: PacketGuard,
    private readonly limits: SessionLimits,
    /** The device that the client's certificate names, which has been verified. */
    readonly certified: string | undefined,
  ) {}

  listen(topic: string): void {
    if (!this.filters.includes(topic)) this.filters.push(topic);
    if (this.early.length === 0) return;
    const due = this.early.filter((delivery) => delivery.topic === topic);
    this.early = this.early.filter((delivery) => delivery.topic !== topic);
    for (const delivery of due) this.deliver(delivery);
  }

  ignore(topic: string): void {
    const at = this.filters.indexOf(topic);
    if (at >= 0) this.filters.splice(at, 1);
  }

  /**
   * Writes a message to this connection, bypassing the emitter of Aedes, so that a device that does not read delays no other.
   * False when the device is not subscribed, or its queue is full and it is disconnected.
   */
  deliver({ topic, bytes, qos, retain }: Delivery): boolean {
    if (!this.filters.includes(topic) || this.guard.destroyed) return false;
    const { waitingBytes, waitingMessages } = this.limits;
    if (this.waitingBytes > waitingBytes || this.waitingMessages >= waitingMessages) {
      this.end('device does not read its messages');
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

  /**
   * Begins a QoS 2 publish. Until its PUBREL, the same identifier means the same message (MQTT-4.3.3-2): Aedes knows that too, but
   * only after its authorisation hook, where messages are handled.
   */
  beginExactlyOnce(identifier: number): ExactlyOnce {
    this.unreleased ??= new Set();
    if (this.unreleased.has(identifier)) return 'repeated';
    if (this.unreleased.size >= this.limits.exactlyOnceInFlight) return 'tooMany';
    this.unreleased.add(identifier);
    return 'new';
  }

  /** Ends a QoS 2 publish: its PUBREL has come, and its identifier may name another message. */
  endExactlyOnce(identifier: number): void {
    this.unreleased?.delete(identifier);
  }

  /**
   * Writes a message now, or when the device subscribes to its topic: devices introduce themselves before they subscribe, and would
   * never learn what is wrong with their birth. False when the device has too many such messages.
   */
  deliverOnceHeard(delivery: Delivery): boolean {
    if (this.filters.includes(delivery.topic)) return this.deliver(delivery);
    if (this.early.length >= MAX_EARLY) return false;
    this.early = [...this.early, delivery];
    return true;
  }

  /** Counts a malformed message; false once there were too many. */
  toleratesMalformed(nowMs: number): boolean {
    const { malformedPerMinute } = this.limits;
    this.malformed ??= new TokenBucket(malformedPerMinute / 60, malformedPerMinute, nowMs);
    return this.malformed.take(1, nowMs) === 0;
  }

  /** Closes the connection at once. */
  end(reason: string): void {
    this.guard.cut(reason);
  }

  /** Closes the connection gracefully; resolves when it is closed. */
  async close(reason: string): Promise<void> {
    if (this.guard.closed) return;
    const closed = new Promise((resolve) => this.guard.once('close', resolve));
    this.guard.endReason ??= reason;
    this.client.close();
    await closed;
  }
}
