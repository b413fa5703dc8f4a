/** The HTTP edge of idempotency: reads the Idempotency-Key of a write, and turns what was answered before into an answer again. */
import { createHash } from 'node:crypto';
import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { SAFE_METHODS } from '../../platform/index.js';
import { Fault, type FaultKind } from '../../wire/index.js';
import { actorOf, nameOf } from '../keys/actor.js';
import { type Answer, type Asked, IdempotentAnswers } from './idempotent-answers.js';

const KEPT_HEADERS = ['etag', 'location', 'content-type'];
/** What another try would meet again; all else may be better next time. */
const LASTING: readonly FaultKind[] = ['invalid', 'missing', 'stale'];
/** Bodies that a route reads by itself: uploads, which are the same by their content anyway. */
const STREAMED = /^(multipart\/|application\/octet-stream)/i;

@Injectable()
export class IdempotentWrites implements NestInterceptor {
  constructor(@Inject(IdempotentAnswers) private readonly answers: IdempotentAnswers) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const asked = askedBy(request);
    if (asked === undefined) return next.handle();
    return from(this.answer(asked, context.switchToHttp().getResponse<FastifyReply>(), next));
  }

  private async answer(asked: Asked, reply: FastifyReply, next: CallHandler): Promise<unknown> {
    const { answer, isOld } = await this.answers.once(asked, () => answerOf(next, reply));
    if (isOld) reply.header('idempotency-replayed', 'true');
    if ('fault' in answer) throw new Fault(answer.fault.code, answer.fault.message);
    if (isOld) reply.status(answer.status).headers(answer.headers);
    return answer.body;
  }
}

/** Undefined for a request without a key, or one that needs none. Throws REQUEST_INVALID. */
function askedBy(request: FastifyRequest): Asked | undefined {
  const { headers, method, url, body } = request;
  const key = headers['idempotency-key'];
  const actor = actorOf(request);
  const { authorization } = headers;
  const isPlain = !STREAMED.test(headers['content-type'] ?? '');
  if (key === undefined || SAFE_METHODS.includes(method) || !isPlain) return undefined;
  if (actor === undefined || authorization === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw new Fault('REQUEST_INVALID', 'Idempotency-Key: is not a word of up to 200 ASCII letters');
  }
  const parts = [method, url, headers['if-match'] ?? null, body ?? null];
  const fingerprint = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return { actor: nameOf(actor), key, fingerprint, credential: authorization };
}

/** Runs the route; throws what is not to be kept. */
async function answerOf(next: CallHandler, reply: FastifyReply): Promise<Answer> {
  try {
    const body: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
    const headers = KEPT_HEADERS.flatMap((name) => {
      const value = reply.getHeader(name);
      return value === undefined ? [] : [[name, String(value)] as const];
    });
    return { status: reply.statusCode, headers: Object.fromEntries(headers), body };
  } catch (error) {
    if (!(error instanceof Fault) || !LASTING.includes(error.kind)) throw error;
    return { fault: { code: error.code, message: error.message } };
  }
}
