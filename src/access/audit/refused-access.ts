/**
 * Refused access of operators in the audit log: wrong, revoked and expired keys, guesses, and keys without the permission.
 *
 * Rejections of one key, or of one address, are one entry an hour, with their number. An hour has a bounded number of entries: clients
 * must not be able to fill the disk. The log has a line for each, at a bounded rate; metrics count them all.
 */
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnModuleInit,
} from '@nestjs/common';
import {
  Clock,
  clientAddressOf,
  HttpRefusals,
  LimitedLog,
  Log,
  type RefusedRequest,
  type Timer,
} from '../../platform/index.js';
import { Audit, type Change } from './audit.js';

export const WINDOW_MS = 3_600_000;
/** Keys and addresses that have entries of their own in an hour; for all others there is one for each reason. */
export const MAX_SOURCES = 16;
/** What stands for an address in the entry of all others. */
export const OTHERS = 'others';

/** Reasons that are about operators. Devices have no part in the audit log, nor has a request without a credential. */
const REASONS: ReadonlySet<RefusedRequest['reason']> = new Set([
  'credentialWrong',
  'credentialVoid',
  'guessing',
  'forbidden',
]);

interface Source {
  readonly first: RefusedRequest;
  readonly address: string;
  readonly firstAt: Date;
  lastAt: Date;
  requests: number;
}

/** Rejections since the last entries, by who and why; bounded whatever clients send. */
export class RefusedSources {
  private readonly sources = new Map<string, Source>();
  private own = 0;

  /** Counts one at a time. */
  add(refused: RefusedRequest, at: Date): void {
    const address = clientAddressOf(refused.address);
    const key = `${refused.reason} ${refused.who ?? address}`;
    const known = this.sources.get(key);
    if (known !== undefined) count(known, at);
    else if (this.own < MAX_SOURCES) {
      this.own += 1;
      this.sources.set(key, { first: refused, address, firstAt: at, lastAt: at, requests: 1 });
    } else this.addToOthers(refused, at);
  }

  /** The entries of what was counted, which is then forgotten. */
  take(): Change[] {
    const changes = [...this.sources.values()].map(entryOf);
    this.sources.clear();
    this.own = 0;
    return changes;
  }

  private addToOthers({ reason, status }: RefusedRequest, at: Date): void {
    const others = this.sources.get(reason);
    if (others !== undefined) {
      count(others, at);
      return;
    }
    const first = { reason, status, who: undefined, address: OTHERS, request: '' };
    this.sources.set(reason, { first, address: OTHERS, firstAt: at, lastAt: at, requests: 1 });
  }
}

function count(source: Source, at: Date): void {
  source.requests += 1;
  source.lastAt = at;
}

function entryOf({ first, address, firstAt, lastAt, requests }: Source): Change {
  const { reason, who, request, status } = first;
  const [kind, id] = who?.split(' ') ?? [];
  return {
    actor: who ?? 'anonymous',
    ...{ address, request, action: `refused: ${reason}` },
    subject: kind === 'operator' ? `keys/${id}` : 'keys',
    status,
    ...{ asked: null, before: null },
    after: { requests, firstAt: firstAt.toISOString(), lastAt: lastAt.toISOString() },
  };
}

@Injectable()
export class RefusedAccess implements OnModuleInit, BeforeApplicationShutdown {
  private readonly sources = new RefusedSources();
  private readonly lines: LimitedLog;
  private timer: Timer | undefined;

  constructor(
    @Inject(HttpRefusals) private readonly refusals: HttpRefusals,
    @Inject(Audit) private readonly audit: Audit,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Log) log: Log,
  ) {
    this.lines = new LimitedLog(log.child({ part: 'access' }), clock);
  }

  onModuleInit(): void {
    this.refusals.onRequest((refused) => {
      if (!REASONS.has(refused.reason) || refused.who?.startsWith('device ')) return;
      this.sources.add(refused, this.clock.now());
      this.timer ??= this.clock.after(WINDOW_MS, () => void this.write());
    });
  }

  /** Before the database closes. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.write();
  }

  /** Writes the entries of the hour so far. */
  async write(): Promise<void> {
    this.timer?.cancel();
    this.timer = undefined;
    for (const change of this.sources.take()) {
      await this.audit.record(change).catch((error: unknown) => {
        const fields = { err: error, action: change.action, actor: change.actor };
        this.lines.error({ ...fields, after: change.after }, 'refused access not recorded');
      });
    }
  }
}
