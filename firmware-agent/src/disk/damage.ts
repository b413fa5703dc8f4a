/** What the agent found damaged since its start and did not use: documents, blocks, lines of the ledger, messages. */
import type { Log } from '../log.js';

const TEXT_CHARACTERS = 500;

export class Damage {
  private found = 0;
  private newest: string | undefined;

  constructor(private readonly log: Log) {}

  /** Counts and logs something damaged; `then` says what the agent does without it. */
  note(what: string, then: string): void {
    this.found += 1;
    this.newest = what;
    this.log.warn(`${what}: ${then}`);
  }

  /** For telemetry; nothing while nothing was found. */
  figures(): { damageFound?: number; lastDamage?: string } {
    if (this.newest === undefined) return {};
    return { damageFound: this.found, lastDamage: this.newest.slice(0, TEXT_CHARACTERS) };
  }
}
