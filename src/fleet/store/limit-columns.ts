/** Limits of planning, as an operator sets them and as columns of a device. */
import type { DeadlineGoal } from '../../wire/index.js';

/** The line of a site, which all its devices share. */
export interface SiteUplink {
  readonly site: string;
  /** Rate of the line, not of the device's part of it. */
  readonly mbps: number;
}

/** What plans of a device keep within; null: no limit. */
export interface DeviceLimits {
  /** Latency in ms that each KB (1000 bytes) of a frame must save. */
  readonly bytesPrice: number | null;
  /** Max bytes that the frames of a calendar month (UTC) send. */
  readonly monthlyBytes: number | null;
  /** Max bytes of the blocks that the device runs. */
  readonly deviceMemoryBytes: number | null;
  /** By when frames should have ended, and which share of them may be late. */
  readonly deadline: DeadlineGoal | null;
  /** The line that the device shares with the other devices of its site. */
  readonly uplink: SiteUplink | null;
}

/** Limits to set; what is absent stays as it is. */
export type LimitsChange = { readonly [K in keyof DeviceLimits]?: DeviceLimits[K] | undefined };

/** The columns, as Prisma selects them. */
export const LIMIT_COLUMNS = {
  bytesPrice: true,
  monthlyBytes: true,
  deviceMemoryBytes: true,
  goalDeadlineMs: true,
  goalRisk: true,
  siteName: true,
  siteMbps: true,
} as const;

type LimitRow = {
  readonly [K in keyof typeof LIMIT_COLUMNS]: K extends 'siteName' ? string | null : number | null;
};

/** The limits of a row. */
export function limitsOf(row: LimitRow): DeviceLimits {
  const { bytesPrice, monthlyBytes, deviceMemoryBytes, goalDeadlineMs, goalRisk } = row;
  const { siteName: site, siteMbps: mbps } = row;
  const isDue = goalDeadlineMs !== null && goalRisk !== null;
  const deadline = isDue ? { deadlineMs: goalDeadlineMs, risk: goalRisk } : null;
  const uplink = site !== null && mbps !== null ? { site, mbps } : null;
  return { bytesPrice, monthlyBytes, deviceMemoryBytes, deadline, uplink };
}

/** The columns that a change writes. */
export function limitColumns(change: LimitsChange = {}): Partial<LimitRow> {
  const { bytesPrice, monthlyBytes, deviceMemoryBytes, deadline, uplink } = change;
  return {
    ...(bytesPrice !== undefined && { bytesPrice }),
    ...(monthlyBytes !== undefined && { monthlyBytes }),
    ...(deviceMemoryBytes !== undefined && { deviceMemoryBytes }),
    ...(deadline !== undefined && {
      goalDeadlineMs: deadline?.deadlineMs ?? null,
      goalRisk: deadline?.risk ?? null,
    }),
    ...(uplink !== undefined && {
      siteName: uplink?.site ?? null,
      siteMbps: uplink?.mbps ?? null,
    }),
  };
}
