/** What may become of a command on one device: a machine of six states, three of them final. Pure. */

export const commandStates = ['queued', 'sent', 'accepted', 'done', 'failed', 'expired'] as const;
export type CommandState = (typeof commandStates)[number];

/** From each state those it may go to; a report may overtake the one before it, and never goes back. */
const FOLLOWERS: Readonly<Record<CommandState, readonly CommandState[]>> = {
  queued: ['sent', 'expired'],
  sent: ['accepted', 'done', 'failed', 'expired'],
  accepted: ['done', 'failed', 'expired'],
  done: [],
  failed: [],
  expired: [],
};

/** The states of a command that is not through. */
export const openStates = commandStates.filter((state) => FOLLOWERS[state].length > 0);

/** True when a command of one state may be in the other next. */
export function mayBecome(state: CommandState, next: CommandState): boolean {
  return FOLLOWERS[state].includes(next);
}

export function isFinal(state: CommandState): boolean {
  return FOLLOWERS[state].length === 0;
}

/** True for text of the database that names a state. */
export function isCommandState(text: string): text is CommandState {
  return (commandStates as readonly string[]).includes(text);
}
