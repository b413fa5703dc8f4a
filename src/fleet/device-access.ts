/** Whether devices may speak: secrets that are replaced, devices that are approved and revoked. What is kept and what is valid change together. */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DeviceDirectory, hashOf, newSecret } from '../access/index.js';
import { Broker } from '../broker/index.js';
import { Clock, Log } from '../platform/index.js';
import { type Credential, Credentials, type EndedSecret } from './credentials.js';
import { type CredentialRow, DeviceCredentialsStore } from './device-credentials.store.js';
import { unknownDevice } from './device-requests.js';
import { FleetStore } from './fleet.store.js';

@Injectable()
export class DeviceAccess implements OnModuleInit {
  private readonly log: Log;

  constructor(
    @Inject(FleetStore) private readonly devices: FleetStore,
    @Inject(DeviceCredentialsStore) private readonly store: DeviceCredentialsStore,
    @Inject(Credentials) private readonly credentials: Credentials,
    @Inject(Broker) private readonly broker: Broker,
    @Inject(DeviceDirectory) private readonly directory: DeviceDirectory,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Log) log: Log,
  ) {
    this.log = log.child({ part: 'fleet' });
  }

  /** Before the broker and REST listen. */
  async onModuleInit(): Promise<void> {
    const { credentials } = this;
    for (const row of await this.store.credentials()) credentials.set(row.id, credentialOf(row));
    credentials.whenOldEnds((ended) => this.oldEnded(ended));
    this.directory.use({
      standing: (device, secret) => credentials.standing(device, secret),
      standingOfCertified: (device) => credentials.standingOfCertified(device),
      groupOf: (device) => this.devices.groupOf(device),
    });
    this.broker.useAuthenticator(async ({ device, secret, isCertified }) => {
      const standing = isCertified
        ? credentials.standingOfCertified(device)
        : credentials.standing(device, secret);
      if (standing === 'waiting') {
        return { kind: 'unapproved', because: 'it waits for an approval' };
      }
      if (standing === 'refused') {
        return { kind: 'refused', because: 'unknown device or wrong secret' };
      }
      credentials.opened(device, isCertified ? undefined : secret);
      return { kind: 'accepted', device };
    });
  }

  /** A secret of the service's own making, told this once; see `replace`. */
  async rotate(id: string, overlapMs: number): Promise<string> {
    const secret = newSecret();
    await this.replace(id, secret, overlapMs);
    return secret;
  }

  /**
   * A new secret. The old one is void at once and its session ends; or both are valid for so many ms, and a session that the
   * old one opened ends with it. Throws DEVICE_UNKNOWN.
   */
  async replace(id: string, secret: string, overlapMs: number): Promise<void> {
    const before = this.credentials.get(id);
    const secretHash = hashOf(secret);
    const previous =
      before === undefined || overlapMs === 0
        ? null
        : { hash: before.secretHash, endsAt: new Date(this.clock.now().getTime() + overlapMs) };
    const change = {
      secretHash,
      previousSecretHash: previous?.hash ?? null,
      previousSecretEndsAt: previous?.endsAt ?? null,
    };
    if (!(await this.store.changeCredential(id, change))) throw unknownDevice(id);
    // A revoked device stays revoked: its secret opens once it is approved again.
    if (before === undefined) return;
    this.credentials.set(id, { access: before.access, secretHash, previous });
    if (previous === null) this.broker.disconnect(id, 'its secret was replaced');
  }

  /** Lets a device speak that has enrolled itself, or was revoked and given a new secret. Throws DEVICE_UNKNOWN. */
  async approve(id: string): Promise<void> {
    const device = await this.devices.find(id);
    if (device === null) throw unknownDevice(id);
    await this.store.changeCredential(id, { access: 'approved' });
    this.credentials.set(id, credentialOf({ ...device, access: 'approved' }));
  }

  /** Voids every credential of a device at once and ends its session; its history stays. Throws DEVICE_UNKNOWN. */
  async revoke(id: string): Promise<void> {
    const change = {
      access: 'revoked',
      // Of a secret that nobody was told: the old one does not come back with an approval.
      secretHash: hashOf(newSecret()),
      ...{ previousSecretHash: null, previousSecretEndsAt: null },
    } as const;
    if (!(await this.store.changeCredential(id, change))) throw unknownDevice(id);
    this.credentials.remove(id);
    this.broker.disconnect(id, 'the device was revoked');
  }

  private oldEnded({ device, hash, isOpener }: EndedSecret): void {
    if (isOpener) this.broker.disconnect(device, 'its old secret has ended');
    this.store
      .forgetOldSecret(device, hash)
      .catch((error: unknown) => this.log.warn({ err: error, device }, 'an old secret is kept'));
  }
}

function credentialOf(row: Omit<CredentialRow, 'id'>): Credential {
  const { previousSecretHash: hash, previousSecretEndsAt: endsAt } = row;
  return {
    access: row.access === 'waiting' ? 'waiting' : 'approved',
    secretHash: row.secretHash,
    previous: hash === null || endsAt === null ? null : { hash, endsAt },
  };
}
