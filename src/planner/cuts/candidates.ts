/**
 * The cuts a strategy chooses from, most promising first.
 *
 * Where the network has few device sets these are all of them, ranked by their lower bounds; then
 * a strategy may stop at the first whose bound is no better than what it has.
 */

import { kahnOrder } from '../order/kahn-order.js';
import { orderedCut } from '../order/ordered-cut.js';
import { allDeviceSets, type DeviceSet, extremeSet } from '../problem/device-sets.js';
import type { Graph } from '../problem/graph.js';
import { type PricedFrame, serialMs, serialSending } from '../problem/priced-frame.js';
import { makespanMs } from '../simulator/simulate.js';
import { cheapestSet } from './cheapest-set.js';
import { cutMixOf, scopedMixOf } from './cut-mix.js';
import { promisingSets } from './promising-sets.js';
import { scopeOf } from './scope.js';
import { setBoundMs } from './set-bound.js';
import { sideBoundsOf } from './side-bounds.js';

/** A device set no order of which ends before `boundMs`. */
export interface Candidate {
  readonly set: DeviceSet;
  readonly boundMs: number;
}

/** Candidate cuts by rising bound; `boundMs` holds for every schedule of the frame. */
export interface Candidates {
  readonly ranked: readonly Candidate[];
  /** Whether these are all cuts there are, not only those that one frame may need. */
  readonly holdsAll: boolean;
  readonly isComplete: boolean;
  readonly boundMs: number;
}

/** A graph with all its device sets, where it has few enough: what can be known before the link. */
export interface Preparation {
  readonly graph: Graph;
  readonly sets: readonly DeviceSet[] | undefined;
}

/**
 * Work spent on listing device sets, in nodes looked at. A single frame needs few sets, the scope of
 * what could be better finds the rest; where frames overlap, sets that are bad for one are of use.
 */
const LISTING_LIMIT = 200_000;
const LISTING_LIMIT_OF_MANY = 1_000_000;

/** How often a better cut may narrow the scope of the search for more. */
const NARROWINGS = 2;

const prepared = new WeakMap<Graph, Preparation>();

/** Lists the device sets of a graph once, for any number of links; memorised. */
export function prepare(graph: Graph): Preparation {
  const before = prepared.get(graph);
  if (before) return before;
  const made = { graph, sets: listed(graph, LISTING_LIMIT) };
  prepared.set(graph, made);
  return made;
}

const known = new WeakMap<Preparation, Preparation>();

/** The preparation for plans of several frames; memorised, because one preparation serves many links. */
export function prepareMany(preparation: Preparation): Preparation {
  const before = known.get(preparation);
  if (before) return before;
  const { graph, sets } = preparation;
  const made = { graph, sets: sets ?? listed(graph, LISTING_LIMIT_OF_MANY) };
  known.set(preparation, made);
  return made;
}

function listed(graph: Graph, work: number): DeviceSet[] | undefined {
  return allDeviceSets(graph, Math.max(1, Math.floor(work / graph.nodes.length)));
}

/**
 * Ranks the candidate cuts of a frame, O(sets · cut + sets log sets). Where the sets are not listed,
 * candidates are looked for when they are first asked for: a strategy may do without.
 */
export function candidatesOf(frame: PricedFrame, { sets }: Preparation): Candidates {
  if (sets) {
    const ranked = rank(frame, sets);
    const boundMs = ranked[0]?.boundMs ?? Infinity;
    return { ranked, holdsAll: true, isComplete: true, boundMs };
  }
  let made: Candidates | undefined;
  const found = (): Candidates => {
    made ??= manyCandidates(frame);
    return made;
  };
  return {
    holdsAll: false,
    get ranked() {
      return found().ranked;
    },
    get isComplete() {
      return found().isComplete;
    },
    get boundMs() {
      return found().boundMs;
    },
  };
}

/**
 * Where the sets are too many to list: a few good ones, then every other that could beat them. What
 * is known narrows the scope, and the cuts of a narrower scope are often better ones.
 */
function manyCandidates(frame: PricedFrame): Candidates {
  const sides = sideBoundsOf(frame);
  let few = [
    ...cutMixOf(frame, 1).columns.map((column) => column.set),
    extremeSet(frame.graph, 'inputs'),
    leastSerialSet(frame),
  ];
  let scope = scopeOf(frame, sides, leastKnownMs(frame, few));
  let { boundMs } = sides;
  for (let round = 0; round < NARROWINGS && boundMs < scope.belowMs; round++) {
    const scoped = scopedMixOf(frame, scope, 1);
    boundMs = Math.max(boundMs, scoped.boundMs);
    few = [...few, ...scoped.sets];
    const belowMs = Math.min(scope.belowMs, leastKnownMs(frame, scoped.sets));
    if (belowMs === scope.belowMs) break;
    scope = scopeOf(frame, sides, belowMs);
  }
  const promising = boundMs < scope.belowMs ? promisingSets(frame, scope) : [];
  const ranked = rank(frame, [...(promising ?? []), ...few]);
  if (!promising) return { ranked, holdsAll: false, isComplete: false, boundMs };
  boundMs = ranked[0]?.boundMs ?? Infinity;
  return { ranked, holdsAll: false, isComplete: true, boundMs };
}

/** The best of the few in a plain order: what other sets have to beat. */
function leastKnownMs(frame: PricedFrame, few: readonly DeviceSet[]): number {
  return Math.min(
    ...few.map((set) => {
      const decision = orderedCut(frame, set, kahnOrder);
      return decision ? makespanMs(frame, decision) : Infinity;
    }),
  );
}

function rank(frame: PricedFrame, sets: readonly DeviceSet[]): Candidate[] {
  return sets
    .map((set) => ({ set, boundMs: setBoundMs(frame, set) }))
    .filter(({ boundMs }) => boundMs < Infinity)
    .sort((a, b) => a.boundMs - b.boundMs);
}

/** The cut that is best when nothing overlaps; a cut pays the way there and back once. */
export function leastSerialSet(frame: PricedFrame): DeviceSet {
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
