/**
 * Rejects writes over REST on a full disk before they begin, so that none is left half-done: a device without its tags, or a change
 * that is not in the audit log.
 *
 * Deletions pass, as they make room. With PostgreSQL small writes need no room in the data folder.
 */
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import type { DatabaseKind } from '../database/location.js';
import type { DiskWatch } from '../disk/disk-watch.js';
import { READ_ONLY, SAFE_METHODS } from './decorators/read-only.js';

export class WriteGate implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly disk: Pick<DiskWatch, 'expectSmallRoom'>,
    private readonly database: DatabaseKind,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const { method } = context.switchToHttp().getRequest<FastifyRequest>();
    const isReadOnly = this.reflector.get<boolean | undefined>(READ_ONLY, context.getHandler());
    const isFree = SAFE_METHODS.includes(method) || method === 'DELETE' || isReadOnly === true;
    if (!isFree && this.database === 'sqlite') await this.disk.expectSmallRoom();
    return next.handle();
  }
}
