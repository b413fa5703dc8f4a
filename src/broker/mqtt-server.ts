/**
 * Aedes, with every hook set and little left for it to keep: no persistent sessions, no queues, no tensors.
 *
 * The figures are the starting values of the fault table; docs/protocol.md tells them to whoever writes an agent.
 */
import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Aedes } from 'aedes';
import { Clock, Config } from '../platform/index.js';
import { topicOf } from '../wire/index.js';
import { Gatekeeper } from './gatekeeper.js';
import { type GuardLimits, PacketGuard } from './packet-guard.js';
import { Session } from './session.js';
import { Sessions } from './sessions.js';
import { TroubleLog } from './trouble-log.js';

const STRANGER_PACKET_BYTES = 4 * 1024;
const FLOOD_MS = 10_000;
const STALL_MS = 8000;
const CONNECT_TIMEOUT_MS = 8000;
/** The guard finds a peer that does not read sooner; this is for a peer that reads a little now and then. */
const DRAIN_TIMEOUT_MS = 60_000;
const KEEPALIVE_LIMIT_S = 1200;
const INFLIGHT_QOS2 = 50;
const TOPIC_LEVELS = 12;

@Injectable()
export class MqttServer implements OnModuleInit {
  private readonly guards = new Set<PacketGuard>();
  private readonly limits: GuardLimits;
  private aedes: Aedes | undefined;

  constructor(
    @Inject(Config) private readonly config: Config,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Gatekeeper) private readonly gatekeeper: Gatekeeper,
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(TroubleLog) private readonly trouble: TroubleLog,
  ) {
    this.limits = {
      strangerPacketBytes: STRANGER_PACKET_BYTES,
      packetBytes: config.packetLimitBytes,
      packetsPerS: config.deviceMessagesPerS,
      bytesPerS: config.deviceBytesPerS,
      floodMs: FLOOD_MS,
      stallMs: STALL_MS,
    };
  }

  async onModuleInit(): Promise<void> {
    const { gatekeeper } = this;
    const aedes = await Aedes.createBroker({
      ...gatekeeper.hooks,
      connectTimeout: CONNECT_TIMEOUT_MS,
      drainTimeout: DRAIN_TIMEOUT_MS,
      keepaliveLimit: KEEPALIVE_LIMIT_S,
      maxInflightInbound: INFLIGHT_QOS2,
      maxTopicLevels: TOPIC_LEVELS,
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

  /** Takes a fresh connection from a listener, and the device its certificate names; ends it, and answers undefined, when there are too many. */
  accept(socket: Duplex, address: string, certified?: string): PacketGuard | undefined {
    if (
      this.aedes === undefined ||
      !this.isOpen ||
      this.guards.size >= this.config.maxConnections
    ) {
      this.trouble.report('connectionRefused', { address }, 'too many connections, or stopping');
      socket.on('error', () => undefined);
      socket.destroy();
      return undefined;
    }
    const refused = (reason: string) => this.trouble.report('packetRefused', { address }, reason);
    const guard = new PacketGuard(socket, address, this.limits, this.clock, refused);
    this.guards.add(guard);
    guard.once('close', () => this.guards.delete(guard));
    const client = this.aedes.handle(guard);
    this.sessions.attach(client, new Session(client, guard, this.clock.monotonicMs(), certified));
    return guard;
  }

  counts(): Readonly<Record<string, number>> {
    return { connections: this.guards.size, ...this.trouble.counts() };
  }

  /** Removes the one retained message Aedes keeps for a device, its status. */
  clearStatus(device: string): void {
    this.aedes?.publish(
      {
        cmd: 'publish',
        topic: topicOf('status', device),
        payload: Buffer.alloc(0),
        qos: 0,
        retain: true,
        dup: false,
      },
      () => undefined,
    );
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
