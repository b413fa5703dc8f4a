/**
 * Aedes, with every hook set and nothing left for it to keep: no persistent sessions, no retained messages, no queues, no
 * tensors. What it and its guards may take is in the settings; docs/protocol.md tells it to whoever writes an agent.
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
      floodMs: config.floodMs,
      stallMs: config.stallMs,
    };
    this.sessionLimits = {
      waitingBytes: config.deviceWaitingBytes,
      waitingMessages: config.deviceWaitingMessages,
      malformedPerMinute: config.malformedPerMinute,
    };
  }

  async onModuleInit(): Promise<void> {
    const { config, hooks } = this;
    const aedes = await Aedes.createBroker({
      ...hooks.options,
      connectTimeout: config.connectTimeoutMs,
      // The guard finds a peer that does not read sooner; this is for one that reads a little now and then.
      drainTimeout: config.drainTimeoutMs,
      keepaliveLimit: config.keepAliveLimitS,
      maxInflightInbound: config.exactlyOnceInFlight,
      maxTopicLevels: config.topicLevels,
    });
    aedes.on('subscribe', (subscriptions, client) => hooks.subscribed(client, subscriptions));
    aedes.on('unsubscribe', (topics, client) => hooks.unsubscribed(client, topics));
    aedes.on('clientError', (client, error) => this.failed(client.id, error));
    aedes.on('connectionError', (_client, error) => this.failed(undefined, error));
    // Its own type does not list the one event that would end the process.
    const emitter: EventEmitter = aedes;
    emitter.on('error', (error: Error) => this.failed(undefined, error));
    this.aedes = aedes;
  }

  get isOpen(): boolean {
    return this.aedes?.closed === false;
  }

  /** Takes a connection whose turn has come, and the device its certificate names; ends it, and answers undefined, when the service is stopping. */
  accept(socket: Duplex, address: string, certified?: string): PacketGuard | undefined {
    if (this.aedes === undefined || !this.isOpen) {
      socket.on('error', () => undefined);
      socket.destroy();
      return undefined;
    }
    const refused = (reason: string) => this.incidents.report('packetRefused', { address }, reason);
    const { limits, clock, closeQueue } = this;
    const guard = new PacketGuard(socket, address, limits, clock, refused, closeQueue);
    this.guards.add(guard);
    guard.once('close', () => this.guards.delete(guard));
    const client = this.aedes.handle(guard);
    const nowMs = clock.monotonicMs();
    const session = new DeviceSession(client, guard, this.sessionLimits, nowMs, certified);
    this.sessions.attach(client, session);
    return guard;
  }

  /** How often each trouble was met since the start. */
  counts(): Readonly<Record<string, number>> {
    return this.incidents.counts();
  }

  /** Ends every connection, authenticated or not, then Aedes. */
  async close(): Promise<void> {
    const { aedes } = this;
    if (aedes === undefined || aedes.closed) return;
    await this.sessions.closeAll('the service is stopping');
    for (const guard of this.guards) guard.cut('the service is stopping');
    await new Promise<void>((resolve) => aedes.close(resolve));
  }

  private failed(device: string | undefined, error: Error): void {
    this.incidents.report('clientFailed', device === undefined ? {} : { device }, error.message);
  }
}
