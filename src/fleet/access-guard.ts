/**
 * Guards every route of the REST interface: deny first. Operators send `Authorization: Bearer <key>`; a device may use
 * the routes marked for devices with `Basic id:secret`. A credential in the query string is no credential.
 */
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Clock, DEVICE_ROUTE, FailureLimit, PUBLIC_ROUTE } from '../platform/index.js';
import { Fault } from '../wire/index.js';
import { Credentials } from './credentials.js';
import { OperatorKeys } from './operator-keys.js';

const FAILURES_AT_ONCE = 20;
const FAILURES_PER_MINUTE = 20;

type Holder = 'operator' | 'device' | 'nobody';

@Injectable()
export class AccessGuard implements CanActivate {
  private readonly failures: FailureLimit;

  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(OperatorKeys) private readonly operators: OperatorKeys,
    @Inject(Credentials) private readonly devices: Credentials,
    @Inject(Clock) clock: Clock,
  ) {
    this.failures = new FailureLimit(FAILURES_AT_ONCE, FAILURES_PER_MINUTE, clock);
  }

  /** True, or throws UNAUTHORIZED, FORBIDDEN, RATE_LIMITED. */
  canActivate(context: ExecutionContext): boolean {
    if (this.isMarked(context, PUBLIC_ROUTE)) return true;
    const holder = this.checkKnown(context.switchToHttp().getRequest<FastifyRequest>());
    if (holder === 'operator' || this.isMarked(context, DEVICE_ROUTE)) return true;
    throw new Fault('FORBIDDEN', 'devices may not use this route');
  }

  /** Whose credential a request carries, whatever it asks for; throws UNAUTHORIZED, RATE_LIMITED. */
  checkKnown({ headers, ip }: FastifyRequest): Exclude<Holder, 'nobody'> {
    const holder = this.holderOf(headers.authorization);
    if (holder === 'nobody') throw this.refusal(headers.authorization, ip);
    return holder;
  }

  private isMarked(context: ExecutionContext, mark: string): boolean {
    return (
      this.reflector.getAllAndOverride(mark, [context.getHandler(), context.getClass()]) === true
    );
  }

  private holderOf(authorization: string | undefined): Holder {
    const [, scheme, credential] = /^(Bearer|Basic) +(\S+)$/i.exec(authorization ?? '') ?? [];
    if (scheme === undefined || credential === undefined) return 'nobody';
    if (scheme.toLowerCase() === 'bearer') {
      return this.operators.isKey(credential) ? 'operator' : 'nobody';
    }
    const [device, secret] = splitOnce(Buffer.from(credential, 'base64').toString('utf8'));
    return this.devices.verify(device, secret) ? 'device' : 'nobody';
  }

  /** Whoever guesses is slowed down; a right key is not refused because somebody else guessed. */
  private refusal(authorization: string | undefined, address: string): Fault {
    if (authorization === undefined) {
      return new Fault('UNAUTHORIZED', 'send an operator key as “Authorization: Bearer <key>”');
    }
    const retryAfterMs = this.failures.waitMs(address);
    this.failures.recordFailure(address);
    if (retryAfterMs > 0) {
      return new Fault('RATE_LIMITED', 'too many wrong credentials from this address', {
        retryAfterMs,
      });
    }
    return new Fault('UNAUTHORIZED', 'the credential is unknown or wrong');
  }
}

function splitOnce(text: string): readonly [string, string] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}
