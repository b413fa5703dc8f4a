/** Rows within limits and for deadlines against every plan of small networks (test/support/planner/exhaustive.ts). */
import { describe, expect, it } from 'vitest';
import { FAMILIES, randomProblem } from '../../../test/support/networks/random-networks.js';
import { runMs } from '../../../test/support/planner/exhaustive.js';
import { type OraclePlan, plansOf } from '../../../test/support/planner/paced-oracle.js';
import { seededRandom } from '../../wire/index.js';
import { cutPool, type PlanTableRow, type Problem, type RowAims, rowsWithin } from '../index.js';

/** Set it for a longer search for mismatches. */
const INSTANCES = Number(process.env.FLOTILLA_INSTANCES ?? 100);
const SLIGHT = 1 + 1e-6;
const STEP = 1.1;
const gridRate = (step: number): number => 0.05 * STEP ** step;

interface Case {
  readonly problem: Problem;
  readonly aims: RowAims;
  readonly random: () => number;
}

/** A small network whose tensors have thousands of bytes, so that rates between 0.05 and 1000 Mbps matter. */
function caseOf(seed: number): Case {
  const random = seededRandom(55_000 + seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const family = FAMILIES[seed % FAMILIES.length] ?? 'general';
  const units = 2 + (Math.floor(seed / 4) % 4);
  const drawn = randomProblem({ family, units, seed, hasEncodings: seed % 3 === 0 });
  const network = {
    ...drawn.network,
    units: drawn.network.units.map((unit) => ({
      ...{ ...unit, memoryBytes: below(10), outputBytes: 1000 * unit.outputBytes },
      ...(unit.encodings && {
        encodings: unit.encodings.map((one) => ({ ...one, bytes: 1000 * one.bytes })),
      }),
    })),
  };
  const aims = {
    ...(below(3) === 0 ? { deviceMemoryBytes: below(10 * units) } : {}),
    ...(below(2) === 0 ? { maxFrameBytes: below(30_000) } : {}),
  };
  return { problem: { ...drawn, network, ...aims }, aims, random };
}

/** Rows for some aims, from a pool as planning makes it. */
function rowsFor({ problem, aims }: Case, more: RowAims = {}): PlanTableRow[] {
  const { network, link } = problem;
  const pool = cutPool(network, link, aims.deviceMemoryBytes);
  return rowsWithin(pool, link, { ...aims, ...more }, 1000);
}

function linkAt({ link }: Problem, uplinkMbps: number): Problem['link'] {
  return { ...link, uplinkMbps };
}

interface Point {
  readonly bytes: number;
  readonly ms: number;
}

/** Every plan within the limits at a rate, worked out by the oracle. */
function oracleAt(problem: Problem, plans: readonly OraclePlan[], mbps: number): Point[] {
  return plans.map(({ device, sent, bytes }) => ({
    bytes,
    ms: runMs(problem.network, linkAt(problem, mbps), device, sent),
  }));
}

/** The rows at a rate, executed by the oracle too. */
function rowsAt({ network, link }: Problem, rows: readonly PlanTableRow[], mbps: number): Point[] {
  return rows.map(({ device, uploads }) => {
    const order = device.map((place) => network.units[place]?.id ?? '');
    const sent = uploads.map(({ unit, encoding }) => {
      const one = network.units[unit];
      const plain = { name: 'plain', bytes: one?.outputBytes ?? 0, encodeMs: 0, decodeMs: 0 };
      const found = one?.encodings?.find(({ name }) => name === encoding) ?? plain;
      return { id: one?.id ?? '', encoding: found };
    });
    const ms = runMs(network, { ...link, uplinkMbps: mbps }, order, sent);
    return { bytes: sent.reduce((sum, { encoding }) => sum + encoding.bytes, 0), ms };
  });
}

const least = (points: readonly Point[], costOf: (point: Point) => number): number =>
  Math.min(Infinity, ...points.map(costOf));

const steps = [1, 20, 45, 60, 80, 103];
const seeds = Array.from({ length: INSTANCES }, (_, seed) => seed);

describe('rows within limits', () => {
  it('hold a plan as good as the best of all within memory and bytes, at any price', () => {
    const misses: string[] = [];
    let [compared, impossible] = [0, 0];
    for (const seed of seeds) {
      const one = caseOf(seed);
      const bytesPrice = [0, 0.1, 2, 50][seed % 4] ?? 0;
      const rows = rowsFor(one, { bytesPrice });
      const plans = plansOf(one.problem, false);
      if (plans.length === 0) {
        expect(rows, `seed ${seed}`).toEqual([]);
        impossible += 1;
        continue;
      }
      for (const mbps of steps.map(gridRate)) {
        const costOf = ({ bytes, ms }: Point): number => ms + (bytesPrice * bytes) / 1000;
        const best = least(oracleAt(one.problem, plans, mbps), costOf);
        const found = least(rowsAt(one.problem, rows, mbps), costOf);
        compared += 1;
        if (!(found <= best * SLIGHT)) misses.push(`${seed} at ${mbps}: ${found} above ${best}`);
        if (!(found >= best / SLIGHT)) misses.push(`${seed} at ${mbps}: ${found} below ${best}`);
      }
    }
    expect(misses).toEqual([]);
    expect(impossible).toBeGreaterThan(0);
    expect(compared).toBeGreaterThan(INSTANCES);
  });

  it('hold for a deadline the plan of fewest bytes in time, at any rate of the grid and above', () => {
    const misses: string[] = [];
    let sending = 0;
    for (const seed of seeds) {
      const one = caseOf(seed);
      const plans = plansOf(one.problem, false);
      if (plans.length === 0) continue;
      const aloneMs = one.problem.network.units.reduce((sum, unit) => sum + unit.deviceMs, 0);
      // The device alone is late, so that a frame has to be sent.
      const deadlineMs = aloneMs * (0.2 + 0.75 * one.random());
      const rows = rowsFor(one, { deadlineMs });
      for (const step of steps) {
        // Between two rates of the grid the plan for the lower one is in time too.
        const mbps = gridRate(step) * STEP ** one.random();
        const isInTime = ({ ms }: Point): boolean => ms <= deadlineMs * SLIGHT;
        const inTime = oracleAt(one.problem, plans, gridRate(step)).filter(
          ({ ms }) => ms <= deadlineMs,
        );
        const fewest = least(inTime, ({ bytes }) => bytes);
        const bytesOf = (table: PlanTableRow[]): number =>
          least(rowsAt(one.problem, table, mbps).filter(isInTime), ({ bytes }) => bytes);
        const found = bytesOf(rows);
        if (!(found <= fewest)) misses.push(`${seed} at ${mbps}: ${found}, not ${fewest}`);
        if (found > 0 && found < Infinity) sending += 1;
      }
    }
    expect(misses).toEqual([]);
    expect(sending).toBeGreaterThan(INSTANCES / 2);
  });

  it('hold for a deadline a plan that no rate and no price asks for', () => {
    // 100 kB at once, 50 kB after 9 ms, 10 kB after 10 ms: the second is above the line between the others.
    const units = [
      { id: 'in', deviceMs: 0, cloudMs: 0, outputBytes: 100_000 },
      { id: 'a', deviceMs: 9, cloudMs: 0, outputBytes: 50_000 },
      { id: 'b', deviceMs: 1, cloudMs: 0, outputBytes: 10_000 },
      { id: 'c', deviceMs: 20, cloudMs: 0, outputBytes: 1 },
    ];
    const edges = [
      ['in', 'a'],
      ['a', 'b'],
      ['b', 'c'],
    ] as const;
    const traits = { latencyMs: 0, perTensorMs: 0, resultBytes: 0, downlinkMbps: 20 };
    const pool = cutPool({ units, edges }, traits);
    const sizes = (aims: RowAims): number[] =>
      rowsWithin(pool, traits, aims, 15).map(({ device }) => device.length);
    for (const bytesPrice of [0, 0.01, 0.1, 0.12, 1])
      expect(sizes({ bytesPrice })).not.toContain(2);
    expect(sizes({ deadlineMs: 9.9 })).toContain(2);
    expect(sizes({ maxFrameBytes: 60_000, deadlineMs: 9.9 })).toContain(2);
  });

  it('are at most as many as asked for, and those that are best most often', () => {
    for (const seed of seeds.slice(0, 40)) {
      const one = caseOf(seed);
      const { network, link } = one.problem;
      const pool = cutPool(network, link);
      const all = rowsWithin(pool, link, { deadlineMs: 30 }, 1000);
      const two = rowsWithin(pool, link, { deadlineMs: 30 }, 2);
      expect(two.length).toBe(Math.min(2, all.length));
      const textOf = (row: PlanTableRow): string => JSON.stringify(row);
      expect(all.map(textOf)).toEqual(expect.arrayContaining(two.map(textOf)));
    }
  });
});
