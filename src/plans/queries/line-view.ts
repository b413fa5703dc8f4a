/** The line of a device's site, for people to read. Pure. */
import type { SiteUplink } from '../../fleet/index.js';
import { isJudged, type LineStanding } from '../sites/line-standing.js';
import type { LineView } from './plan-answers.js';

/** What is known of the line now; null for a device without a site. */
export function lineViewOf(
  uplink: SiteUplink | null,
  standing: LineStanding | undefined,
): LineView | null {
  if (uplink === null) return null;
  if (standing === undefined || !isJudged(uplink, standing)) return unknownLine(uplink);
  const { site, mbps, devices, load, share } = standing;
  return {
    ...{ site, mbps, devices, load },
    bytesPrice: share?.bytesPrice ?? 0,
    shareMbps: share?.mbps ?? null,
    intervalMs: share?.intervalMs ?? null,
    slowdown: share?.slowdown ?? null,
    text: textOf(standing),
  };
}

/** A line that was not judged is not one without a price. */
function unknownLine({ site, mbps }: SiteUplink): LineView {
  return {
    ...{ site, mbps, devices: null, load: null, bytesPrice: null },
    ...{ shareMbps: null, intervalMs: null, slowdown: null },
    text: 'it is not known yet which devices share the line; the device keeps its plan until it is',
  };
}

function textOf({ mbps, devices, load, share, fault }: LineStanding): string {
  if (fault !== undefined) return `the devices of the site keep what they have: ${fault}`;
  if (devices < 2) return 'no other device of the site is online, so the line has no price';
  const used =
    load === null ? '' : `, whose frames use ${shown(100 * load)} % of ${shown(mbps)} Mbps`;
  const text = `${devices} devices share the line${used}`;
  if (share === null) return `${text}; this device need not save any of it`;
  const slower =
    share.slowdown > SLOWED
      ? `a frame every ${shown(share.intervalMs)} ms, ${shown(share.slowdown)} times as long as alone, and `
      : '';
  const price =
    share.bytesPrice === 0
      ? ''
      : `, and each KB must save ${shown(share.bytesPrice)} ms for the others`;
  return `${text}; this device gets ${slower}${shown(share.mbps)} Mbps on average${price}`;
}

/** A slowdown that is less is rounding. */
const SLOWED = 1 + 1e-6;

const shown = (value: number): string => String(Number(value.toPrecision(3)));
