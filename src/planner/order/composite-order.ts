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
import { decompositionOf } from '../problem/series-parallel.js';

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
  const lists: Run[][] = [];
  for (const step of decompositionOf(frame.graph)) {
    if (step.kind === 'node') {
      const { node } = step;
      lists.push(members[node.index] === 1 ? [single(node, sendings.get(node))] : []);
      continue;
    }
    const parts = lists.splice(-step.parts);
    const isParallel = step.kind === 'parallel';
    lists.push(isParallel ? parts.flat().sort(johnsonOrder) : parts.reduce(inSeries, []));
  }
  return (lists[0] ?? []).flatMap((run) => run.nodes);
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

/** Two sorted lists, the first before the second, as one sorted list; uses up the first. */
function inSeries(before: Run[], second: readonly Run[]): Run[] {
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
      if (middle) before.push(middle);
      for (const run of after.reverse()) before.push(run);
      return before;
    }
  }
}
