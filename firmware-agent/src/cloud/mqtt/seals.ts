/** Documents of the cloud as they were sent: one with a seal is hashed before it is read, and a damaged one is asked for again. */
import { createHash } from 'node:crypto';
import { type MessageName, messages, type Row, sealOf } from '../../../../src/wire/index.js';
import { monotonicMs, pause } from '../../clock.js';
import { Backoff } from '../rest/backoff.js';

/** Bounds of the pause before a document is asked for again: where memory is bad, every one is damaged. */
const BASE_MS = 1000;
const CAP_MS = 60_000;

export interface SealHost {
  readonly onDamaged: (name: MessageName) => void;
  /** Subscribes to a document again, which makes the cloud send it. */
  readonly askAgain: (name: MessageName) => Promise<unknown>;
  /** Aborts when nothing more is asked for. */
  readonly signal: AbortSignal;
}

export class Seals {
  private readonly backoff = new Backoff(BASE_MS, CAP_MS);
  private damagedAtMs = monotonicMs();

  constructor(private readonly host: SealHost) {}

  /** False for bytes that are not those that were sealed. Services of earlier versions seal nothing: that is unknown, and taken. */
  isWhole(name: MessageName, bytes: Uint8Array): boolean {
    const seal = (messages[name] as Row<unknown>).isSealed === true ? sealOf(bytes) : undefined;
    if (seal === undefined) return true;
    if (createHash('sha256').update(seal.content).digest('hex') === seal.sha256) return true;
    this.host.onDamaged(name);
    void this.askAgain(name);
    return false;
  }

  private async askAgain(name: MessageName): Promise<void> {
    const nowMs = monotonicMs();
    const waitMs = this.backoff.pauseMs(nowMs - this.damagedAtMs);
    this.damagedAtMs = nowMs;
    await pause(waitMs, this.host.signal);
    // Without a connection, the next one brings the document.
    if (!this.host.signal.aborted) await this.host.askAgain(name).catch(() => undefined);
  }
}
