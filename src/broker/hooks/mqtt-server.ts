/**
 * The Aedes server. It stores nothing: no persistent sessions, no retained messages, no queues, no tensors.
 * Its limits are settings; docs/protocol.md describes them for authors of agents.
 */
import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Aedes } from 'aedes';
import { Clock, Config } from '../../platform/index.js';
import { IncidentLog } from '../limits/incident-log.js';
import { CloseQueue } from '../packets/close-queue.js';
import { type GuardLimits, PacketGuard } from '../packets/packet-guard.js';
import { DeviceSession, type SessionLimits } from '../sessions/device-session.js';
import { DeviceSessions } from '../sessions/device-sessions.js';
import { AedesHooks } from './aedes-hooks.js';
import { ForgetfulPersistence, SilentEmitter } from './aedes-parts.js';
import { leanClient } from './lean-client.js';
import { watchPackets } from './parsed-packets.js';

@Injectable()
export class MqttServer implements OnModuleInit {
  private readonly guards = new Set<PacketGuard>();
  private readonly closeQueue = new CloseQueue();
  private readonly limits: GuardLimits;
  private readonly sessionLimits: SessionLimits;
  private aedes: Aedes | undefined;

  constructor(
    @Inject(Config) private readonly config: Config,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(AedesHooks) private readonly hooks: AedesHooks,
    @Inject(DeviceSessions) private readonly sessions: DeviceSessions,
    @Inject(IncidentLog) private readonly incidents: IncidentLog,
  ) {
    this.limits = {
      unauthenticatedPacketBytes: config.strangerPacketBytes,
      packetBytes: config.packetLimitBytes,
      unauthenticatedBytes: config.strangerBytes,
      packetsPerS: config.deviceMessagesPerS,
      bytesPerS: config.deviceBytesPerS,
      rules: config,
      floodMs: config.floodMs,
      stallMs: config.stallMs,
    };
    this.sessionLimits = {
      waitingBytes: config.deviceWaitingBytes,
      waitingMessages: config.deviceWaitingMessages,
      malformedPerMinute: config.malformedPerMinute,
      exactlyOnceInFlight: config.exactlyOnceInFlight,
    };
  }

  async onModuleInit(): Promise<void> {
    const { config, hooks } = this;
    const aedes = await Aedes.createBroker({
      ...hooks.options,
      mq: new SilentEmitter(),
      persistence: new ForgetfulPersistence(),
      connectTimeout: config.connectTimeoutMs,
      // The guard detects a client that reads nothing sooner; this is for one that reads too slowly.
      drainTimeout: config.drainTimeoutMs,
      maxInflightInbound: config.exactlyOnceInFlight,
      maxTopicLevels: config.topicLevels,
    });
    aedes.on('subscribe', (subscriptions, client) => hooks.subscribed(client, subscriptions));
    aedes.on('unsubscribe', (topics, client) => hooks.unsubscribed(client, topics));
    aedes.on('clientError', (client, error) => this.failed(client.id, error));
    aedes.on('connectionError', (_client, error) => this.failed(undefined, error));
    // The type of Aedes lacks 'error', which would end the process if unhandled.
    const emitter: EventEmitter = aedes;
    emitter.on('error', (error: Error) => this.failed(undefined, error));
    this.aedes = aedes;
  }

  get isOpen(): boolean {
    return this.aedes?.closed === false;
  }

  /**
   * Accepts an admitted connection; `certified` is the device its certificate names.
   * Closes the connection and returns undefined when the service is stopping.
   */
  accept(socket: Duplex, address: string, certified?: string): PacketGuard | undefined {
    if (this.aedes === undefined || !this.isOpen) {
      socket.on('error', () => undefined);
      socket.destroy();
      return undefined;
    }
    const { limits, clock, closeQueue, rejected } = this;
    const guard = new PacketGuard(socket, address, limits, clock, rejected, closeQueue);
    this.guards.add(guard);
    guard.on('close', () => this.guards.delete(guard));
    const client = this.aedes.handle(guard);
    leanClient(client, guard);
    const session = new DeviceSession(client, guard, this.sessionLimits, certified);
    this.sessions.attach(client, session);
    watchPackets(client, session);
    return guard;
  }

  /** Incidents since the start, by kind. */
  counts(): Readonly<Record<string, number>> {
    return this.incidents.counts();
  }

  /** Closes every connection, authenticated or not, then Aedes. */
  async close(): Promise<void> {
    const { aedes } = this;
    if (aedes === undefined || aedes.closed) return;
    await this.sessions.closeAll('the service is stopping');
    for (const guard of this.guards) guard.cut('the service is stopping');
    await new Promise<void>((resolve) => aedes.close(resolve));
  }

  /** One function for all guards: each connection is mostly idle, and takes memory. */
  private readonly rejected = (reason: string, address: string): void =>
    this.incidents.report('packetRefused', { address }, reason);

  private failed(device: string | undefined, error: Error): void {
    this.incidents.report('clientFailed', device === undefined ? {} : { device }, error.message);
  }
}
