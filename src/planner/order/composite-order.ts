/**
 * The order of a series-parallel cut by composite jobs (Sidney 1979, Monma 1979).
 *
 * A run of units that is best kept together acts as one job whose head is span − link time and whose
 * tail is span − device time. Parallel parts merge their runs by Johnson's order; parts in series are
 * put one behind the other, and runs grow together while the later one wants to go first. Optimal
 * when cloud time is negligible, O(V log V) after the decomposition. A network that is not
 * series-parallel gets some order added first; there it is a heuristic.
 */

import { type Job, johnsonOrder } from '../algorithms/johnson.js';
import type { DeviceSet } from '../problem/device-sets.js';
import type { Node } from '../problem/graph.js';
import type { PricedFrame, Sending } from '../problem/priced-frame.js';
import { decompositionOf, type Part } from '../problem/series-parallel.js';

/** Units kept together: their device time, link time and the span of both. */
interface Run extends Job {
  readonly nodes: readonly Node[];
  readonly deviceMs: number;
  readonly linkMs: number;
  readonly spanMs: number;
}

/** Orders the nodes of a device set. */
export function compositeOrder(
  frame: PricedFrame,
  { members }: DeviceSet,
  sendings: ReadonlyMap<Node, Sending>,
): Node[] {
  const runsOf = (part: Part): Run[] => {
    if (part.kind === 'node') {
      return members[part.node.index] === 1 ? [single(part.node, sendings.get(part.node))] : [];
    }
    const lists = part.parts.map(runsOf);
    return part.kind === 'parallel' ? lists.flat().sort(johnsonOrder) : lists.reduce(inSeries, []);
  };
  return runsOf(decompositionOf(frame.graph).root).flatMap((run) => run.nodes);
}

function single(node: Node, sending: Sending | undefined): Run {
  const deviceMs = node.deviceMs + (sending?.encodeMs ?? 0);
  const linkMs = sending?.linkMs ?? 0;
  return runOf([node], deviceMs, linkMs, deviceMs + linkMs);
}

function runOf(nodes: readonly Node[], deviceMs: number, linkMs: number, spanMs: number): Run {
  const [firstMs, secondMs] = [spanMs - linkMs, spanMs - deviceMs];
  return { nodes, deviceMs, linkMs, spanMs, firstMs, secondMs };
}

function together(one: Run, other: Run): Run {
  return runOf(
    [...one.nodes, ...other.nodes],
    one.deviceMs + other.deviceMs,
    one.linkMs + other.linkMs,
    Math.max(one.spanMs + other.linkMs, one.deviceMs + other.spanMs),
  );
}

/** Two sorted lists, the first before the second, as one sorted list. */
function inSeries(first: readonly Run[], second: readonly Run[]): Run[] {
  const before = [...first];
  const after = second.toReversed();
  const wantsFirst = (one: Run | undefined, other: Run | undefined): boolean =>
    one !== undefined && other !== undefined && johnsonOrder(one, other) < 0;
  let middle: Run | undefined;
  for (;;) {
    const [left, right] = [before.at(-1), after.at(-1)];
    if (left && wantsFirst(middle ?? right, left)) {
      const later = middle ?? after.pop();
      before.pop();
      if (later) middle = together(left, later);
    } else if (right && middle && wantsFirst(right, middle)) {
      after.pop();
      middle = together(middle, right);
    } else {
      return [...before, ...(middle ? [middle] : []), ...after.reverse()];
    }
  }
}
