/**
 * The connection to the broker: one MQTT client per session, reconnected with full jitter until the agent ends.
 * Steps of a session (docs/protocol.md): CONNECT → status online → birth → link probe → subscriptions in one packet → ready.
 */
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { connect, type MqttClient } from 'mqtt';
import {
  type Birth,
  decodeMessage,
  encodeMessage,
  type Fault,
  isSentBy,
  type LinkEstimator,
  type MessageName,
  messageNames,
  messages,
  type Payload,
  parseTopic,
  type SentBy,
  type Status,
  topicOf,
} from '../../../../src/wire/index.js';
import { monotonicMs, pause, waitAtMost } from '../../clock.js';
import { errorText, type Log } from '../../log.js';
import { KeepAlive } from '../../traffic/keep-alive.js';
import type { Traffic } from '../../traffic/traffic.js';
import { Backoff } from '../rest/backoff.js';
import { type BrokerAddress, fixedAddress } from '../rest/broker-address.js';
import {
  type Credential,
  connectOptions,
  countedOptions,
  countSocket,
  isRefusal,
  isWaiting,
  reasonOf,
  unreachable,
} from './connection.js';
import { Seals } from './seals.js';
import { noteMessage, SessionWatch } from './session-watch.js';

const CLOSE_MS = 2000;
/** How often the cap of the month is looked at while it allows no connection. */
const OVER_PAUSE_MS = 1000;
/** Pause before a rejected credential is tried again, plus jitter. */
const REFUSED_PAUSE_MS = 30_000;

/** Pause before a device that waits for approval asks again. */
const WAITING_PAUSE_MS = 10_000;

/** A service that allows less than the profile's keep-alive closes the connection at the CONNECT: half of it is tried next, down to this. */
const LEAST_KEEP_ALIVE_S = 20;

interface SessionEnd {
  readonly why: string;
  readonly isRefused: boolean;
  readonly wasReady: boolean;
  readonly leastPauseMs: number;
}

/** What the session needs from the agent at its start. */
export interface SessionStart {
  birth(sid: string): Promise<Birth>;
  /** Called once the broker knows the device, before documents arrive and blocks are fetched. */
  probe(): Promise<void>;
}

type FromCloud = {
  [N in SentBy<'cloud'>]: [payload: Payload<N>];
};
interface CloudSessionEvents extends FromCloud {
  ready: [];
  /** The session ended, or an attempt failed. */
  offline: [];
  /** The cloud rejected the credential. */
  refused: [];
  /** A message was damaged and is dropped; it is asked for again. */
  damaged: [name: MessageName];
}

export class CloudSession extends EventEmitter<CloudSessionEvents> {
  private client: MqttClient | undefined;
  private readonly stop = new AbortController();
  private readonly inFlight = new Set<(fault: Fault) => void>();
  private running: Promise<void> | undefined;
  private currentSid = '';
  private readonly seals = new Seals({
    onDamaged: (name) => this.emit('damaged', name),
    askAgain: async (name) => {
      const { qos } = messages[name];
      await this.client?.subscribeAsync(topicOf(name, this.device), { qos });
    },
    signal: this.stop.signal,
  });
  private keepAlive: { readonly ofS: number; readonly search: KeepAlive } | undefined;
  private allowedKeepAliveS = Number.POSITIVE_INFINITY;
  state: 'connecting' | 'online' | 'offline' = 'connecting';
  /** True once the cloud accepted the device. */
  wasOnline = false;

  constructor(
    private readonly credential: Credential,
    private readonly traffic: Traffic,
    private readonly estimator: LinkEstimator,
    private readonly start: SessionStart,
    private readonly log: Log,
    private readonly address: BrokerAddress = fixedAddress(credential.url),
  ) {
    super();
    // The keep-alive of a CONNECT holds for the session: another profile needs another session.
    traffic.on('change', () => void this.renew());
  }

  get isOnline(): boolean {
    return this.state === 'online';
  }

  private get device(): string {
    return this.credential.identity.device;
  }

  get sid(): string {
    return this.currentSid;
  }

  open(): void {
    this.running ??= this.run();
  }

  /** Sends `offline`, disconnects, and does not reconnect. */
  async close(): Promise<void> {
    this.stop.abort();
    const { client } = this;
    if (this.isOnline) {
      const said = this.publish('status', this.statusOf('offline')).catch(() => undefined);
      await waitAtMost(CLOSE_MS, said);
    }
    await waitAtMost(CLOSE_MS, this.endClient(false));
    // Over a dead connection an acknowledgement would be awaited until the keep-alive ends.
    client?.stream.destroy();
    await this.running;
  }

  /** Resolves when the broker has the message (QoS 1) or it is written (QoS 0); rejects with CLOUD_UNREACHABLE. */
  publish<N extends SentBy<'device'>>(name: N, payload: Payload<N>): Promise<void> {
    const { client } = this;
    if (client?.connected !== true) return Promise.reject(unreachable('there is no connection'));
    const { qos, retain } = messages[name];
    const bytes = encodeMessage(name, payload);
    noteMessage(this.traffic.meter, name, bytes);
    const transfer = qos === 1 ? this.estimator.sent(monotonicMs(), bytes.length) : undefined;
    return new Promise((resolve, reject) => {
      const fail = (fault: Fault): void => reject(fault);
      this.inFlight.add(fail);
      const topic = topicOf(name, this.device);
      client.publish(
        topic,
        Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
        { qos, retain },
        (error) => {
          this.inFlight.delete(fail);
          if (error) return reject(unreachable(errorText(error)));
          if (transfer !== undefined) this.estimator.acked(transfer, monotonicMs());
          resolve();
        },
      );
    });
  }

  private async run(): Promise<void> {
    const backoff = new Backoff();
    while (!this.stop.signal.aborted) {
      await this.allowed();
      if (this.stop.signal.aborted) return;
      const startedMs = monotonicMs();
      const end = await this.live();
      if (this.stop.signal.aborted) return;
      this.state = 'offline';
      this.announce('offline');
      const lastedMs = end.wasReady ? monotonicMs() - startedMs : 0;
      const waitMs = backoff.pauseMs(lastedMs) + end.leastPauseMs;
      this.log.warn(`${end.why}; trying again in ${(waitMs / 1000).toFixed(1)} s`);
      if (end.isRefused) this.announce('refused');
      await pause(waitMs, this.stop.signal);
    }
  }

  /** Resolves when the cap of the month allows a connection. */
  private async allowed(): Promise<void> {
    while (this.traffic.isOver && !this.stop.signal.aborted) {
      this.state = 'offline';
      await pause(OVER_PAUSE_MS, this.stop.signal);
    }
  }

  /** One session from CONNECT to its end, and why it ended. */
  private async live(): Promise<SessionEnd> {
    const { device } = this;
    const url = await this.address.next(this.stop.signal);
    if (this.stop.signal.aborted) return failed('stopped');
    this.currentSid = randomBytes(12).toString('hex');
    const keepAliveS = Math.min(this.traffic.profile.keepAliveS, this.allowedKeepAliveS);
    const client = this.newClient(url, keepAliveS);
    if (client instanceof Error) {
      this.address.note(url, false);
      return failed(`cannot connect to ${url}: ${client.message}`);
    }
    this.client = client;
    const watch = new SessionWatch(client, this.searchFor(keepAliveS), this.traffic.meter);
    let cause: (Error & { code?: unknown }) | undefined;
    let wasReady = false;
    client.on('error', (error) => {
      cause = error;
    });
    client.on('message', (topic, bytes) => this.receive(topic, bytes));
    client.on('connect', () => {
      // A chunk's last piece must not wait for an acknowledgement (Nagle's algorithm): that costs 40 ms.
      if (client.stream instanceof Socket) client.stream.setNoDelay(true);
      watch.begin(
        () => this.inFlight.size > 0,
        () => {
          cause = new Error('no answer to a ping');
          client.stream.destroy();
        },
      );
      this.introduce(client).then(
        () => {
          wasReady = true;
          this.state = 'online';
          this.wasOnline = true;
          this.log.info(`connected to ${url} as ${device}`);
          this.announce('ready');
        },
        (error: unknown) => {
          cause = error as Error;
          client.end(true);
        },
      );
    });
    await new Promise<void>((resolve) => client.once('close', resolve));
    watch.end();
    const isRenewed = this.client !== client && !this.stop.signal.aborted;
    if (watch.isUnanswered && cause === undefined) this.allowLess(keepAliveS);
    await this.endClient(true);
    if (isRenewed) return { ...failed('session ended: other traffic is allowed now'), wasReady };
    const isRefused = isRefusal(cause);
    this.address.note(url, wasReady || isRefused || isWaiting(cause));
    if (isWaiting(cause)) {
      const why = `device ${device} is not approved yet; approve it (POST /api/v1/devices/${device}/approve)`;
      return { why, isRefused, wasReady, leastPauseMs: WAITING_PAUSE_MS };
    }
    const why = isRefused
      ? `the cloud rejects device ${device}: the device is unknown (create it with POST /api/v1/devices) or its secret is wrong (make a new one with POST /api/v1/devices/${device}/secret)`
      : `${wasReady ? 'connection lost to' : 'cannot connect to'} ${url}${cause ? `: ${reasonOf(cause)}` : ''}`;
    return { why, isRefused, wasReady, leastPauseMs: isRefused ? REFUSED_PAUSE_MS : 0 };
  }

  /** Ends the session, and begins another one under the profile in force, where the cap allows one. */
  private async renew(): Promise<void> {
    const { client } = this;
    await waitAtMost(CLOSE_MS, this.endClient(false));
    client?.stream.destroy();
  }

  /** An error when a file of the certificate cannot be read, or mqtt.js rejects the address; a later attempt may succeed. */
  private newClient(url: string, keepAliveS: number): MqttClient | Error {
    const { sockets } = this.traffic;
    const credential = { url, identity: this.credential.identity };
    try {
      const options = connectOptions(credential, this.statusOf('offline'), keepAliveS);
      const client = connect(url, countedOptions(credential, options, sockets));
      countSocket(credential, client, options, sockets);
      return client;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** A listener that throws ends neither the session nor the process. */
  private announce(event: 'ready' | 'offline' | 'refused'): void {
    try {
      this.emit(event);
    } catch (error) {
      this.log.error(`after '${event}': ${errorText(error)}`);
    }
  }

  /** The search goes on over sessions: most return over the same network. */
  private searchFor(keepAliveS: number): KeepAlive {
    if (this.keepAlive?.ofS !== keepAliveS) {
      const { firstGapS } = this.traffic.profile;
      this.keepAlive = { ofS: keepAliveS, search: new KeepAlive({ keepAliveS, firstGapS }) };
    }
    return this.keepAlive.search;
  }

  /** When not even the least is answered, it was not the keep-alive. */
  private allowLess(keepAliveS: number): void {
    this.allowedKeepAliveS =
      keepAliveS <= LEAST_KEEP_ALIVE_S
        ? Number.POSITIVE_INFINITY
        : Math.max(LEAST_KEEP_ALIVE_S, keepAliveS / 2);
  }

  private async introduce(client: MqttClient): Promise<void> {
    await this.publish('status', this.statusOf('online'));
    await this.publish('birth', await this.start.birth(this.currentSid));
    await this.start.probe();
    const topics = messageNames
      .filter((one) => isSentBy(one, 'cloud'))
      .map((name) => [topicOf(name, this.device), { qos: messages[name].qos }] as const);
    // In one packet: a fleet that returns at once costs the cloud and the link one answer a device.
    const grants = await client.subscribeAsync(Object.fromEntries(topics));
    for (const [topic] of topics) {
      const grant = grants.find((one) => one.topic === topic);
      if (grant === undefined || grant.qos > 2)
        throw new Error(`the cloud rejects the subscription to ${topic}`);
    }
  }

  private receive(topic: string, bytes: Uint8Array): void {
    const name = parseTopic(topic)?.name;
    if (name === undefined || !isSentBy(name, 'cloud')) return;
    noteMessage(this.traffic.meter, name, bytes);
    if (!this.seals.isWhole(name, bytes)) return;
    try {
      // TypeScript cannot pair a name and its payload across a union.
      const emit = this.emit.bind(this) as (event: string, payload: unknown) => boolean;
      emit(name, decodeMessage(name, bytes));
    } catch (error) {
      this.log.error(`message ${name} from the cloud dropped: ${errorText(error)}`);
    }
  }

  private async endClient(isForced: boolean): Promise<void> {
    const { client } = this;
    this.client = undefined;
    for (const fail of this.inFlight) fail(unreachable('the connection was lost'));
    this.inFlight.clear();
    this.estimator.forgetOutstanding();
    await client?.endAsync(isForced).catch(() => undefined);
  }

  private statusOf(state: Status['state']): Status {
    return { v: 1, state, sid: this.currentSid, at: new Date().toISOString() };
  }
}

/** A session that ended before its first message. */
function failed(why: string): SessionEnd {
  return { why, isRefused: false, wasReady: false, leastPauseMs: 0 };
}
