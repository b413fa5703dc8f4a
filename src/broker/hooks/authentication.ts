/** Decides who may connect: asks the registered authenticator, in bounded time, and slows down those who keep failing. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock, Config, FailureLimit, type Timer } from '../../platform/index.js';
import { Flapping } from '../limits/flapping.js';
import { IncidentLog } from '../limits/incident-log.js';
import { CONNACK, type Refusal } from '../sessions/topic-access.js';

export interface Credentials {
  /** The user name, which is the device's id. */
  readonly device: string;
  readonly secret: string;
  /** Whether a verified client certificate names the device; then there need be no secret. */
  readonly isCertified: boolean;
  readonly address: string;
}

export type Identity =
  | { readonly kind: 'accepted'; readonly device: string }
  /** The secret is right, but nobody has approved the device yet. */
  | { readonly kind: 'unapproved'; readonly because: string }
  | { readonly kind: 'refused'; readonly because: string };

/** Says whose credentials these are. A rejection counts as “cannot tell now”. */
export type Authenticator = (credentials: Credentials) => Promise<Identity>;

export type AuthenticationResult =
  | { readonly kind: 'accepted'; readonly device: string }
  | ({ readonly kind: 'refused' } & Refusal);

/** A whole site may sit behind one address: it may fail so many minutes' worth at once. */
const ADDRESS_BURST_MIN = 3;

const refused = (returnCode: Refusal['returnCode'], because: string): AuthenticationResult => ({
  kind: 'refused',
  returnCode,
  because,
});

@Injectable()
export class Authentication {
  private authenticator: Authenticator | undefined;
  private readonly ofDevice: FailureLimit;
  private readonly ofAddress: FailureLimit;

  constructor(
    @Inject(Config) private readonly config: Config,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Flapping) private readonly flapping: Flapping,
    @Inject(IncidentLog) private readonly incidents: IncidentLog,
  ) {
    const { loginFailuresPerMinute: device, addressLoginFailuresPerMinute: address } = config;
    this.ofDevice = new FailureLimit(device, device, clock);
    this.ofAddress = new FailureLimit(ADDRESS_BURST_MIN * address, address, clock);
  }

  use(authenticator: Authenticator): void {
    this.authenticator = authenticator;
  }

  /** Checks a CONNECT; every refusal is counted and logged, without the secret. */
  async authenticate(
    credentials: Credentials,
    early: Refusal | undefined,
  ): Promise<AuthenticationResult> {
    const { device, address } = credentials;
    const verdict =
      early === undefined
        ? await this.check(credentials)
        : refused(early.returnCode, early.because);
    if (verdict.kind === 'refused') {
      this.incidents.report(
        'loginRefused',
        { device: device.slice(0, 80), address },
        verdict.because,
      );
    }
    return verdict;
  }

  private async check(credentials: Credentials): Promise<AuthenticationResult> {
    const { device, address } = credentials;
    const pair = `${address} ${device}`;
    const identity = await this.ask(credentials);
    if (identity === undefined)
      return refused(CONNACK.unavailable, 'the credential cannot be checked now');
    // Asked first: others behind the same address, who guess, must not lock out who need not.
    if (identity.kind === 'accepted' && identity.device === device) return this.begin(credentials);
    if (identity.kind === 'unapproved') return refused(CONNACK.authorization, identity.because);
    const waitMs = Math.max(this.ofDevice.waitMs(pair), this.ofAddress.waitMs(address));
    if (waitMs > 0) {
      this.incidents.report(
        'loginThrottled',
        { device, address, waitMs },
        'too many failed logins',
      );
      return refused(CONNACK.unavailable, 'too many failed logins lately');
    }
    this.ofDevice.recordFailure(pair);
    this.ofAddress.recordFailure(address);
    const because =
      identity.kind === 'refused' ? identity.because : 'the credential is of another device';
    return refused(CONNACK.credential, because);
  }

  /** Who is known may begin a session, unless it has begun too many lately. */
  private begin({ device, address }: Credentials): AuthenticationResult {
    const banMs = this.flapping.begin(device, address);
    if (banMs === 0) return { kind: 'accepted', device };
    const because = `it connects over and over: banned for ${Math.ceil(banMs / 1000)} s`;
    return refused(CONNACK.unavailable, because);
  }

  /** The authenticator's answer; undefined when there is none in time. */
  private async ask(credentials: Credentials): Promise<Identity | undefined> {
    let timer: Timer | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = this.clock.after(this.config.authenticateTimeoutMs, () => resolve(undefined));
    });
    try {
      return await Promise.race([this.authenticator?.(credentials), late]);
    } catch (error) {
      this.incidents.report('clientFailed', { err: error }, 'the authenticator failed');
      return undefined;
    } finally {
      timer?.cancel();
    }
  }
}
