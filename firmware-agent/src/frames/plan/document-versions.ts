/** Versions of desired documents. */
import { isDeepStrictEqual } from 'node:util';

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

/**
 * True for a document that adds nothing to the one that is here. One of the same version with other content does: what is here came
 * from a disk that damaged it, or of a version of the service that wrote less.
 */
export function isKnownAs(document: Versioned, here: Versioned | undefined): boolean {
  if (here === undefined || isNewer(document, here)) return false;
  return !isSame(document, here) || isDeepStrictEqual(document, here);
}
