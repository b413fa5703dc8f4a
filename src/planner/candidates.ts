/**
 * The cuts a strategy chooses from, most promising first.
 *
 * Where the network has few device sets these are all of them, ranked by their lower bounds; then
 * a strategy may stop at the first whose bound is no better than what it has.
 */
import { setBoundMs } from './bounds.js';
import { type CutMix, cutMixOf } from './cut-mix.js';
import { allDeviceSets, type DeviceSet, extremeSet } from './device-sets.js';
import { type Frame, serialMs, serialSending } from './frame.js';
import { type Graph, mayStartInCloud } from './graph.js';
import { cheapestSet } from './partition.js';
import { promisingSets } from './promising-sets.js';
import { decide } from './schedule/contract.js';
import { kahnOrder } from './schedule/topological.js';
import { makespanMs } from './simulate.js';

/** A device set no order of which ends before `boundMs`. */
export interface Candidate {
  readonly set: DeviceSet;
  readonly boundMs: number;
}

/** Candidate cuts by rising bound; `boundMs` holds for every schedule of the frame. */
export interface Candidates {
  readonly ranked: readonly Candidate[];
  readonly isComplete: boolean;
  readonly boundMs: number;
}

/** A graph with all its device sets, where it has few enough: what can be known before the link. */
export interface Preparation {
  readonly graph: Graph;
  readonly sets: readonly DeviceSet[] | undefined;
}

/** Work spent on listing device sets, in nodes looked at. */
const LISTING_LIMIT = 1_000_000;

/** Lists the device sets of a graph once, for any number of links. */
export function prepare(graph: Graph): Preparation {
  const limit = Math.max(1, Math.floor(LISTING_LIMIT / graph.nodes.length));
  return { graph, sets: allDeviceSets(graph, limit) };
}

/** Ranks the candidate cuts of a frame. O(sets · cut + sets log sets) */
export function candidatesOf(frame: Frame, { sets }: Preparation): Candidates {
  if (sets) {
    const ranked = rank(frame, sets);
    return { ranked, isComplete: true, boundMs: ranked[0]?.boundMs ?? Infinity };
  }
  const mix = cutMixOf(frame, 1);
  const few = [
    ...mix.columns.map((column) => column.set),
    extremeSet(frame.graph, 'inputs'),
    leastSerialSet(frame),
  ];
  const ranked = rank(frame, few);
  const promising = promisingSets(frame, leastKnownMs(frame, ranked));
  if (!promising) return { ranked, isComplete: false, boundMs: mixBoundMs(frame, mix) };
  const all = rank(frame, [...promising, ...few]);
  return { ranked: all, isComplete: true, boundMs: all[0]?.boundMs ?? Infinity };
}

/** The best of the few in a plain order: what other sets have to beat. */
function leastKnownMs(frame: Frame, few: readonly Candidate[]): number {
  return Math.min(
    ...few.map(({ set }) => {
      const decision = decide(frame, set, kahnOrder);
      return decision ? makespanMs(frame, decision) : Infinity;
    }),
  );
}

function rank(frame: Frame, sets: readonly DeviceSet[]): Candidate[] {
  return sets
    .map((set) => ({ set, boundMs: setBoundMs(frame, set) }))
    .filter(({ boundMs }) => boundMs < Infinity)
    .sort((a, b) => a.boundMs - b.boundMs);
}

/**
 * A bound for every schedule from the proofs of the linear program: a frame takes at least any
 * weighted mean of its loads, plus what each machine must wait for after its last work.
 */
function mixBoundMs({ graph, latencyMs, returnMs }: Frame, { proofs }: CutMix): number {
  const localMs = graph.nodes.reduce((sum, node) => sum + node.deviceMs, 0);
  const afterLinkMs = mayStartInCloud(graph) ? 0 : latencyMs + returnMs;
  const cloudMs = Math.max(
    ...proofs.map(
      ({ prices, leastMs }) => leastMs + prices[1] * afterLinkMs + prices[2] * returnMs,
    ),
  );
  return Math.min(localMs, cloudMs);
}

/** The cut that is best when nothing overlaps; a cut pays the way there and back once. */
export function leastSerialSet(frame: Frame): DeviceSet {
  const { graph, latencyMs, returnMs } = frame;
  const cut = cheapestSet(graph, {
    deviceMs: (node) => node.deviceMs,
    sendMs: (node) => {
      const sending = serialSending(frame, node);
      return sending ? serialMs(sending) : Infinity;
    },
    cloudMs: (node) => node.cloudMs,
  });
  const local = extremeSet(graph, 'all');
  return cut.costMs + latencyMs + returnMs < local.deviceMs ? cut.set : local;
}
