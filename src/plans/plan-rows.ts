/**
 * The rows of a device's plan table: for every stretch of link rates the cut that is best there, with what the device needs to
 * tell its latency at any rate. Made for one profile of device and cloud; the rate plays no part. Pure.
 */
import { planRows, timesOf } from '../planner/index.js';
import {
  CHUNK_HEADER_BYTES,
  type DesiredPlan,
  MOST_ROWS,
  type PlanRows,
  type Prediction,
  type RowTimes,
} from '../wire/index.js';
import { PACKET_BYTES } from './link.js';
import { type Cut, cutOf, localCut, placementOf } from './network.js';
import { frameProblem, isSameCut, predict, problemOf, type Situation } from './planning.js';

type Row = PlanRows['rows'][number];

/** Most digests in all rows: some 300 KB of a document. */
const MOST_DIGESTS = 4096;

/** The table of a plan whose own cut is given; undefined when the cut cannot be run. */
export function tableFor(situation: Situation, own: Cut): DesiredPlan['table'] {
  const times = rowTimesOf(situation, own);
  if (times === undefined) return undefined;
  const cuts = [localCut(situation.model), ...bestCuts(situation)];
  const others = cuts.filter(
    (cut, i) => !isSameCut(cut, own) && cuts.findIndex((one) => isSameCut(one, cut)) === i,
  );
  const rows = others.flatMap((cut): Row[] => {
    const priced = pricedRow(situation, cut);
    return priced === undefined ? [] : [{ ...cut, ...priced }];
  });
  const most = Math.min(
    MOST_ROWS,
    Math.max(1, Math.floor(MOST_DIGESTS / situation.model.blocks.length)),
  );
  return { times, rows: rows.slice(0, most) };
}

/** Cuts that are best somewhere, and small enough for the cloud. */
function bestCuts(situation: Situation): Cut[] {
  const { model, costs, creditBytes } = situation;
  const { network, link } = problemOf(situation);
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
