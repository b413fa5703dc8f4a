/** How a device stands to the service, in one word. Pure. */

/** flapping: it connects and disconnects often; `isConnected` gives the current state. never-seen: it has not connected yet. */
export const presenceStates = ['online', 'offline', 'flapping', 'never-seen'] as const;
export type PresenceState = (typeof presenceStates)[number];

/** approved: it may connect. waiting: an operator must approve it first. revoked: it must not connect any more. */
export type Access = 'approved' | 'waiting' | 'revoked';

interface Presence {
  /** 'online' while a session lives. */
  readonly state: string;
  readonly lastSeenAt: Date | null;
  readonly flappingUntil: Date | null;
}

/** The word for a device at a time. */
export function presenceOf(
  { state, lastSeenAt, flappingUntil }: Presence,
  now: Date,
): PresenceState {
  if (flappingUntil !== null && flappingUntil > now) return 'flapping';
  if (state === 'online') return 'online';
  return lastSeenAt === null ? 'never-seen' : 'offline';
}
