/**
 * Who may do what, as a matrix made of the wire table: every row × every kind of caller × publish, subscribe, last will and
 * wildcards. The rule is written here a second time, in its shortest form, so that the broker's own is held against it.
 */
import { isSentBy, type MessageName, messageNames, topicOf } from '../../../src/wire/index.js';

/** How a caller relates to the device whose topics it tries. */
export const callers = ['itself', 'another', 'revoked', 'unapproved', 'anonymous'] as const;
export type Caller = (typeof callers)[number];

export const acts = ['publish', 'subscribe', 'will', 'wildcards'] as const;
export type Act = (typeof acts)[number];

/** Outcome for a client; a number is the return code of the CONNACK. */
export type Outcome = 'allowed' | 'refused' | 2 | 3 | 4 | 5;

/** Outcome for a rejected client. */
const STOPPED: Readonly<Partial<Record<Caller, Outcome>>> = {
  revoked: 4,
  unapproved: 5,
  anonymous: 5,
};

/** What must come of an act of a caller on a row of the device `itself`. */
export function expectedOutcome(name: MessageName, caller: Caller, act: Act): Outcome {
  const isOwn = caller === 'itself';
  // A client with a forbidden will is rejected, even with the right secret.
  if (act === 'will') return isOwn && name === 'status' ? 'allowed' : 5;
  const stopped = STOPPED[caller];
  if (stopped !== undefined) return stopped;
  if (act === 'publish') return isOwn && isSentBy(name, 'device') ? 'allowed' : 'refused';
  if (act === 'subscribe') return isOwn && isSentBy(name, 'cloud') ? 'allowed' : 'refused';
  return 'refused';
}

/** Every filter that would hear a row's topic, or more than it, without being it; MQTT 3.1.1, 4.7, and shared ones of MQTT 5. */
export function wildcardsFor(name: MessageName, device: string): string[] {
  const topic = topicOf(name, device);
  const levels = topic.split('/');
  const plusAt = levels.map((_, i) => levels.with(i, '+').join('/'));
  const hashAfter = levels.map((_, i) => [...levels.slice(0, i), '#'].join('/'));
  return [
    ...plusAt,
    ...hashAfter,
    `${topic}/#`,
    levels.map(() => '+').join('/'),
    `+/${levels.slice(1).join('/')}`,
    `$share/group/${topic}`,
    '$share/group/#',
    '$SYS/#',
  ];
}

/** All pairs of a row and a caller. */
export const rowsAndCallers = messageNames.flatMap((name) =>
  callers.map((caller) => [caller, name] as const),
);
