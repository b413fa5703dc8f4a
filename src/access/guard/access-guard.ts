/**
 * Guards every route of the REST interface: deny first. Operators send `Authorization: Bearer <key>`; a device may use
 * the routes marked for devices with `Basic id:secret` or its certificate. A credential in the query string is no credential.
 */
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import {
  Clock,
  Config,
  certifiedDevice,
  DEVICE_ROUTE,
  type DeviceRouteFor,
  FailureLimit,
  KeyedBuckets,
  NEEDED_ROLE,
  PUBLIC_ROUTE,
  READ_ONLY,
  ROLES,
  type Role,
  SAFE_METHODS,
  SCOPE_PLACE,
  type ScopePlace,
} from '../../platform/index.js';
import { Fault } from '../../wire/index.js';
import { type Actor, checkGroup, type DeviceActor, nameOf, setActor } from '../keys/actor.js';
import { DeviceDirectory, type Standing } from '../keys/device-directory.js';
import { OperatorKeys } from '../keys/operator-keys.js';
import { hashOf } from '../keys/secret.js';

const FAILURES_AT_ONCE = 20;
const FAILURES_PER_MINUTE = 20;
/** A pause is made up for: requests of this many seconds can come at once. */
const BURST_S = 2;

type Operator = Extract<Actor, { kind: 'operator' }>;

/** Who sent a request, and whether they may be here at all. */
type Caller =
  | { readonly actor: Operator }
  | { readonly actor: DeviceActor; readonly standing: Standing };

@Injectable()
export class AccessGuard implements CanActivate {
  private readonly failures: FailureLimit;
  private readonly rates: KeyedBuckets;

  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(OperatorKeys) private readonly operators: OperatorKeys,
    @Inject(DeviceDirectory) private readonly devices: DeviceDirectory,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Config) { requestsPerS }: Config,
  ) {
    this.failures = new FailureLimit(FAILURES_AT_ONCE, FAILURES_PER_MINUTE, clock);
    this.rates = new KeyedBuckets(requestsPerS, BURST_S * requestsPerS);
  }

  /** True, or throws UNAUTHORIZED, FORBIDDEN, DEVICE_WAITING, RATE_LIMITED. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.mark<boolean>(context, PUBLIC_ROUTE) === true) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = this.checkKnown(request);
    this.checkRate(caller.actor);
    setActor(request, caller.actor);
    if ('standing' in caller) this.checkDevice(context, caller.standing);
    else {
      this.checkRole(context, caller.actor, request.method);
      await this.checkScope(context, caller.actor, request);
    }
    return true;
  }

  /** Whose credential a request carries, whatever it asks for; throws UNAUTHORIZED, RATE_LIMITED. */
  checkKnown(request: FastifyRequest): Caller {
    const { headers, ip } = request;
    const caller = this.callerOf(request);
    if (caller === undefined) throw this.refusal(headers.authorization, ip);
    return caller;
  }

  private mark<T>(context: ExecutionContext, mark: string): T | undefined {
    return this.reflector.getAllAndOverride<T | undefined>(mark, [
      context.getHandler(),
      context.getClass(),
    ]);
  }

  private callerOf({ headers, raw }: FastifyRequest): Caller | undefined {
    const { authorization = '' } = headers;
    const [, scheme, credential] = /^(Bearer|Basic) +(\S+)$/i.exec(authorization) ?? [];
    if (scheme?.toLowerCase() === 'bearer') {
      const actor = this.operators.find(credential ?? '');
      return actor === undefined ? undefined : { actor };
    }
    const directory = this.devices.get();
    const certified = certifiedDevice(raw.socket);
    if (scheme === undefined && authorization === '' && certified !== undefined) {
      return deviceCaller(certified, null, directory.standingOfCertified(certified));
    }
    if (credential === undefined) return undefined;
    const [device, secret] = splitOnce(Buffer.from(credential, 'base64').toString('utf8'));
    return deviceCaller(device, secret, directory.standing(device, secret));
  }

  private checkRate(actor: Actor): void {
    const retryAfterMs = this.rates.take(nameOf(actor), this.clock.monotonicMs());
    if (retryAfterMs === 0) return;
    throw new Fault('RATE_LIMITED', 'too many requests with this credential', { retryAfterMs });
  }

  private checkDevice(context: ExecutionContext, standing: Standing): void {
    const isFor = this.mark<DeviceRouteFor>(context, DEVICE_ROUTE);
    if (isFor === undefined)
      throw new Fault('FORBIDDEN', 'devices are not allowed to use this route');
    if (standing === 'waiting' && isFor !== 'waiting') {
      throw new Fault('DEVICE_WAITING', 'device not approved yet');
    }
  }

  private checkRole(context: ExecutionContext, { role }: Operator, method: string): void {
    const isReading =
      SAFE_METHODS.includes(method) || this.mark<boolean>(context, READ_ONLY) === true;
    const byMethod = isReading ? 'viewer' : 'operator';
    const needed = this.mark<Role>(context, NEEDED_ROLE) ?? byMethod;
    if (ROLES.indexOf(role) >= ROLES.indexOf(needed)) return;
    throw new Fault('FORBIDDEN', `this needs a key of role ${needed}; this one is of ${role}`);
  }

  private async checkScope(
    context: ExecutionContext,
    { groups }: Operator,
    { params, query }: FastifyRequest,
  ): Promise<void> {
    if (groups === null) return;
    const place = this.mark<ScopePlace>(context, SCOPE_PLACE);
    if (place === undefined) {
      const text = `this key is for ${groups.join(', ')}; the route is about the whole fleet`;
      throw new Fault('FORBIDDEN', text);
    }
    if (place === 'query') checkGroup(groups, fieldOf(query, 'group'));
    if (place !== 'path') return;
    const group = await this.devices.get().groupOf(fieldOf(params, 'id') ?? '');
    // The route reports an unknown device.
    if (group !== undefined) checkGroup(groups, group);
  }

  /** Slows down guesses; a valid key passes, even from the address of a guesser. */
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

function deviceCaller(id: string, secret: string | null, standing: Standing): Caller | undefined {
  if (standing === 'refused') return undefined;
  const secretHash = secret === null ? null : hashOf(secret);
  return { actor: { kind: 'device', id, secretHash }, standing };
}

function fieldOf(fields: unknown, name: string): string | null {
  const value = (fields as Readonly<Record<string, unknown>> | null)?.[name];
  return typeof value === 'string' ? value : null;
}

function splitOnce(text: string): readonly [string, string] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}
