/**
 * Requests and connections that HTTP rejects because of who sends them, or how much: each is counted by its reason and logged at a
 * bounded rate. Counted where they are answered, so that no route can forget it.
 *
 * Reasons are a fixed list, so that no client chooses a label. Addresses and names stand only in the log.
 */
import type { FastifyRequest } from 'fastify';
import type { Fault, FaultCode } from '../../wire/index.js';
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import { LimitedLog } from '../rates/limited-log.js';

/** Every reason, and what it means. */
export const HTTP_REFUSALS = {
  credentialMissing: 'no credential',
  credentialWrong: 'a credential that is unknown or wrong',
  credentialVoid: 'an operator key that was revoked or has expired',
  guessing: 'too many wrong credentials or tokens from an address',
  forbidden:
    'a valid credential without the role, the group or the kind of client that the route needs',
  deviceWaiting: 'a device that is not approved yet',
  tokenRefused: 'an enrolment token that is unknown, expired, revoked or used up',
  rateLimited: 'more requests than are allowed, with a valid credential or for enrolment',
  tooLarge: 'a body above its limit',
  tooSlow: 'headers or a body that came too slowly',
  malformed: 'bytes that are not HTTP, or headers above their limit',
  handshake: 'a TLS handshake that failed',
  connections: 'too many connections, in total or of an address',
} as const;
export type HttpRefusal = keyof typeof HTTP_REFUSALS;

/** The reason that a fault stands for, unless it was raised with a narrower one. Other faults are no refusals. */
const REASON_OF: Partial<Record<FaultCode, HttpRefusal>> = {
  UNAUTHORIZED: 'credentialWrong',
  FORBIDDEN: 'forbidden',
  DEVICE_WAITING: 'deviceWaiting',
  ENROLMENT_REFUSED: 'tokenRefused',
  RATE_LIMITED: 'rateLimited',
  UPLOAD_TOO_LARGE: 'tooLarge',
  REQUEST_TIMEOUT: 'tooSlow',
};

interface Note {
  readonly reason: HttpRefusal;
  /** `operator 3f9c…` or `device pi-1`: the owner of a credential, never a text that a client made up. */
  readonly who?: string | undefined;
}

/** A rejected request. */
export interface RefusedRequest extends Note {
  readonly address: string;
  readonly request: string;
  readonly status: number;
}

const notes = new WeakMap<Fault, Note>();

/** Notes why a fault rejects a request, and whose credential it carried; returns the fault. */
export function refusing(fault: Fault, reason: HttpRefusal, who?: string): Fault {
  notes.set(fault, { reason, who });
  return fault;
}

export class HttpRefusals {
  private readonly counted = Object.fromEntries(
    Object.keys(HTTP_REFUSALS).map((reason) => [reason, 0]),
  ) as Record<HttpRefusal, number>;
  private readonly lines: LimitedLog;
  private readonly listeners: ((refused: RefusedRequest) => void)[] = [];
  /** Who makes a request, where that is known; set by the folder that knows credentials. */
  whoAsks: (request: FastifyRequest) => string | undefined = () => undefined;

  constructor(log: Log, clock: Clock) {
    this.lines = new LimitedLog(log.child({ part: 'http' }), clock);
  }

  /** Calls `listener` for every rejected request. */
  onRequest(listener: (refused: RefusedRequest) => void): void {
    this.listeners.push(listener);
  }

  /** Counts a request that was answered with this fault, if that is a refusal. */
  answered(request: FastifyRequest, fault: Fault): void {
    const note = notes.get(fault) ?? noteOf(fault);
    if (note === undefined) return;
    const who = note.who ?? this.whoAsks(request);
    const { ip: address, id, method, routeOptions } = request;
    const fields = { address, ...(who !== undefined && { who }), method, route: routeOptions.url };
    this.count(note.reason, { ...fields, status: fault.status, request: id });
    const { status } = fault;
    for (const listener of this.listeners) {
      listener({ reason: note.reason, who, address, request: id, status });
    }
  }

  /** Counts and logs a refusal that has no request, such as a failed handshake. */
  count(reason: HttpRefusal, fields: Readonly<Record<string, unknown>>): void {
    this.counted[reason] += 1;
    this.lines.warn({ reason, ...fields }, `rejected: ${HTTP_REFUSALS[reason]}`);
  }

  /** Refusals since the start, by reason; `connections` are counted where they are closed. */
  counts(): Readonly<Record<HttpRefusal, number>> {
    return { ...this.counted };
  }
}

function noteOf({ code }: Fault): Note | undefined {
  const reason = REASON_OF[code];
  return reason === undefined ? undefined : { reason };
}
