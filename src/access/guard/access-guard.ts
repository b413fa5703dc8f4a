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
  clientAddressOf,
  DEVICE_ROUTE,
  type DeviceRouteFor,
  FailureLimit,
  HttpRefusals,
  KeyedBuckets,
  NEEDED_ROLE,
  PUBLIC_ROUTE,
  READ_ONLY,
  ROLES,
  type Role,
  refusing,
  SAFE_METHODS,
  SCOPE_PLACE,
  type ScopePlace,
} from '../../platform/index.js';
import { Fault } from '../../wire/index.js';
import {
  type Actor,
  actorOf,
  checkGroup,
  type DeviceActor,
  nameOf,
  setActor,
} from '../keys/actor.js';
import { DeviceDirectory, type Standing } from '../keys/device-directory.js';
import { OperatorKeys } from '../keys/operator-keys.js';
import { hashOf } from '../keys/secret.js';

const FAILURES_AT_ONCE = 20;
const FAILURES_PER_MINUTE = 20;
/** A pause is made up for: requests of this many seconds can come at once. */
const BURST_S = 2;

/** In the log, for the name of a device that does not exist. */
const UNKNOWN = '?';

type Operator = Extract<Actor, { kind: 'operator' }>;

/** Who sent a request, and whether they may be here at all. */
type Caller =
  | { readonly actor: Operator }
  | { readonly actor: DeviceActor; readonly standing: Standing };

/** Whose credential was rejected, and why. */
interface Owner {
  readonly reason: 'credentialVoid' | 'credentialWrong';
  readonly owner: string | undefined;
}

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
    @Inject(HttpRefusals) refusals: HttpRefusals,
  ) {
    refusals.whoAsks = (request) => {
      const actor = actorOf(request);
      return actor === undefined ? undefined : nameOf(actor);
    };
    this.failures = new FailureLimit(FAILURES_AT_ONCE, FAILURES_PER_MINUTE, clock);
    this.rates = new KeyedBuckets(requestsPerS, BURST_S * requestsPerS);
  }

  /** True, or throws UNAUTHORIZED, FORBIDDEN, DEVICE_WAITING, RATE_LIMITED. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.mark<boolean>(context, PUBLIC_ROUTE) === true) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = this.checkKnown(request);
    this.checkRate(caller.actor);
    if ('standing' in caller) this.checkDevice(context, caller.standing);
    else {
      this.checkRole(context, caller.actor, request.method);
      await this.checkScope(context, caller.actor, request);
    }
    return true;
  }

  /** Whether a request carries a valid credential. */
  isKnown(request: FastifyRequest): boolean {
    return this.callerOf(request) !== undefined;
  }

  /** Whose credential a request carries, whatever it asks for; throws UNAUTHORIZED, RATE_LIMITED. */
  checkKnown(request: FastifyRequest): Caller {
    const caller = this.callerOf(request);
    if (caller === undefined) throw this.refusal(request);
    setActor(request, caller.actor);
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
    const { scheme, credential } = credentialIn(authorization);
    if (scheme === 'bearer') {
      const actor = this.operators.find(credential ?? '');
      return actor === undefined ? undefined : { actor };
    }
    const directory = this.devices.get();
    const certified = certifiedDevice(raw.socket);
    if (scheme === undefined && authorization === '' && certified !== undefined) {
      return deviceCaller(certified, null, directory.standingOfCertified(certified));
    }
    if (credential === undefined) return undefined;
    const [device, secret] = basicOf(credential);
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
  private refusal({ headers, ip: address, raw }: FastifyRequest): Fault {
    const { authorization } = headers;
    const certified = certifiedDevice(raw.socket);
    if (authorization === undefined && certified === undefined) {
      const text = 'send an operator key as “Authorization: Bearer <key>”';
      return refusing(new Fault('UNAUTHORIZED', text), 'credentialMissing');
    }
    const { reason, owner } = this.ownerOf(authorization, certified);
    const place = clientAddressOf(address);
    const retryAfterMs = this.failures.waitMs(place);
    this.failures.recordFailure(place);
    if (retryAfterMs > 0) {
      const text = 'too many wrong credentials from this address';
      return refusing(new Fault('RATE_LIMITED', text, { retryAfterMs }), 'guessing', owner);
    }
    return refusing(new Fault('UNAUTHORIZED', 'the credential is unknown or wrong'), reason, owner);
  }

  /**
   * Why a credential does not open, for the log: the answer is the same for all. A device is named only where there is one:
   * people put keys into the field of the name.
   */
  private ownerOf(authorization: string | undefined, certified: string | undefined): Owner {
    if (authorization === undefined) {
      const owner = certified && nameOf({ kind: 'device', id: certified });
      return { reason: 'credentialWrong', owner };
    }
    const { scheme, credential = '' } = credentialIn(authorization);
    if (scheme === 'basic') {
      const [device] = basicOf(credential);
      const id = this.devices.get().isKnown(device) ? device : UNKNOWN;
      return { reason: 'credentialWrong', owner: nameOf({ kind: 'device', id }) };
    }
    const id = scheme === 'bearer' ? this.operators.findVoid(credential) : undefined;
    if (id === undefined) return { reason: 'credentialWrong', owner: undefined };
    return { reason: 'credentialVoid', owner: nameOf({ kind: 'operator', id }) };
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

/** The scheme of an Authorization header in lower case, and what follows it; neither for another scheme. */
function credentialIn(authorization: string): {
  readonly scheme?: string;
  readonly credential?: string;
} {
  const [, scheme, credential] = /^(Bearer|Basic) +(\S+)$/i.exec(authorization) ?? [];
  if (scheme === undefined || credential === undefined) return {};
  return { scheme: scheme.toLowerCase(), credential };
}

/** Device and secret of a Basic credential (RFC 7617). */
function basicOf(credential: string): readonly [string, string] {
  const text = Buffer.from(credential, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}
