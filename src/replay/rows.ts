/** The rows of a network's plan table as devices choose among them. */
import {
  cutPool,
  type LinkTraits,
  type Network,
  planRows,
  type RowAims,
  rowsWithin,
} from '../planner/index.js';
import { MAX_TABLE_ROWS, type RowTimes } from '../wire/index.js';

/**
 * All rows by rising rate: the quickest, or those for some aims. The device alone is one of them, at all rates: it remains without a
 * cloud.
 */
export function rowsOf(network: Network, traits: LinkTraits, aims?: RowAims): RowTimes[] {
  const { latencyMs, resultBytes, downlinkMbps } = traits;
  const returnMs = latencyMs + (8 * resultBytes) / (1000 * downlinkMbps);
  const found =
    aims === undefined
      ? planRows(network, traits)
      : rowsWithin(cutPool(network, traits), traits, aims, MAX_TABLE_ROWS);
  const rows = found.map(({ times }) => ({
    ...times,
    uploads: [...times.uploads],
    latencyMs,
    returnMs,
  }));
  if (rows.some(({ uploads }) => uploads.length === 0)) return rows;
  const deviceMs = network.units.reduce((sum, unit) => sum + unit.deviceMs, 0);
  return [{ deviceMs, ownMs: deviceMs, uploads: [], latencyMs, returnMs }, ...rows];
}
