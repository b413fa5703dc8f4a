import { describe, expect, it } from 'vitest';
import { namedGraphs } from '../../test/support/graphs.js';
import { instances } from '../../test/support/instances.js';
import { choosePlan, planTable as planTableSchema } from '../wire/index.js';
import { type LinkTraits, type Network, plan, planTable, simulate } from './index.js';

const TRAITS: LinkTraits = { latencyMs: 5, perTensorMs: 0.5, resultBytes: 1000, downlinkMbps: 20 };
const RATES = Array.from({ length: 25 }, (_, i) => 0.05 * 20_000 ** ((i + 0.37) / 25));

/** Latency of a looked-up plan beside the best, at one rate. */
function excess(network: Network, uplinkMbps: number, table: ReturnType<typeof planTable>): number {
  const link = { ...TRAITS, uplinkMbps };
  const { row, predictedMs } = choosePlan(planTableSchema.parse(table), {
    uplinkMsPerByte: 0.008 / uplinkMbps,
  });
  const idOf = (place: number): string => network.units[place]?.id ?? '';
  const run = simulate(
    { network, link },
    {
      device: row.device.map(idOf),
      uploads: row.uploads.map(({ unit, encoding }) => ({ id: idOf(unit), encoding })),
    },
  );
  const best = plan({ network, link }, 'exact');
  if (run.kind === 'refused' || best.kind === 'infeasible') throw new Error('cannot be run');
  // Between kinks the prediction is linear; over a whole row it may only err upwards.
  expect(predictedMs).toBeGreaterThanOrEqual(run.makespanMs * (1 - 1e-5));
  const bestMs = best.schedule.makespanMs;
  return (run.makespanMs - bestMs) / Math.max(bestMs, 1e-9);
}

describe('the plan table', () => {
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
      const table = planTable(network, TRAITS);
      expect(table.rows.map(({ fromMbps }) => fromMbps)).toEqual(
        table.rows.map(({ fromMbps }) => fromMbps).toSorted((a, b) => a - b),
      );
      for (const rate of RATES) expect(excess(network, rate, table)).toBeLessThan(0.01);
      expect(JSON.stringify(table).length).toBeLessThan(4096);
    },
  );

  it('says how far device and cloud may drift before its plans mislead', () => {
    const table = planTable(namedGraphs.chain ?? { units: [], edges: [] }, TRAITS);
    const [least, most] = table.validity.slowdown;
    expect(least).toBeLessThanOrEqual(1);
    expect(most).toBeGreaterThanOrEqual(1);
    expect(table.validity.cloudLoad[1]).toBeGreaterThanOrEqual(1);
  });
});
