/** The rows of a network's plan table as devices choose among them. */
import { type LinkTraits, type Network, planRows } from '../planner/index.js';
import type { RowTimes } from '../wire/index.js';

/** All rows by rising rate. The device alone is one of them, at all rates: it remains without a cloud. */
export function rowsOf(network: Network, traits: LinkTraits): RowTimes[] {
  const { latencyMs, resultBytes, downlinkMbps } = traits;
  const returnMs = latencyMs + (8 * resultBytes) / (1000 * downlinkMbps);
  const rows = planRows(network, traits).map(({ times }) => ({
    ...times,
    uploads: [...times.uploads],
    latencyMs,
    returnMs,
  }));
  if (rows.some(({ uploads }) => uploads.length === 0)) return rows;
  const deviceMs = network.units.reduce((sum, unit) => sum + unit.deviceMs, 0);
  return [{ deviceMs, ownMs: deviceMs, uploads: [], latencyMs, returnMs }, ...rows];
}
