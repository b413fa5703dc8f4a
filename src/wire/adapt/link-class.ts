/**
 * Links by what their uplink was estimated to do when a frame began, in the words people use for them.
 *
 * The borders lie between the uplinks that are common in the literature (1.1 Mbps for 3G, 5.85 for 4G, 18.88 for Wi-Fi); a class
 * says how fast a link was, not what it is made of.
 */

/** `unknown`: there was no estimate. The order is that of stored numbers: only ever add at the end. */
export const linkClasses = ['unknown', '3g', '4g', 'wifi', 'wired'] as const;
export type LinkClass = (typeof linkClasses)[number];

/** From this many megabits a second on, each. */
const FROM_MBPS = { '3g': 0, '4g': 3, wifi: 12, wired: 60 } as const satisfies Partial<
  Record<LinkClass, number>
>;

const BITS_PER_MS_OF_MBPS = 1_000;

/** The class of an estimate in ms per byte; null: none. */
export function linkClassOf(uplinkMsPerByte: number | null): LinkClass {
  if (uplinkMsPerByte === null) return 'unknown';
  const mbps = 8 / uplinkMsPerByte / BITS_PER_MS_OF_MBPS;
  if (mbps >= FROM_MBPS.wired) return 'wired';
  if (mbps >= FROM_MBPS.wifi) return 'wifi';
  return mbps >= FROM_MBPS['4g'] ? '4g' : '3g';
}

/** The uplinks of a class in ms per byte: above the first, at most the second. */
export function msPerByteOf(link: Exclude<LinkClass, 'unknown'>): readonly [number, number] {
  const bounds = [...Object.values(FROM_MBPS), Number.POSITIVE_INFINITY];
  const at = Object.keys(FROM_MBPS).indexOf(link);
  const toMsPerByte = (mbps: number) => 8 / mbps / BITS_PER_MS_OF_MBPS;
  return [toMsPerByte(bounds[at + 1] ?? 0), toMsPerByte(bounds[at] ?? 0)];
}
