/**
 * The hashes of all device secrets, in memory: a reconnect storm costs the database nothing, and a revoked secret is
 * void at once. One process owns the database, so no other can change them; 10,000 devices take about 3 MB.
 *
 * While a secret is replaced, the old and the new one are valid; a session that the old one opened ends with it.
 */
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { hashOf, isSecretOf, newSecret, type Standing } from '../../access/index.js';
import { Clock, type Timer } from '../../platform/index.js';
import { Turns } from './turns.js';

/** What is known of a device's credential; a revoked device has none. */
export interface Credential {
  readonly access: 'approved' | 'waiting';
  readonly secretHash: string;
  /** The secret before, while it is still valid. */
  readonly previous: { readonly hash: string; readonly endsAt: Date } | null;
}

export interface EndedSecret {
  readonly device: string;
  readonly hash: string;
  /** Whether it had opened the device's session. */
  readonly isOpener: boolean;
}

/** Compared with when the device is unknown, so that the time of an answer does not reveal which ids exist. */
const NO_DEVICE = hashOf(newSecret());

@Injectable()
export class Credentials implements OnModuleDestroy {
  private readonly known = new Map<string, Credential>();
  private readonly ends = new Map<string, Timer>();
  /** The hash a device was last let in with; null: by a certificate. */
  private readonly letInBy = new Map<string, string | null>();
  /** What opened a device's live session. */
  private readonly openedBy = new Map<string, string | null>();
  /** Changes of a credential, in the database and then here, run in turn. */
  readonly turns = new Turns();
  private onEnd: (ended: EndedSecret) => void = () => undefined;

  constructor(@Inject(Clock) private readonly clock: Clock) {}

  onModuleDestroy(): void {
    for (const timer of this.ends.values()) timer.cancel();
  }

  /** Calls `listener` for every old secret that ends. */
  whenOldEnds(listener: (ended: EndedSecret) => void): void {
    this.onEnd = listener;
  }

  get(device: string): Credential | undefined {
    return this.known.get(device);
  }

  /** False when it makes void what opened the device's live session. */
  set(device: string, credential: Credential): boolean {
    this.known.set(device, credential);
    this.ends.get(device)?.cancel();
    this.ends.delete(device);
    const { previous } = credential;
    if (previous !== null) {
      const leftMs = Math.max(0, previous.endsAt.getTime() - this.clock.now().getTime());
      this.ends.set(
        device,
        this.clock.after(leftMs, () => this.endOld(device)),
      );
    }
    return this.isOpener(device, this.openedBy.get(device) ?? null);
  }

  remove(device: string): void {
    this.ends.get(device)?.cancel();
    this.ends.delete(device);
    this.letInBy.delete(device);
    this.openedBy.delete(device);
    this.known.delete(device);
  }

  /** Whether this is a secret of the device that is valid now, and what it opens. */
  standing(device: string, secret: string): Standing {
    const credential = this.known.get(device);
    const hash = this.matching(credential, secret);
    return credential === undefined || hash === undefined ? 'refused' : credential.access;
  }

  /** The same of a device whose certificate was verified. */
  standingOfCertified(device: string): Standing {
    return this.known.get(device)?.access ?? 'refused';
  }

  /** Whether this opens the device now: the hash of a secret, or null for a certificate. */
  isOpener(device: string, hash: string | null): boolean {
    const credential = this.known.get(device);
    if (credential?.access !== 'approved') return false;
    return hash === null || hash === credential.secretHash || hash === this.oldHash(credential);
  }

  /** The device may open a session, by its secret or by its certificate; whether it does is not decided yet. */
  letIn(device: string, secret: string | undefined): void {
    const hash = secret === undefined ? null : hashOf(secret);
    // The same text as the credential's, which is kept anyway: 80 bytes a device.
    const known = this.known.get(device)?.secretHash;
    this.letInBy.set(device, hash === known ? (known ?? null) : hash);
  }

  /** The session has begun. False when what opened it is void by now. */
  opened(device: string): boolean {
    const hash = this.letInBy.get(device) ?? null;
    this.openedBy.set(device, hash);
    return this.isOpener(device, hash);
  }

  private matching(credential: Credential | undefined, secret: string): string | undefined {
    const current = credential?.secretHash ?? NO_DEVICE;
    const old = credential === undefined ? NO_DEVICE : (this.oldHash(credential) ?? NO_DEVICE);
    // Both are compared, whatever the first says.
    const isOld = isSecretOf(old, secret);
    if (isSecretOf(current, secret)) return current;
    return isOld ? old : undefined;
  }

  /** Of the secret before, while it is valid. */
  private oldHash({ previous }: Credential): string | undefined {
    return previous !== null && previous.endsAt > this.clock.now() ? previous.hash : undefined;
  }

  private endOld(device: string): void {
    const credential = this.known.get(device);
    const old = credential?.previous?.hash;
    if (credential === undefined || old === undefined) return;
    this.known.set(device, { ...credential, previous: null });
    this.ends.delete(device);
    this.onEnd({ device, hash: old, isOpener: this.openedBy.get(device) === old });
  }
}
