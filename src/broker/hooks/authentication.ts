/** Authenticates a CONNECT: asks the registered authenticator, in bounded time, and throttles clients that keep failing. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock, Config, clientAddressOf, FailureLimit, type Timer } from '../../platform/index.js';
import { Flapping } from '../limits/flapping.js';
import { type IncidentKind, IncidentLog } from '../limits/incident-log.js';
import { CONNACK, type Refusal } from '../sessions/topic-access.js';

export interface Credentials {
  /** The user name, which is the device's id. */
  readonly device: string;
  readonly secret: string;
  /** Whether a verified client certificate names the device and no password was given; then no secret is needed. */
  readonly isCertified: boolean;
  readonly address: string;
}

export type Identity =
  | { readonly kind: 'accepted'; readonly device: string }
  /** The secret is right, but the device is not approved yet. */
  | { readonly kind: 'unapproved'; readonly because: string }
  | { readonly kind: 'refused'; readonly because: string };

/** Identifies the device of credentials. When its promise rejects, the credential counts as unverifiable for now. */
export type Authenticator = (credentials: Credentials) => Promise<Identity>;

export type AuthenticationResult =
  | { readonly kind: 'accepted'; readonly device: string }
  | ({ readonly kind: 'refused'; readonly incident: IncidentKind } & Refusal);

/** A whole site may share one address: its burst of failed logins covers this many minutes. */
const ADDRESS_BURST_MIN = 3;

const rejected = (
  incident: IncidentKind,
  returnCode: Refusal['returnCode'],
  because: string,
): AuthenticationResult => ({ kind: 'refused', incident, returnCode, because });

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

  /** Checks a CONNECT; counts and logs every rejection once, without the secret. */
  async authenticate(
    credentials: Credentials,
    early: Refusal | undefined,
  ): Promise<AuthenticationResult> {
    const { device, address } = credentials;
    const verdict =
      early === undefined
        ? await this.check(credentials)
        : rejected('loginMalformed', early.returnCode, early.because);
    if (verdict.kind === 'refused') {
      const fields = { device: device.slice(0, 80), address };
      this.incidents.report(verdict.incident, fields, verdict.because);
    }
    return verdict;
  }

  private async check(credentials: Credentials): Promise<AuthenticationResult> {
    const { device } = credentials;
    const address = clientAddressOf(credentials.address);
    const pair = `${address} ${device}`;
    const identity = await this.ask(credentials);
    if (identity === undefined)
      return rejected(
        'loginUnverified',
        CONNACK.unavailable,
        'credential not verifiable now; try again later',
      );
    // Asked before the limits: guesses from the same address must not lock out a valid device.
    if (identity.kind === 'accepted' && identity.device === device) return this.begin(credentials);
    if (identity.kind === 'unapproved') {
      return rejected('loginUnapproved', CONNACK.authorization, identity.because);
    }
    const waitMs = Math.max(this.ofDevice.waitMs(pair), this.ofAddress.waitMs(address));
    if (waitMs > 0) {
      return rejected('loginThrottled', CONNACK.unavailable, 'too many recent failed logins');
    }
    this.ofDevice.recordFailure(pair);
    this.ofAddress.recordFailure(address);
    const because =
      identity.kind === 'refused' ? identity.because : 'credential belongs to another device';
    return rejected('loginRefused', CONNACK.credential, because);
  }

  /** Accepts an authenticated device, unless it reconnects too often. */
  private begin({ device, address }: Credentials): AuthenticationResult {
    const banMs = this.flapping.begin(device, address);
    if (banMs === 0) return { kind: 'accepted', device };
    const because = `reconnects too often: banned for ${Math.ceil(banMs / 1000)} s`;
    return rejected('loginBanned', CONNACK.unavailable, because);
  }

  /** The identity from the authenticator; undefined when it fails or times out. */
  private async ask(credentials: Credentials): Promise<Identity | undefined> {
    let timer: Timer | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = this.clock.after(this.config.authenticateTimeoutMs, () => resolve(undefined));
    });
    try {
      return await Promise.race([this.authenticator?.(credentials), late]);
    } catch (error) {
      this.incidents.report('clientFailed', { err: error }, 'authenticator failed');
      return undefined;
    } finally {
      timer?.cancel();
    }
  }
}
