/** Who makes a request: found by the guard, asked for by routes, the audit log and the rate limit. */
import type { IncomingMessage } from 'node:http';
import type { Role } from '../../platform/index.js';
import { Fault } from '../../wire/index.js';

/** Groups a key is for; null: the whole fleet. */
export type Groups = readonly string[] | null;

export interface DeviceActor {
  readonly kind: 'device';
  readonly id: string;
  /** Of the secret it has shown; null: it has shown a certificate. */
  readonly secretHash: string | null;
}

export type Actor =
  | { readonly kind: 'operator'; readonly id: string; readonly role: Role; readonly groups: Groups }
  | DeviceActor
  | { readonly kind: 'token'; readonly id: string };

/** A request of Fastify. */
interface Asked {
  readonly raw: IncomingMessage;
}

const actors = new WeakMap<IncomingMessage, Actor>();

/** Notes who makes the request. */
export function setActor({ raw }: Asked, actor: Actor): void {
  actors.set(raw, actor);
}

/** Who makes the request; undefined on a public route. */
export function actorOf({ raw }: Asked): Actor | undefined {
  return actors.get(raw);
}

/** The groups a request may touch; null: all devices. */
export function groupsOf(request: Asked): Groups {
  const actor = actorOf(request);
  return actor?.kind === 'operator' ? actor.groups : null;
}

/** Throws FORBIDDEN when a key for some groups would touch a device of another, or of none. */
export function checkGroup(groups: Groups, group: string | null): void {
  if (groups === null || (group !== null && groups.includes(group))) return;
  const text = `this key is for ${groups.join(', ')}, not for ${group ?? 'devices of no group'}`;
  throw new Fault('FORBIDDEN', text);
}

/** Throws FORBIDDEN when a key for some groups would change what devices of other groups share. */
export function checkWholeFleet(groups: Groups, what: string): void {
  if (groups === null) return;
  const text = `this key is for ${groups.join(', ')}; ${what} concerns devices of other groups too`;
  throw new Fault('FORBIDDEN', text);
}

/** `operator first-start`, as logs and the audit log write it. */
export function nameOf({ kind, id }: Pick<Actor, 'kind' | 'id'>): string {
  return `${kind} ${id}`;
}
