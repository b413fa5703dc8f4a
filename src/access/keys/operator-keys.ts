/**
 * The keys that open the REST interface: the configured one, or one made at the first start and printed that once, those
 * that admins make, and those of `flotilla key new`. All are in memory, by hash: a request costs the database nothing, a revoked key is void at once.
 */
import { randomBytes } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock, Config, type Role } from '../../platform/index.js';
import { Fault } from '../../wire/index.js';
import type { Actor, Groups } from './actor.js';
import { OperatorKeyStore, type StoredKey } from './operator-key.store.js';
import { hashOf, newSecret } from './secret.js';

/** Ids of the two keys that are not made over REST. */
const CONFIGURED = 'configured';
const FIRST_START = 'first-start';
/** Names of the first key, before it is printed and after: a start may die between the two. */
const UNPRINTED_NAME = 'made at the first start, not printed yet';
const FIRST_NAME = 'made at the first start';
/** So that a key is known for one wherever it is found. */
const PREFIX = 'flo_';

interface NewKey {
  readonly name: string;
  readonly role: Role;
  readonly groups: Groups;
  readonly expiresAt: Date | null;
}

/** The key of a first start, to be printed once the service can be reached. */
export interface FirstKey {
  readonly key: string;
  /** Whether an earlier start made one and ended before it was known to be printed; that one is void. */
  readonly isSecond: boolean;
  /** Notes that it was printed: no later start makes another one. */
  printed(): Promise<void>;
}

@Injectable()
export class OperatorKeys implements OnModuleInit {
  private byHash: ReadonlyMap<string, StoredKey> = new Map();

  constructor(
    @Inject(Config) private readonly config: Pick<Config, 'operatorKey'>,
    @Inject(OperatorKeyStore) private readonly store: OperatorKeyStore,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** A configured key replaces the configured one of before, and is void once it is no longer configured. */
  async onModuleInit(): Promise<void> {
    const { operatorKey } = this.config;
    await this.load();
    // What has not changed is not written: the service also starts on a full disk.
    const stored = this.list().find(({ id }) => id === CONFIGURED);
    if (operatorKey === undefined) {
      if (stored !== undefined) await this.store.remove(CONFIGURED);
    } else if (stored?.hash !== hashOf(operatorKey) || !this.isValid(stored)) {
      await this.store.put(this.adminKey(CONFIGURED, 'FLOTILLA_OPERATOR_KEY', operatorKey));
    }
    await this.load();
  }

  /** The first key, where no admin has one yet: made now, valid at once, and in place of one that was never printed. */
  async makeFirst(): Promise<FirstKey | undefined> {
    if (this.admins().length > 0) return undefined;
    const isSecond = this.list().some(isUnprinted);
    const key = `${PREFIX}${newSecret()}`;
    const stored = this.adminKey(FIRST_START, UNPRINTED_NAME, key);
    await this.store.put(stored);
    await this.load();
    const printed = async () => {
      await this.store.put({ ...stored, name: FIRST_NAME });
      await this.load();
    };
    return { key, isSecond, printed };
  }

  /** Who holds the key; undefined for one that is unknown, expired or revoked. Found by its hash, so that timing reveals nothing. */
  find(key: string): Extract<Actor, { kind: 'operator' }> | undefined {
    const found = this.byHash.get(hashOf(key));
    if (found === undefined || !this.isValid(found)) return undefined;
    const { id, role, groups } = found;
    return { kind: 'operator', id, role, groups };
  }

  /** The id of a key that was revoked or has expired; undefined for one that opens, or that never was. */
  findVoid(key: string): string | undefined {
    const found = this.byHash.get(hashOf(key));
    return found === undefined || this.isValid(found) ? undefined : found.id;
  }

  list(): StoredKey[] {
    return [...this.byHash.values()];
  }

  /** Throws KEY_UNKNOWN. */
  get(id: string): StoredKey {
    const found = this.list().find((key) => key.id === id);
    if (found === undefined) throw new Fault('KEY_UNKNOWN', `key '${id}' not found`);
    return found;
  }

  /** Makes a key; its text is shown only once. */
  async create(asked: NewKey): Promise<{ stored: StoredKey; key: string }> {
    const key = `${PREFIX}${newSecret()}`;
    const id = randomBytes(6).toString('hex');
    const own = { id, hash: hashOf(key), createdAt: this.clock.now(), revokedAt: null };
    const stored = { ...asked, ...own };
    await this.store.put(stored);
    await this.load();
    return { stored, key };
  }

  /** Ends a key at once. Throws KEY_UNKNOWN, and KEY_NEEDED for the last one that may make others. */
  async revoke(id: string): Promise<void> {
    const key = this.get(id);
    if (key.revokedAt !== null) return;
    if (id === CONFIGURED) {
      throw new Fault('KEY_NEEDED', 'this key is configured: change FLOTILLA_OPERATOR_KEY');
    }
    const others = this.admins().filter((admin) => admin.id !== id);
    if (others.length === 0) {
      throw new Fault('KEY_NEEDED', 'cannot revoke the last admin key; create another one first');
    }
    await this.store.revoke(id, this.clock.now());
    await this.load();
  }

  /** Keys that rule over keys, and do so for good: one that expires, or that was never printed, would lock everybody out. */
  private admins(): StoredKey[] {
    return this.list().filter(
      (key) =>
        key.role === 'admin' && key.expiresAt === null && !isUnprinted(key) && this.isValid(key),
    );
  }

  private isValid({ revokedAt, expiresAt }: StoredKey): boolean {
    return revokedAt === null && (expiresAt === null || expiresAt > this.clock.now());
  }

  private async load(): Promise<void> {
    this.byHash = new Map((await this.store.all()).map((key) => [key.hash, key]));
  }

  private adminKey(id: string, name: string, key: string): StoredKey {
    const ever = { expiresAt: null, revokedAt: null };
    const createdAt = this.clock.now();
    return { id, name, hash: hashOf(key), role: 'admin', groups: null, createdAt, ...ever };
  }
}

function isUnprinted({ id, name }: StoredKey): boolean {
  return id === FIRST_START && name === UNPRINTED_NAME;
}
