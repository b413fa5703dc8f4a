/**
 * The rows of a device's plan table: for every stretch of link rates the cut that is best there, with what the device needs to
 * compute its latency at any rate. Made for one profile of device and cloud; independent of the rate. Pure.
 */
import { planRows, timesOf } from '../../planner/index.js';
import {
  CHUNK_HEADER_BYTES,
  type DesiredPlan,
  MAX_TABLE_ROWS,
  type PlanRows,
  type Prediction,
  type RowTimes,
} from '../../wire/index.js';
import { PACKET_BYTES } from '../pricing/link-estimates.js';
import { type Cut, cutOf, localCut, placementOf } from '../pricing/planner-network.js';
import { frameProblem, predict, problemOf, type Situation } from '../pricing/prediction.js';
import { isSameCut } from './proposal.js';

type Row = PlanRows['rows'][number];

/** Max digests in all rows: some 300 KB of a document. */
const MAX_DIGESTS = 4096;

/** The table of a plan whose own cut is given; undefined when the cut cannot be run. */
export function tableFor(
  situation: Situation,
  own: Cut,
  cutsAt: CutsAt = bestCuts,
): DesiredPlan['table'] {
  const times = rowTimesOf(situation, own);
  if (times === undefined) return undefined;
  const cuts = [localCut(situation.model), ...cutsAt(situation)];
  const others = cuts.filter(
    (cut, i) => !isSameCut(cut, own) && cuts.findIndex((one) => isSameCut(one, cut)) === i,
  );
  const rows = others.flatMap((cut): Row[] => {
    const priced = pricedRow(situation, cut);
    return priced === undefined ? [] : [{ ...cut, ...priced }];
  });
  const most = Math.min(
    MAX_TABLE_ROWS,
    Math.max(1, Math.floor(MAX_DIGESTS / situation.model.blocks.length)),
  );
  return { times, rows: rows.slice(0, most) };
}

/** Cuts that are best at some link rate. */
export type CutsAt = (situation: Situation) => Cut[];

/**
 * Remembers the cuts of the latest situations that differ in more than the link's rate: all devices of a kind share one search.
 * Round trips that differ by a few percent count as one.
 */
export class KnownCuts {
  private readonly known = new Map<string, Cut[]>();

  /** The cuts for a situation, found at the first time. */
  readonly at: CutsAt = (situation) => {
    const key = keyOf(situation);
    const cuts = this.known.get(key) ?? bestCuts(situation);
    this.known.delete(key);
    this.known.set(key, cuts);
    for (const oldest of this.known.keys()) {
      if (this.known.size <= REMEMBERED) break;
      this.known.delete(oldest);
    }
    return cuts;
  };
}

const QUICK_MS_PER_BYTE = 8e-6;
const REMEMBERED = 256;
const RTT_DIGITS = 2;

function keyOf({ model, costs, link, creditBytes }: Situation): string {
  const rttMs = link.rttMs.toPrecision(RTT_DIGITS);
  const plain = (_: string, value: unknown): unknown => (value instanceof Map ? [...value] : value);
  const { id, digest, leaves } = model;
  return JSON.stringify([id, digest, leaves, costs, rttMs, creditBytes], plain);
}

/** Cuts that are best somewhere, and small enough for the cloud. */
function bestCuts(situation: Situation): Cut[] {
  const { model, costs, creditBytes } = situation;
  // The cost of a packet in addition to its tensor does not decide where rows begin; at a slow rate it would.
  const quick = { ...situation.link, uplinkMsPerByte: QUICK_MS_PER_BYTE };
  const { network, link } = problemOf({ ...situation, link: quick });
  return planRows(network, link)
    .map(({ device, uploads }) => {
      const idOf = (place: number): string => network.units[place]?.id ?? '';
      const sent = uploads.map(({ unit, encoding }) => ({ id: idOf(unit), encoding }));
      return cutOf(model, { device: device.map(idOf), uploads: sent, cloud: [] }, costs);
    })
    .filter(({ uploads }) => uploads.reduce((sum, { bytes }) => sum + bytes, 0) <= creditBytes);
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
      bytes: upload.bytes + CHUNK_HEADER_BYTES + PACKET_BYTES,
    })),
    latencyMs,
    returnMs: latencyMs + (8 * resultBytes) / (1000 * downlinkMbps),
  };
}
