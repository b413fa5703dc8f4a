/**
 * Bounds the requests of an address without a valid credential, whatever they ask for: each takes the event loop a part of a
 * millisecond, and a connection carries thousands a second. Requests with a valid credential have a rate of their own.
 */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { Clock, clientAddressOf, KeyedBuckets } from '../../platform/index.js';
import { Fault } from '../../wire/index.js';
import { AccessGuard } from './access-guard.js';

/** Of one address, behind which a whole site may sit; enough for health checks and the API pages. */
const REQUESTS = { perSecond: 50, atOnce: 500 };

@Injectable()
export class AnonymousGate implements OnModuleInit {
  private readonly rates = new KeyedBuckets(REQUESTS.perSecond, REQUESTS.atOnce);

  constructor(
    @Inject(AccessGuard) private readonly guard: AccessGuard,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost<FastifyAdapter>,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance();
    fastify.addHook('onRequest', async (request, reply) => {
      if (this.guard.isKnown(request)) return;
      const place = clientAddressOf(request.ip);
      const retryAfterMs = this.rates.take(place, this.clock.monotonicMs());
      if (retryAfterMs === 0) return;
      // Requests behind it on the connection are not handled.
      reply.header('connection', 'close');
      const text = 'too many requests without a valid credential from this address';
      throw new Fault('RATE_LIMITED', text, { retryAfterMs });
    });
  }
}
