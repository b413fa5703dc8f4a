/** Rejects requests without a credential before a byte of a body is read: Nest asks its guards only when the whole of it is in memory. */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { hasBody, PUBLIC_BODY } from '../../platform/index.js';
import { Fault } from '../../wire/index.js';
import { AccessGuard } from './access-guard.js';

const ANONYMOUS_BYTES = 4096;

@Injectable()
export class BodyGate implements OnModuleInit {
  constructor(
    @Inject(AccessGuard) private readonly guard: AccessGuard,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost<FastifyAdapter>,
  ) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance();
    fastify.addHook('onRequest', async (request, reply) => {
      if (!hasBody(request)) return;
      try {
        if (isOpen(request)) checkSmall(request);
        else this.guard.checkKnown(request);
      } catch (fault) {
        // Otherwise the rest of the body would be waited for.
        reply.header('connection', 'close');
        throw fault;
      }
    });
  }
}

function isOpen({ routeOptions }: FastifyRequest): boolean {
  // A path of no route has no configuration.
  const { config = {} } = routeOptions as { readonly config?: object };
  return PUBLIC_BODY in config;
}

function checkSmall({ headers }: FastifyRequest): void {
  const bytes = Number(headers['content-length'] ?? Number.POSITIVE_INFINITY);
  if (bytes <= ANONYMOUS_BYTES) return;
  const text = `send the body with its length, at most ${ANONYMOUS_BYTES} bytes`;
  throw new Fault('UPLOAD_TOO_LARGE', text);
}
