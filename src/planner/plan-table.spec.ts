import { describe, expect, it } from 'vitest';
import { namedGraphs } from '../../test/support/networks/graphs.js';
import { instances } from '../../test/support/planner/instances.js';
import { latencyAt } from '../wire/index.js';
import {
  type LinkTraits,
  type Network,
  type PlanTableRow,
  planRows,
  simulate,
  solve,
} from './index.js';

/** The per-tensor cost belongs to the link and is no part of a row. */
const TRAITS: LinkTraits = { latencyMs: 5, perTensorMs: 0, resultBytes: 1000, downlinkMbps: 20 };
const RATES = Array.from({ length: 25 }, (_, i) => 0.05 * 20_000 ** ((i + 0.37) / 25));

const RETURN_MS = TRAITS.latencyMs + (8 * TRAITS.resultBytes) / (1000 * TRAITS.downlinkMbps);

/** Latency of a row as a device estimates it. */
function estimatedMs({ times }: PlanTableRow, uplinkMbps: number): number {
  const links = { latencyMs: TRAITS.latencyMs, returnMs: RETURN_MS };
  return latencyAt({ ...times, ...links, uploads: [...times.uploads] }, 0.008 / uplinkMbps);
}

/** Latency of the row that a device chooses, compared with the best, at one rate. */
function excess(network: Network, uplinkMbps: number, rows: readonly PlanTableRow[]): number {
  const link = { ...TRAITS, uplinkMbps };
  const costs = rows.map((one) => estimatedMs(one, uplinkMbps));
  const row = rows[costs.indexOf(Math.min(...costs))];
  if (row === undefined) throw new Error('there are no rows');
  const idOf = (place: number): string => network.units[place]?.id ?? '';
  const run = simulate(
    { network, link },
    {
      device: row.device.map(idOf),
      uploads: row.uploads.map(({ unit, encoding }) => ({ id: idOf(unit), encoding })),
    },
  );
  const best = solve({ network, link }, 'exact');
  if (run.kind === 'refused' || best.kind === 'infeasible') throw new Error('cannot be run');
  expect(Math.min(...costs)).toBeCloseTo(run.makespanMs, 3);
  const bestMs = best.schedule.makespanMs;
  return (run.makespanMs - bestMs) / Math.max(bestMs, 1e-9);
}

describe('plan table', () => {
  const small = ['tiny-fork', 'three-cameras', 'squeezenet', 'resnet18'];
  const networks = [
    ...Object.entries(namedGraphs),
    ...instances().flatMap(({ name, network }) =>
      small.includes(name) ? [[name, network] as const] : [],
    ),
  ];
  it.each(networks)(
    'holds the best plan of %s at every rate, within 1 percent of a breakpoint',
    (_, network) => {
      const rows = planRows(network, TRAITS);
      const rates = rows.map(({ fromMbps }) => fromMbps);
      expect(rates).toEqual(rates.toSorted((a, b) => a - b));
      for (const rate of RATES) expect(excess(network, rate, rows)).toBeLessThan(0.01);
      expect(JSON.stringify(rows).length).toBeLessThan(8192);
    },
  );
});
