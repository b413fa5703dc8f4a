/** The keys that open the REST interface: the configured one, or one made at the first start and printed that once. */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Config } from '../platform/index.js';
import { OperatorKeyStore } from './operator-key.store.js';
import { hashOf, isSecretOf, newSecret } from './secret.js';

/** Ids of the two keys there can be. */
const CONFIGURED = 'configured';
const FIRST_START = 'first-start';

@Injectable()
export class OperatorKeys implements OnModuleInit {
  private hashes: readonly string[] = [];

  constructor(
    @Inject(Config) private readonly config: Config,
    @Inject(OperatorKeyStore) private readonly store: OperatorKeyStore,
  ) {}

  /** A configured key replaces the configured one of before, and is void once it is no longer configured. */
  async onModuleInit(): Promise<void> {
    const { operatorKey } = this.config;
    if (operatorKey === undefined) await this.store.remove(CONFIGURED);
    else
      await this.store.put({
        id: CONFIGURED,
        name: 'FLOTILLA_OPERATOR_KEY',
        hash: hashOf(operatorKey),
      });
    if ((await this.store.all()).length === 0) await this.makeFirst();
    this.hashes = (await this.store.all()).map(({ hash }) => hash);
  }

  /** True for a key that opens the REST interface; compares with every key, so that time tells nothing. */
  isKey(key: string): boolean {
    return this.hashes.filter((hash) => isSecretOf(hash, key)).length > 0;
  }

  private async makeFirst(): Promise<void> {
    const key = newSecret();
    await this.store.put({ id: FIRST_START, name: 'made at the first start', hash: hashOf(key) });
    process.stdout.write(
      `Operator key: ${key}\n  Keep it: it opens the REST interface, and is not shown again.\n`,
    );
  }
}
