/**
 * Aedes, with every hook set and nothing left for it to keep: no persistent sessions, no retained messages, no queues, no
 * tensors. What it and its guards may take is in the settings; docs/protocol.md tells it to whoever writes an agent.
 */
import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Aedes } from 'aedes';
import { Clock, Config } from '../../platform/index.js';
import { TroubleLog } from '../limits/incident-log.js';
import { Departures } from '../packets/close-queue.js';
import { type GuardLimits, PacketGuard } from '../packets/packet-guard.js';
import { Session, type SessionLimits } from '../sessions/device-session.js';
import { Sessions } from '../sessions/device-sessions.js';
import { Gatekeeper } from './aedes-hooks.js';

@Injectable()
export class MqttServer implements OnModuleInit {
  private readonly guards = new Set<PacketGuard>();
  private readonly departures = new Departures();
  private readonly limits: GuardLimits;
  private readonly sessionLimits: SessionLimits;
  private aedes: Aedes | undefined;

  constructor(
    @Inject(Config) private readonly config: Config,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Gatekeeper) private readonly gatekeeper: Gatekeeper,
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(TroubleLog) private readonly trouble: TroubleLog,
  ) {
    this.limits = {
      strangerPacketBytes: config.strangerPacketBytes,
      packetBytes: config.packetLimitBytes,
      strangerBytes: config.strangerBytes,
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
    const { config, gatekeeper } = this;
    const aedes = await Aedes.createBroker({
      ...gatekeeper.hooks,
      connectTimeout: config.connectTimeoutMs,
      // The guard finds a peer that does not read sooner; this is for one that reads a little now and then.
      drainTimeout: config.drainTimeoutMs,
      keepaliveLimit: config.keepAliveLimitS,
      maxInflightInbound: config.exactlyOnceInFlight,
      maxTopicLevels: config.topicLevels,
    });
    aedes.on('subscribe', (subscriptions, client) => gatekeeper.subscribed(client, subscriptions));
    aedes.on('unsubscribe', (topics, client) => gatekeeper.unsubscribed(client, topics));
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
    const refused = (reason: string) => this.trouble.report('packetRefused', { address }, reason);
    const { limits, clock, departures } = this;
    const guard = new PacketGuard(socket, address, limits, clock, refused, departures);
    this.guards.add(guard);
    guard.once('close', () => this.guards.delete(guard));
    const client = this.aedes.handle(guard);
    const nowMs = clock.monotonicMs();
    const session = new Session(client, guard, this.sessionLimits, nowMs, certified);
    this.sessions.attach(client, session);
    return guard;
  }

  /** How often each trouble was met since the start. */
  counts(): Readonly<Record<string, number>> {
    return this.trouble.counts();
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
    this.trouble.report('clientFailed', device === undefined ? {} : { device }, error.message);
  }
}
