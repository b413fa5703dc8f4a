/**
 * The plan table: a model's plans by link rate, so that a device can change plan without asking.
 *
 * Made by the planner for one profile of device and cloud. Units are named by their places in the
 * list the planner was given.
 */
import { z } from 'zod';

const place = z.int().min(0);
const factors = z.tuple([z.number().positive(), z.number().positive()]).readonly();

export const planTable = z.object({
  v: z.literal(1),
  toMbps: z.number().positive(),
  rows: z
    .array(
      z.object({
        fromMbps: z.number().positive(),
        /** Predicted latency at this row's lowest rate and where the next row starts. */
        fromMs: z.number().min(0),
        toMs: z.number().min(0),
        device: z.array(place).readonly(),
        uploads: z.array(z.object({ unit: place, encoding: z.string() }).readonly()).readonly(),
      }),
    )
    .min(1)
    .readonly(),
  /** Factors on device and cloud times within which a plan stays within 5 % of the best. */
  validity: z.object({ slowdown: factors, cloudLoad: factors }),
});
export type PlanTable = z.infer<typeof planTable>;
export type PlanTableRow = PlanTable['rows'][number];

/** What the device knows of the moment; the factors are 1 where nothing was measured. */
export interface LinkState {
  readonly uplinkMsPerByte: number;
  /** How much slower the device is than its profile. */
  readonly slowdown?: number;
  /** How much slower the cloud is than its profile. */
  readonly cloudLoad?: number;
}

/** The row to follow. */
export interface ChosenPlan {
  readonly row: PlanTableRow;
  /** Place of the row in the table. */
  readonly index: number;
  readonly predictedMs: number;
  /** Whether rate and factors are within what the table was made for. */
  readonly isValid: boolean;
}

/**
 * The plan for a link: a device θ times slower behind a link is the profiled one behind a link θ
 * times faster, on a clock θ times slower. O(log rows).
 */
export function choosePlan(table: PlanTable, link: LinkState): ChosenPlan {
  const { slowdown = 1, cloudLoad = 1 } = link;
  const mbps = (0.008 / link.uplinkMsPerByte) * slowdown;
  const index = lastRowFrom(table.rows, mbps);
  const row = table.rows[index];
  if (row === undefined) throw new RangeError('a plan table has at least one row');
  const toMbps = table.rows[index + 1]?.fromMbps ?? table.toMbps;
  const { validity } = table;
  return {
    row,
    index,
    predictedMs: slowdown * predictedMs(row, toMbps, mbps),
    isValid:
      mbps >= row.fromMbps &&
      mbps <= toMbps &&
      isWithin(slowdown, validity.slowdown) &&
      isWithin(cloudLoad, validity.cloudLoad),
  };
}

function lastRowFrom(rows: readonly PlanTableRow[], mbps: number): number {
  let [low, high] = [0, rows.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((rows[middle]?.fromMbps ?? Number.POSITIVE_INFINITY) <= mbps) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Linear in the time per byte, as the makespan of one plan is between its kinks. */
function predictedMs(
  { fromMbps, fromMs, toMs }: PlanTableRow,
  toMbps: number,
  mbps: number,
): number {
  const share = (1 / mbps - 1 / toMbps) / (1 / fromMbps - 1 / toMbps || 1);
  return Math.max(0, toMs + share * (fromMs - toMs));
}

function isWithin(value: number, [least, most]: readonly [number, number]): boolean {
  return value >= least && value <= most;
}
