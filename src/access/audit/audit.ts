/** The audit log: who changed what, when, and how that looked before and after. */
import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../platform/index.js';
import { AuditEntriesStore, type AuditEntry, type AuditPage } from './audit-entries.store.js';
import { forAudit } from './redacted.js';

/** An entry without what the log adds. */
export type Change = Omit<AuditEntry, 'id' | 'at'>;

/** Digits of base 36 that hold a time in ms, and the changes of that ms. */
const TIME_DIGITS = 9;
const COUNT_DIGITS = 4;

@Injectable()
export class Audit {
  private count = 0;

  constructor(
    @Inject(AuditEntriesStore) private readonly store: AuditEntriesStore,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Keeps a change, without secrets. */
  async record({ asked, before, after, ...change }: Change): Promise<void> {
    const at = this.clock.now();
    const documents = { asked: forAudit(asked), before: forAudit(before), after: forAudit(after) };
    await this.store.add({ id: this.nextId(at), at, ...change, ...documents });
  }

  page(page: AuditPage): Promise<AuditEntry[]> {
    return this.store.page(page);
  }

  /** Removes entries from before then, at most `max`; returns how many. */
  removeOlder(at: Date, max: number): Promise<number> {
    return this.store.removeBefore(digits(at.getTime(), TIME_DIGITS), max);
  }

  /** Grows with time, also within one ms; the random end keeps ids of two runs apart. */
  private nextId(at: Date): string {
    this.count = (this.count + 1) % 36 ** COUNT_DIGITS;
    const time = digits(at.getTime(), TIME_DIGITS);
    return `${time}${digits(this.count, COUNT_DIGITS)}${randomBytes(3).toString('hex')}`;
  }
}

function digits(value: number, length: number): string {
  return value.toString(36).padStart(length, '0');
}
