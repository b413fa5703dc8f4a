/**
 * The rows of a device's plan table: for every stretch of link rates the cut that is best there, with what the device needs to
 * compute its latency at any rate. Made for one profile of device and cloud; independent of the rate. Within limits, and for a
 * deadline, also cuts that are nowhere the quickest. Pure.
 */
import {
  cutPool,
  type LinkTraits,
  type Network,
  type PlanTableRow,
  type PooledPlan,
  planRows,
  rowsWithin,
  timesOf,
} from '../../planner/index.js';
import {
  CHUNK_HEADER_BYTES,
  type DesiredPlan,
  MAX_TABLE_ROWS,
  type ModelDocument,
  type PlanRows,
  type Prediction,
  type RowTimes,
} from '../../wire/index.js';
import { breachOf } from '../pricing/frame-limits.js';
import { PACKET_BYTES } from '../pricing/link-estimates.js';
import { type Cut, cutOf, localCut, placementOf } from '../pricing/planner-network.js';
import { frameProblem, predict, problemOf, type Situation } from '../pricing/prediction.js';
import { isSameCut } from './proposal.js';

type Row = PlanRows['rows'][number];

/** Max digests in all rows: some 300 KB of a document. */
const MAX_DIGESTS = 4096;
/** What a tensor takes on the link in addition to its bytes: one packet. */
const TENSOR_BYTES = CHUNK_HEADER_BYTES + PACKET_BYTES;

/** Max rows of a model's tables, at least two. */
function mostRows({ blocks }: ModelDocument): number {
  return Math.min(MAX_TABLE_ROWS, Math.max(2, Math.floor(MAX_DIGESTS / blocks.length)));
}

/** The table of a plan whose own cut is given; undefined when the cut cannot be run. */
export function tableFor(
  situation: Situation,
  own: Cut,
  cutsAt: CutsAt = bestCuts,
): DesiredPlan['table'] {
  const times = rowTimesOf(situation, own);
  if (times === undefined) return undefined;
  const alone = localCut(situation.model);
  const isAllowed = breachOf(situation, alone) === undefined;
  const cuts = [...(isAllowed ? [alone] : []), ...cutsAt(situation)];
  const others = cuts.filter(
    (cut, i) => !isSameCut(cut, own) && cuts.findIndex((one) => isSameCut(one, cut)) === i,
  );
  const rows = others.flatMap((cut): Row[] => {
    const priced = pricedRow(situation, cut);
    return priced === undefined ? [] : [{ ...cut, ...priced }];
  });
  return { times, rows: rows.slice(0, mostRows(situation.model)) };
}

/** Cuts that are best at some link rate. */
export type CutsAt = (situation: Situation) => Cut[];

/**
 * Remembers what the latest situations that differ in more than the link's rate have in common: all devices of a kind share one
 * search. Round trips that differ by a few percent count as one. Limits and deadlines choose from a pool that is theirs in common.
 */
export class KnownCuts {
  private readonly quickest = new Latest<Cut[]>(REMEMBERED);
  private readonly pools = new Latest<PooledPlan[]>(REMEMBERED_POOLS);

  /** The cuts for a situation; what they come from is searched at the first time. */
  readonly at: CutsAt = (situation) => {
    const key = keyOf(situation);
    if (isPlain(situation)) return this.quickest.of(key, () => quickestCuts(situation));
    const { deviceMemoryBytes = '' } = situation.limits ?? {};
    const pool = this.pools.of(`${deviceMemoryBytes} ${key}`, () => poolOf(situation));
    return cutsWithin(situation, pool);
  };
}

/** The latest values by key, up to a number. */
class Latest<T> {
  private readonly known = new Map<string, T>();

  constructor(private readonly limit: number) {}

  of(key: string, make: () => T): T {
    const value = this.known.get(key) ?? make();
    this.known.delete(key);
    this.known.set(key, value);
    for (const oldest of this.known.keys()) {
      if (this.known.size <= this.limit) break;
      this.known.delete(oldest);
    }
    return value;
  }
}

const QUICK_MS_PER_BYTE = 8e-6;
const REMEMBERED = 256;
/** A pool holds some hundred plans. */
const REMEMBERED_POOLS = 32;
const RTT_DIGITS = 2;

function keyOf({ model, costs, link, creditBytes }: Situation): string {
  const rttMs = link.rttMs.toPrecision(RTT_DIGITS);
  const plain = (_: string, value: unknown): unknown => (value instanceof Map ? [...value] : value);
  const { id, digest, leaves } = model;
  return JSON.stringify([id, digest, leaves, costs, rttMs, creditBytes], plain);
}

/** True where the quickest cuts are all that a table needs. */
function isPlain({ limits, deadline }: Situation): boolean {
  return limits === undefined && deadline === undefined;
}

function bestCuts(situation: Situation): Cut[] {
  return isPlain(situation) ? quickestCuts(situation) : cutsWithin(situation, poolOf(situation));
}

/** Cuts that are the quickest somewhere, and small enough for the cloud. */
function quickestCuts(situation: Situation): Cut[] {
  const { network, traits } = rateless(situation);
  return cutsOfRows(situation, network, planRows(network, traits));
}

function poolOf(situation: Situation): PooledPlan[] {
  const { network, traits } = rateless(situation);
  return cutPool(network, traits, situation.limits?.deviceMemoryBytes);
}

/** Cuts of a pool that suit limits and deadline. */
function cutsWithin(situation: Situation, pool: readonly PooledPlan[]): Cut[] {
  const { network, traits } = rateless(situation);
  const { creditBytes, deadline } = situation;
  const { limits = {} } = situation;
  const maxFrameBytes = Math.min(creditBytes, limits.maxFrameBytes ?? creditBytes);
  // What a frame costs in addition to its blocks and bytes is in no row of the planner.
  const frameMs = situation.costs.overheads?.frameMs ?? 0;
  const aims = {
    ...{ ...limits, maxFrameBytes, perTensorBytes: TENSOR_BYTES },
    ...(deadline !== undefined && { deadlineMs: Math.max(0, deadline.deadlineMs - frameMs) }),
  };
  // One row is left for the device alone.
  const rows = rowsWithin(pool, traits, aims, mostRows(situation.model) - 1);
  return cutsOfRows(situation, network, rows);
}

/** Network and link without what depends on the rate: at a slow one the cost of a packet would decide where rows begin. */
function rateless(situation: Situation): { network: Network; traits: LinkTraits } {
  const quick = { ...situation.link, uplinkMsPerByte: QUICK_MS_PER_BYTE };
  const { network, link } = problemOf({ ...situation, link: quick });
  return { network, traits: link };
}

/** The cuts of rows that break no limit: a unit is charged for all its tensors, a cut for those that are read. */
function cutsOfRows(
  situation: Situation,
  network: Network,
  rows: readonly Pick<PlanTableRow, 'device' | 'uploads'>[],
): Cut[] {
  const { model, costs } = situation;
  return rows
    .map(({ device, uploads }) => {
      const idOf = (place: number): string => network.units[place]?.id ?? '';
      const sent = uploads.map(({ unit, encoding }) => ({ id: idOf(unit), encoding }));
      return cutOf(model, { device: device.map(idOf), uploads: sent, cloud: [] }, costs);
    })
    .filter((cut) => breachOf(situation, cut) === undefined);
}

function pricedRow(
  situation: Situation,
  cut: Cut,
): { predicted: Prediction; times: RowTimes } | undefined {
  const [predicted, times] = [predict(situation, cut), rowTimesOf(situation, cut)];
  return predicted === undefined || times === undefined ? undefined : { predicted, times };
}

function rowTimesOf(situation: Situation, cut: Cut): RowTimes | undefined {
  const { network, link } = frameProblem(situation, cut);
  const times = timesOf({ network, link }, placementOf(situation.model, cut));
  if (times === undefined) return undefined;
  const { latencyMs, resultBytes, downlinkMbps } = link;
  return {
    ...times,
    uploads: times.uploads.map((upload) => ({
      ...upload,
      bytes: upload.bytes + TENSOR_BYTES,
    })),
    latencyMs,
    returnMs: latencyMs + (8 * resultBytes) / (1000 * downlinkMbps),
  };
}
