/** Hooks of Aedes: they authorise CONNECT, PUBLISH and SUBSCRIBE. */
import { Inject, Injectable } from '@nestjs/common';
import type { AedesOptions, AuthenticateError, Client, ConnectPacket, Subscription } from 'aedes';
import { messages, parseTopic } from '../../wire/index.js';
import { IncidentLog } from '../limits/incident-log.js';
import type { DeviceSession } from '../sessions/device-session.js';
import { DeviceSessions } from '../sessions/device-sessions.js';
import { maySubscribe, type Refusal, refusalOf } from '../sessions/topic-access.js';
import { Authentication } from './authentication.js';
import { InboundMessages } from './inbound-messages.js';
import { leanSubscriptions } from './lean-client.js';
import { RetainedDocuments } from './retained-documents.js';

type Hooks = Required<
  Pick<AedesOptions, 'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe'>
>;
type Authenticated = Parameters<Hooks['authenticate']>[3];

const REFUSED_QOS = 128;
/** Connections are probed after a minute of silence (see Listeners), unless the keep-alive is longer. */
const PROBED_AFTER_S = 60;

@Injectable()
export class AedesHooks {
  constructor(
    @Inject(DeviceSessions) private readonly sessions: DeviceSessions,
    @Inject(Authentication) private readonly authentication: Authentication,
    @Inject(InboundMessages) private readonly inbound: InboundMessages,
    @Inject(RetainedDocuments) private readonly retained: RetainedDocuments,
    @Inject(IncidentLog) private readonly incidents: IncidentLog,
  ) {}

  /** The hooks as options of Aedes. */
  readonly options: Hooks = {
    preConnect: (client, packet, done) => {
      this.examine(client, packet);
      done(null, true);
    },
    authenticate: (client, username, _password, done) => {
      const session = this.sessions.ofClient(client);
      if (session === undefined) return;
      void this.authenticate(session, username ?? session.certified ?? '', done);
    },
    authorizePublish: (client, packet, done) => {
      const session = this.sessions.ofClient(client);
      const device = session?.device;
      if (session === undefined || device === undefined)
        done(new Error('publish without a session'));
      else done(this.inbound.accept(session, device, packet));
    },
    authorizeSubscribe: (client, subscription, done) => {
      done(null, this.grant(client, subscription));
    },
  };

  /** Called when the SUBACK is sent: starts delivery of these topics, retained documents first. */
  subscribed(client: Client, subscriptions: readonly Subscription[]): void {
    leanSubscriptions(client, subscriptions);
    const session = this.sessions.ofClient(client);
    for (const { topic } of subscriptions.filter(({ qos }) => qos < REFUSED_QOS)) {
      session?.listen(topic);
      const parsed = parseTopic(topic);
      const bytes = this.retained.of(topic);
      if (parsed === undefined || bytes === undefined) continue;
      session?.deliver({ topic, bytes, qos: messages[parsed.name].qos, retain: true });
      // A few bytes ask for megabytes: they count as if the client had sent them.
      session?.guard.charge(0, bytes.length);
    }
  }

  unsubscribed(client: Client, topics: readonly string[]): void {
    const session = this.sessions.ofClient(client);
    for (const topic of topics) session?.ignore(topic);
  }

  /**
   * Makes every session clean: documents for a device are retained, and devices resend what must not be lost. Aedes keeps the packet
   * as long as the connection lives: parts of it that are bytes would keep all bytes that came with them.
   */
  private examine(client: Client, packet: ConnectPacket): void {
    packet.clean = true;
    const session = this.sessions.ofClient(client);
    if (session === undefined) return;
    const { clientId, username, password, will, keepalive = 0 } = packet;
    if (keepalive > PROBED_AFTER_S) session.guard.probeAfter(1000 * keepalive);
    const { certified } = session;
    session.refusal = refusalOf({ clientId, certified, username, password, will });
    session.secret = password?.toString('utf8');
    Object.assign(packet, { password: undefined });
    if (will !== undefined) will.payload = will.payload.toString('utf8');
  }

  private async authenticate(
    session: DeviceSession,
    device: string,
    done: Authenticated,
  ): Promise<void> {
    const { guard, secret: given } = session;
    session.secret = undefined;
    // A password that is given has to be right, with or without a certificate, as over HTTPS.
    const isCertified = given === undefined && session.certified === device;
    const credentials = { device, secret: given ?? '', isCertified, address: guard.address };
    const verdict = await this.authentication.authenticate(credentials, session.refusal);
    if (verdict.kind === 'refused') {
      guard.endReason ??= verdict.because;
      done(refusalError(verdict), false);
      return;
    }
    session.device = verdict.device;
    guard.authenticated();
    this.sessions.begin(verdict.device, session);
    done(null, true);
  }

  private grant(client: Client, subscription: Subscription): Subscription | null {
    const session = this.sessions.ofClient(client);
    const device = session?.device;
    if (device !== undefined && maySubscribe(device, subscription.topic)) return subscription;
    const fields = { device, filter: subscription.topic.slice(0, 200) };
    this.incidents.report(
      'subscriptionRefused',
      fields,
      'device is not allowed to subscribe to this topic',
    );
    return null;
  }
}

function refusalError({ returnCode, because }: Refusal): AuthenticateError {
  return Object.assign(new Error(because), { returnCode });
}
