/**
 * Classes of links by the estimated uplink at the start of a frame, under their common names.
 *
 * The bounds lie between the uplinks common in the literature (1.1 Mbps for 3G, 5.85 for 4G, 18.88 for Wi-Fi). A class
 * states the speed of a link, not its technology.
 */

/** `unknown`: no estimate. The database stores the index: only append. */
export const linkClasses = ['unknown', '3g', '4g', 'wifi', 'wired'] as const;
export type LinkClass = (typeof linkClasses)[number];

/** Lower bound of each class, in megabits per second. */
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
