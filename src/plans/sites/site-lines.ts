/** The lines of sites: which devices share one now, and what of it can be shared out. Pure. */
import type { SiteUplink } from '../../fleet/index.js';
import type { LineMember, LineQuestion } from './line-question.js';

/** A device that is online or went away a short time ago. */
export interface LineDevice {
  readonly uplink: SiteUplink;
  readonly member: LineMember;
  /** Mean rate of a device that follows no prices, because an operator ordered its strategy; undefined for all others. */
  readonly fixedMbps: number | undefined;
}

/** A line, or a part of one, and what is asked about it. */
export interface SiteLine {
  /** Of the site and the part. */
  readonly key: string;
  /** Rate of the whole line. */
  readonly siteMbps: number;
  /** Rate of this part. */
  readonly mbps: number;
  /** All devices that use it, also those that follow no prices. */
  readonly devices: readonly string[];
  readonly question: LineQuestion;
}

/** Max devices of one question: some tenths of a second in the planning thread, for which the plan of a single device waits. */
export const MAX_MEMBERS = 100;
/** Share of a line that stays for the others where devices that follow no prices need more: they need something to plan with. */
const MIN_REST = 0.05;

/**
 * One line a site. Where devices name different rates the lowest counts. A larger site is divided into parts, each with the rate of
 * its number of devices: fair within a part, and nearly fair over all where the parts are alike.
 */
export function linesOf(devices: readonly LineDevice[]): SiteLine[] {
  const sites = new Map<string, LineDevice[]>();
  for (const device of devices) {
    const { site } = device.uplink;
    const known = sites.get(site);
    if (known === undefined) sites.set(site, [device]);
    else known.push(device);
  }
  return [...sites].flatMap(([site, all]) => partsOf(site, all));
}

function partsOf(site: string, all: readonly LineDevice[]): SiteLine[] {
  const siteMbps = Math.min(...all.map(({ uplink }) => uplink.mbps));
  const parts = Math.ceil(all.length / MAX_MEMBERS);
  const sorted = all.toSorted((a, b) => (a.member.device < b.member.device ? -1 : 1));
  return Array.from({ length: parts }, (_, part) => {
    // By place, so that a device that comes or goes moves few others.
    const some = sorted.filter((_, i) => Math.floor((i * parts) / sorted.length) === part);
    const mbps = (siteMbps * some.length) / all.length;
    const fixedMbps = some.reduce((sum, one) => sum + (one.fixedMbps ?? 0), 0);
    const free = some.filter((one) => one.fixedMbps === undefined);
    return {
      ...{ key: `${site}/${part}`, siteMbps, mbps },
      devices: some.map(({ member }) => member.device),
      question: {
        ...{ site, mbps: Math.max(MIN_REST * mbps, mbps - fixedMbps) },
        members: free.map(({ member }) => member),
      },
    };
  });
}
