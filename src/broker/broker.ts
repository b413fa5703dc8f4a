/** The interface of the broker for other folders; devices and their messages arrive on the event bus. */
import { Inject, Injectable } from '@nestjs/common';
import {
  Fault,
  type MessageName,
  messages,
  type Payload,
  type SentBy,
  topicOf,
} from '../wire/index.js';
import { Authentication, type Authenticator } from './hooks/authentication.js';
import { DeviceFaults } from './hooks/device-faults.js';
import { MqttServer } from './hooks/mqtt-server.js';
import { RetainedDocuments } from './hooks/retained-documents.js';
import { encodeForDevice } from './hooks/sealed-documents.js';
import { Listeners } from './listeners/listeners.js';
import { DeviceSessions } from './sessions/device-sessions.js';

@Injectable()
export class Broker {
  constructor(
    @Inject(DeviceSessions) private readonly sessions: DeviceSessions,
    @Inject(DeviceFaults) private readonly faults: DeviceFaults,
    @Inject(RetainedDocuments) private readonly retained: RetainedDocuments,
    @Inject(Authentication) private readonly authentication: Authentication,
    @Inject(MqttServer) private readonly server: MqttServer,
    @Inject(Listeners) private readonly listeners: Listeners,
  ) {}

  /** The TCP port MQTT is served on, 0 before the application has started, and where only TLS is served. */
  get port(): number {
    return this.listeners.port;
  }

  /** The port of MQTT over TLS, 0 where there is none. */
  get tlsPort(): number {
    return this.listeners.tlsPort;
  }

  /** Sets the authenticator; until it is set, every connection is rejected. */
  useAuthenticator(authenticator: Authenticator): void {
    this.authentication.use(authenticator);
  }

  /**
   * Sends a message of the wire table to a device; a retained one is stored until the device subscribes.
   * True when it was passed to a live, subscribed session; throws INTERNAL when it is larger than its row allows.
   */
  send<N extends SentBy<'cloud'>>(name: N, device: string, payload: Payload<N>): boolean {
    const { qos, retain, maxBytes } = messages[name];
    const bytes = encodeForDevice(name, payload);
    if (bytes.length > maxBytes) {
      const text = `${name} of ${bytes.length} bytes for ${device} above the limit of ${maxBytes}`;
      throw new Fault('INTERNAL', text);
    }
    const topic = topicOf(name, device);
    if (retain) this.retained.keep(name, device, payload);
    return this.sessions.of(device)?.deliver({ topic, bytes, qos, retain: false }) ?? false;
  }

  /**
   * Answers a device with a fault that belongs to no frame: of a message that was not used, or of one that cannot be sent. At a
   * bounded rate; false when the device did not get it.
   */
  sendFault(device: string, about: MessageName, fault: Fault): boolean {
    return this.faults.send(device, about, fault);
  }

  /** The connection of a device's live session; undefined when it is offline. */
  connectionOf(device: string): string | undefined {
    return this.sessions.of(device)?.connection;
  }

  /** Removes every retained message for a device; messages from devices are never retained. */
  clearRetained(device: string): void {
    this.retained.clear(device);
  }

  /** Disconnects a device at once, if it is connected. */
  disconnect(device: string, reason: string): void {
    this.sessions.of(device)?.end(reason);
  }

  /** Counts since the start, for logs and metrics. */
  stats(): Readonly<Record<string, number>> {
    return { sessions: this.sessions.count, ...this.listeners.counts(), ...this.server.counts() };
  }

  /** Throws when devices cannot connect. */
  check(): void {
    if (!this.server.isOpen || this.port + this.tlsPort === 0)
      throw new Error('MQTT port not open');
  }

  /** Stops listening, ends every session, and resolves when every end has been emitted. */
  async close(): Promise<void> {
    this.listeners.close();
    await this.server.close();
  }
}
