/** Writes every change over REST to the audit log: whatever the route, when its handler has done it. */
import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { mergeMap, type Observable } from 'rxjs';
import { CONCERNED_KIND, Descriptions, READ_ONLY, SAFE_METHODS } from '../../platform/index.js';
import { actorOf, nameOf } from '../keys/actor.js';
import { Audit } from './audit.js';
import { auditNoteOf } from './audited.js';

const PREFIX = '/api/v1/';

@Injectable()
export class AuditTrail implements NestInterceptor {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(Descriptions) private readonly descriptions: Descriptions,
    @Inject(Audit) private readonly audit: Audit,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const isReadOnly = this.reflector.get<boolean | undefined>(READ_ONLY, context.getHandler());
    if (SAFE_METHODS.includes(request.method) || isReadOnly === true) return next.handle();
    const concerned = this.reflector.get<string | undefined>(CONCERNED_KIND, context.getHandler());
    const { id, name } = (request.params ?? {}) as { readonly id?: string; readonly name?: string };
    const named = id ?? name;
    const kind = concerned ?? kindOf(request);
    const before =
      named === undefined ? null : await this.descriptions.describe(`${kind}/${named}`);
    return next.handle().pipe(
      mergeMap(async (answer: unknown) => {
        const { isChange = true, after = answer } = auditNoteOf(request) ?? {};
        if (!isChange) return answer;
        const subject = [kind, named ?? idIn(answer)].filter(Boolean).join('/');
        const described = await this.descriptions.describe(subject);
        await this.audit.record({
          ...who(request),
          action: `${request.method} ${request.routeOptions.url}`,
          ...{ subject, status: reply.statusCode },
          asked: request.body,
          before,
          after: described ?? (request.method === 'DELETE' ? null : after),
        });
        return answer;
      }),
    );
  }
}

function who(request: FastifyRequest) {
  const actor = actorOf(request);
  return {
    actor: actor === undefined ? 'anonymous' : nameOf(actor),
    address: request.ip,
    request: request.id,
  };
}

/** `/api/v1/devices/:id/secret` is about `devices`. */
function kindOf({ routeOptions }: FastifyRequest): string {
  const url = routeOptions.url ?? '';
  return url.startsWith(PREFIX) ? (url.slice(PREFIX.length).split('/')[0] ?? '') : url;
}

/** Of what was made: `{id}`, or `{device: {id}}`. */
function idIn(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const { id, device } = answer as { id?: unknown; device?: { id?: unknown } };
  const found = id ?? device?.id;
  return typeof found === 'string' ? found : undefined;
}
