/** Limits of planning, as an operator sets them and as columns of a device. */
import type { DeadlineGoal } from '../../wire/index.js';

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
} as const;

type LimitRow = { readonly [K in keyof typeof LIMIT_COLUMNS]: number | null };

/** The limits of a row. */
export function limitsOf(row: LimitRow): DeviceLimits {
  const { bytesPrice, monthlyBytes, deviceMemoryBytes, goalDeadlineMs, goalRisk } = row;
  const isDue = goalDeadlineMs !== null && goalRisk !== null;
  const deadline = isDue ? { deadlineMs: goalDeadlineMs, risk: goalRisk } : null;
  return { bytesPrice, monthlyBytes, deviceMemoryBytes, deadline };
}

/** The columns that a change writes. */
export function limitColumns(change: LimitsChange = {}): Partial<LimitRow> {
  const { bytesPrice, monthlyBytes, deviceMemoryBytes, deadline } = change;
  return {
    ...(bytesPrice !== undefined && { bytesPrice }),
    ...(monthlyBytes !== undefined && { monthlyBytes }),
    ...(deviceMemoryBytes !== undefined && { deviceMemoryBytes }),
    ...(deadline !== undefined && {
      goalDeadlineMs: deadline?.deadlineMs ?? null,
      goalRisk: deadline?.risk ?? null,
    }),
  };
}
