/** Turns strangers away before a byte of a body is read: Nest asks its guards only when the whole of it is in memory. */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { AccessGuard } from './access-guard.js';

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
        this.guard.checkKnown(request);
      } catch (fault) {
        // Otherwise the rest of the body would be waited for.
        reply.header('connection', 'close');
        throw fault;
      }
    });
  }
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
