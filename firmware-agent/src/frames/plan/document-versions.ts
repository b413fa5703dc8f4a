/** Versions of desired documents. */
export interface Versioned {
  readonly version: number;
  readonly at: string;
}

/** Versions grow; a lower one with a later date comes from a cloud with a new database. */
export function isNewer(a: Versioned, b: Versioned): boolean {
  if (a.version > b.version) return true;
  return a.version !== b.version && Date.parse(a.at) > Date.parse(b.at);
}

export function isSame(a: Versioned, b: Versioned | undefined): boolean {
  return a.version === b?.version;
}
