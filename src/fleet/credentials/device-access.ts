/** Whether devices may speak: secrets that are replaced, devices that are approved and revoked. What is kept and what is valid change together. */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type DeviceActor, DeviceDirectory, hashOf, newSecret } from '../../access/index.js';
import { Broker } from '../../broker/index.js';
import { Clock, KeyedBuckets, LimitedLog, Log } from '../../platform/index.js';
import { Fault, unknownDevice } from '../../wire/index.js';
import { FleetStore } from '../store/devices.store.js';
import { type Credential, Credentials, type EndedSecret } from './credentials.js';
import {
  type CredentialChange,
  type CredentialRow,
  DeviceCredentialsStore,
} from './device-credentials.store.js';

/** How often a device may replace its secret by itself. */
const OWN_REPLACEMENTS = { perHour: 10, atOnce: 10 };
const VOID = 'its secret was replaced';

@Injectable()
export class DeviceAccess implements OnModuleInit {
  private readonly lines: LimitedLog;
  private readonly ownReplacements = new KeyedBuckets(
    OWN_REPLACEMENTS.perHour / 3600,
    OWN_REPLACEMENTS.atOnce,
  );

  constructor(
    @Inject(FleetStore) private readonly devices: FleetStore,
    @Inject(DeviceCredentialsStore) private readonly store: DeviceCredentialsStore,
    @Inject(Credentials) private readonly credentials: Credentials,
    @Inject(Broker) private readonly broker: Broker,
    @Inject(DeviceDirectory) private readonly directory: DeviceDirectory,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Log) log: Log,
  ) {
    this.lines = new LimitedLog(log.child({ part: 'fleet' }), clock);
  }

  /** Before the broker and REST listen. */
  async onModuleInit(): Promise<void> {
    const { credentials } = this;
    for (const row of await this.store.credentials()) credentials.set(row.id, credentialOf(row));
    credentials.whenOldEnds((ended) => this.oldEnded(ended));
    this.directory.use({
      standing: (device, secret) => credentials.standing(device, secret),
      standingOfCertified: (device) => credentials.standingOfCertified(device),
      isKnown: (device) => credentials.get(device) !== undefined,
      groupOf: (device) => this.devices.groupOf(device),
    });
    this.broker.useAuthenticator(async ({ device, secret, isCertified }) => {
      const standing = isCertified
        ? credentials.standingOfCertified(device)
        : credentials.standing(device, secret);
      if (standing === 'waiting') {
        return { kind: 'unapproved', because: 'waits for approval' };
      }
      if (standing === 'refused') {
        return { kind: 'refused', because: 'unknown device or wrong secret' };
      }
      credentials.letIn(device, isCertified ? undefined : secret);
      return { kind: 'accepted', device };
    });
  }

  /** Replaces the secret by a generated one, returned only once; see `replace`. */
  async rotate(id: string, overlapMs: number): Promise<string> {
    const secret = newSecret();
    await this.replace(id, secret, overlapMs);
    return secret;
  }

  /**
   * A new secret. The old one is void at once and its session ends; or both are valid for `overlapMs`, and a session that the
   * old one opened ends with it. Throws DEVICE_UNKNOWN.
   */
  async replace(id: string, secret: string, overlapMs: number): Promise<void> {
    await this.inTurn(id, async () => {
      const before = this.credentials.get(id);
      const after = this.renewed(before, secret, overlapMs);
      if (!(await this.store.changeCredential(id, columnsOf(after)))) throw unknownDevice(id);
      // A revoked device stays revoked: its secret opens once it is approved again.
      if (before !== undefined) this.put(id, after);
    });
  }

  /** The same, asked by the device: only while what it has shown opens. Throws VERSION_CONFLICT, RATE_LIMITED. */
  async replaceOwn(device: DeviceActor, secret: string, overlapMs: number): Promise<void> {
    const { id } = device;
    const retryAfterMs = this.ownReplacements.take(id, this.clock.monotonicMs());
    if (retryAfterMs > 0) {
      throw new Fault('RATE_LIMITED', 'the secret was replaced too often', { retryAfterMs });
    }
    await this.inTurn(id, async () => {
      const before = this.credentials.get(id);
      const after = this.renewed(before, secret, overlapMs);
      const isKnown = before !== undefined && this.credentials.isOpener(id, device.secretHash);
      const isChanged =
        isKnown &&
        (await this.store.changeCredential(id, columnsOf(after), {
          access: 'approved',
          secretHash: before.secretHash,
        }));
      if (!isChanged) {
        throw new Fault(
          'VERSION_CONFLICT',
          `device '${id}' was revoked or given a secret meanwhile`,
        );
      }
      this.put(id, after);
    });
  }

  /** Lets a device speak that has enrolled itself, or was revoked and given a new secret. Throws DEVICE_UNKNOWN. */
  async approve(id: string): Promise<void> {
    await this.inTurn(id, async () => {
      const device = await this.devices.find(id);
      const isThere =
        device !== null && (await this.store.changeCredential(id, { access: 'approved' }));
      if (!isThere) throw unknownDevice(id);
      this.credentials.set(id, credentialOf({ ...device, access: 'approved' }));
    });
  }

  /** Voids every credential of a device at once and ends its session; its history stays. Throws DEVICE_UNKNOWN. */
  async revoke(id: string): Promise<void> {
    const change = {
      access: 'revoked',
      // Of a secret that no device has: an approval does not enable the old one again.
      secretHash: hashOf(newSecret()),
      ...{ previousSecretHash: null, previousSecretEndsAt: null },
    } as const;
    const revoke = async () => {
      if (!(await this.store.changeCredential(id, change))) throw unknownDevice(id);
      this.credentials.remove(id);
      this.broker.disconnect(id, 'the device was revoked');
    };
    // Runs however many changes wait: they must not delay a revocation.
    await this.credentials.turns.of(id, revoke, Number.POSITIVE_INFINITY);
  }

  /** A session has begun: it ends when what opened it was made void meanwhile. */
  begun(id: string): void {
    if (!this.credentials.opened(id)) this.broker.disconnect(id, VOID);
  }

  private inTurn(id: string, change: () => Promise<void>): Promise<void> {
    return this.credentials.turns.of(id, change);
  }

  private renewed(before: Credential | undefined, secret: string, overlapMs: number): Credential {
    const endsAt = new Date(this.clock.now().getTime() + overlapMs);
    const hasOld = before !== undefined && overlapMs > 0;
    const previous = hasOld ? { hash: before.secretHash, endsAt } : null;
    return { access: before?.access ?? 'approved', secretHash: hashOf(secret), previous };
  }

  private put(id: string, credential: Credential): void {
    const isStillOpen = this.credentials.set(id, credential);
    if (credential.previous === null || !isStillOpen) this.broker.disconnect(id, VOID);
  }

  private oldEnded({ device, hash, isOpener }: EndedSecret): void {
    if (isOpener) this.broker.disconnect(device, 'its old secret has ended');
    this.store
      .forgetOldSecret(device, hash)
      .catch((error: unknown) => this.lines.warn({ err: error, device }, 'old secret not removed'));
  }
}

/** What is kept of it: not the access, which no new secret changes. */
function columnsOf({ secretHash, previous }: Credential): CredentialChange {
  return {
    secretHash,
    previousSecretHash: previous?.hash ?? null,
    previousSecretEndsAt: previous?.endsAt ?? null,
  };
}

function credentialOf(row: Omit<CredentialRow, 'id'>): Credential {
  const { previousSecretHash: hash, previousSecretEndsAt: endsAt } = row;
  return {
    access: row.access === 'waiting' ? 'waiting' : 'approved',
    secretHash: row.secretHash,
    previous: hash === null || endsAt === null ? null : { hash, endsAt },
  };
}
