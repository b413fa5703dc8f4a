/**
 * Runs a write with an Idempotency-Key once, and gives its answer again to who asks again within a day.
 *
 * That a write has begun is kept before it runs: after a crash or an error in between it is unknown whether it was done, and
 * the answer says so. Answers are sealed with the caller's credential, because some hold a secret that is shown only once.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Clock, LimitedLog, Log } from '../../platform/index.js';
import { Fault, type FaultCode } from '../../wire/index.js';
import { type AnswerPlace, IdempotentAnswersStore } from './idempotent-answers.store.js';
import { seal, unseal } from './sealed.js';

const KEPT_MS = 86_400_000;
/** Longer answers are not kept; a repeated request gets an error that its result is unknown. */
const MAX_CHARS = 4 * 1024 ** 2;

/** An answer as a route gave it: a body with status and some headers, or a fault. */
export type Answer =
  | {
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }
  | { readonly fault: { readonly code: FaultCode; readonly message: string } };

/** An answer, and whether the write was done for an earlier request. */
export interface OnceAnswered {
  readonly answer: Answer;
  readonly isOld: boolean;
}

/** A write that is asked for. */
export interface Asked extends AnswerPlace {
  /** Of everything that makes it this write. */
  readonly fingerprint: string;
  readonly credential: string;
}

@Injectable()
export class IdempotentAnswers {
  private readonly running = new Map<string, Promise<OnceAnswered>>();
  private readonly lines: LimitedLog;

  constructor(
    @Inject(IdempotentAnswersStore) private readonly store: IdempotentAnswersStore,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Log) log: Log,
  ) {
    this.lines = new LimitedLog(log.child({ part: 'access' }), clock);
  }

  /** The answer of `write`, run now or earlier. Throws IDEMPOTENCY_MISMATCH, IDEMPOTENCY_UNFINISHED. */
  async once(asked: Asked, write: () => Promise<Answer>): Promise<OnceAnswered> {
    const place = `${asked.actor} ${asked.key}`;
    // One after another: who asks again before the first has ended waits for its answer.
    for (let first = this.running.get(place); first; first = this.running.get(place)) {
      await first.catch(() => undefined);
    }
    const turn = this.inTurn(asked, write);
    this.running.set(place, turn);
    try {
      return await turn;
    } finally {
      this.running.delete(place);
    }
  }

  private async inTurn(asked: Asked, write: () => Promise<Answer>): Promise<OnceAnswered> {
    const old = await this.kept(asked);
    if (old !== undefined) return { answer: old, isOld: true };
    await this.put(asked, null);
    let answer: Answer;
    try {
      answer = await write();
    } catch (error) {
      // What refuses for now has done nothing; after any other error the result is unknown.
      if (error instanceof Fault && error.kind === 'unavailable') {
        await this.store.remove(placeOf(asked));
      }
      throw error;
    }
    const text = JSON.stringify(answer);
    if (text.length <= MAX_CHARS) await this.keep(asked, text);
    return { answer, isOld: false };
  }

  /** The write is done: an answer that cannot be kept is still returned. */
  private async keep(asked: Asked, text: string): Promise<void> {
    await this.put(asked, seal(text, asked.credential, contextOf(asked))).catch((error: unknown) =>
      this.lines.warn({ err: error }, 'the answer to a write could not be kept'),
    );
  }

  private async kept(asked: Asked): Promise<Answer | undefined> {
    const kept = await this.store.find(placeOf(asked));
    if (kept === null || kept.expiresAt <= this.clock.now()) return undefined;
    if (kept.fingerprint !== asked.fingerprint) {
      const text = 'this Idempotency-Key came before with another request; take a new one';
      throw new Fault('IDEMPOTENCY_MISMATCH', text);
    }
    const text =
      kept.answer === null ? undefined : unseal(kept.answer, asked.credential, contextOf(asked));
    if (text !== undefined) return JSON.parse(text) as Answer;
    throw new Fault(
      'IDEMPOTENCY_UNFINISHED',
      'a request with this Idempotency-Key began and its answer is not known: look whether it was done',
    );
  }

  private put(asked: Asked, answer: string | null): Promise<void> {
    const expiresAt = new Date(this.clock.now().getTime() + KEPT_MS);
    return this.store.put(placeOf(asked), { fingerprint: asked.fingerprint, answer, expiresAt });
  }
}

function placeOf({ actor, key }: Asked): AnswerPlace {
  return { actor, key };
}

function contextOf({ actor, key }: Asked): string {
  return JSON.stringify([actor, key]);
}
