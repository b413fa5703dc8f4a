/** Answers to writes with an Idempotency-Key in the database, sealed, for a day. */
import { Inject, Injectable } from '@nestjs/common';
import { Database } from '../../platform/index.js';

/** Whose key it is; the same key of another actor is another one. */
export interface AnswerPlace {
  readonly actor: string;
  readonly key: string;
}

export interface KeptAnswer {
  readonly fingerprint: string;
  /** Sealed; null while the write has begun and not ended. */
  readonly answer: string | null;
  readonly expiresAt: Date;
}

@Injectable()
export class IdempotentAnswersStore {
  private readonly client: Database['client'];

  constructor(@Inject(Database) database: Database) {
    this.client = database.client;
  }

  async find(place: AnswerPlace): Promise<KeptAnswer | null> {
    return this.client.idempotentAnswer.findUnique({ where: { actor_key: place } });
  }

  /** Writes it, in place of one that has expired. */
  async put(place: AnswerPlace, kept: KeptAnswer): Promise<void> {
    await this.client.idempotentAnswer.upsert({
      where: { actor_key: place },
      create: { ...place, ...kept },
      update: kept,
    });
  }

  async remove(place: AnswerPlace): Promise<void> {
    await this.client.idempotentAnswer.deleteMany({ where: place });
  }

  /** Removes at most `max`; returns the number removed. */
  async removeExpired(now: Date, max: number): Promise<number> {
    const where = { expiresAt: { lt: now } };
    return (await this.client.idempotentAnswer.deleteMany({ where, limit: max })).count;
  }
}
