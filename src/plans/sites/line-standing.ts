/** How the line of a device's site stood when it was judged last. Pure. */
import type { SiteUplink } from '../../fleet/index.js';
import type { LineShare } from '../pricing/pace-margin.js';

export interface LineStanding {
  readonly site: string;
  /** Rate of the line, or of the part of it that these devices share. */
  readonly mbps: number;
  /** Devices that share it. */
  readonly devices: number;
  /** Share of the rate that their frames are planned to use; null where that is not known. */
  readonly load: number | null;
  /** What the device has of it; null: no device needs to save any, or it follows no prices. */
  readonly share: LineShare | null;
  /** Why the devices could not be planned together. */
  readonly fault?: string;
}

/** The share that a device has under its setting; undefined without one. */
export function shareUnder(
  uplink: SiteUplink | null,
  standing: LineStanding | undefined,
): LineShare | undefined {
  return isJudged(uplink, standing) ? (standing?.share ?? undefined) : undefined;
}

/** True when the line of the device's site was judged since the device is known here. */
export function isJudged(uplink: SiteUplink | null, standing: LineStanding | undefined): boolean {
  return uplink !== null && standing?.site === uplink.site;
}
