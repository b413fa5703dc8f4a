/** What an upgrade reports while it runs. */
export type UpgradeNews =
  | { readonly step: 'copying'; readonly bytes: number }
  /** The copy is complete and checked. */
  | { readonly step: 'copied'; readonly file: string; readonly seconds: number }
  /** The copy of an upgrade that was interrupted is still there. */
  | { readonly step: 'kept'; readonly file: string }
  | { readonly step: 'waiting' }
  | ({ readonly step: 'begun' } & Place)
  | ({ readonly step: 'applied'; readonly seconds: number } & Place);

/** A migration and its place among those that the upgrade applies, from 1. */
export interface Place {
  readonly migration: string;
  readonly number: number;
  readonly of: number;
}

/** Seconds since a moment of performance.now(), to the tenth. */
export function secondsSince(beganMs: number): number {
  return Math.round((performance.now() - beganMs) / 100) / 10;
}
