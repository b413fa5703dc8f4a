/** Which synthetic uplinks are played live, for how long, and under whose rule. */
import { type Uplink, uplinks } from '../../../src/replay/index.js';

/** The device's own choice, and plans by strategy that it must keep to. */
export const LIVE_POLICIES = ['adaptive', 'local', 'cloud', 'min-cut'] as const;
export type LivePolicy = (typeof LIVE_POLICIES)[number];

export interface LiveOptions {
  readonly uplinks: readonly Uplink[];
  readonly lastsMs: number;
  readonly seed: number;
  /** Least time from the start of a frame to the start of the next. */
  readonly periodMs: number;
}

/** `lte-driving-poor` for `LTE driving, poor`: names in a list with commas have none. */
export function shortName({ name }: Pick<Uplink, 'name'>): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}

/** Uplinks by their short names. Throws naming the one that is unknown, and all there are. */
export function uplinksNamed(text: string): Uplink[] {
  return text.split(',').map((word) => {
    const found = uplinks.find((one) => shortName(one) === word.trim());
    if (found !== undefined) return found;
    throw new Error(`--uplinks ${word}: is one of ${uplinks.map(shortName).join(', ')}`);
  });
}
