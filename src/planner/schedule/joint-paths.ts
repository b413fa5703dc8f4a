/**
 * The best cut of every one of several independent paths, chosen together.
 *
 * A path cut after some unit is a job (device time, link time). All jobs of all paths stand in one
 * Johnson order, and a dynamic program over the sets of paths already placed walks it, keeping the
 * labels (when device, link and cloud are free) that no other beats. Optimal without cloud time,
 * O(jobs · 2^paths · labels); ties go to the label found first.
 */

import { type Job, johnsonOrder } from '../algorithms/johnson.js';
import {
  advance,
  insertUndominated,
  type Label,
  movesTo,
  START,
  type Step,
} from '../order/labels.js';
import type { Node } from '../problem/graph.js';
import {
  type Decision,
  type PricedFrame,
  type Sending,
  sendingsOf,
} from '../problem/priced-frame.js';

/** Max paths: the sets of paths are walked one by one. */
const PATHS = 12;

interface PathCut extends Job {
  readonly path: number;
  /** The path and how many of its nodes run on the device. */
  readonly nodes: readonly Node[];
  readonly length: number;
  readonly step: Pick<Step, 'deviceMs' | 'sending'>;
}

/** Link and cloud have no earlier work while nothing is sent. */
const NOTHING_SENT: Label<PathCut> = { ...START, linkMs: -Infinity, cloudMs: -Infinity };

/** The paths of a network that consists of nothing else; undefined for other networks. */
export function independentPaths({ graph }: PricedFrame): Node[][] | undefined {
  const isPlain = graph.nodes.every(
    (node) => node.predecessors.length <= 1 && node.successors.length <= 1,
  );
  if (!isPlain) return undefined;
  const starts = graph.nodes.filter((node) => node.predecessors.length === 0);
  if (starts.length > PATHS || starts.some((node) => !node.isInput)) return undefined;
  return starts.map((start) => {
    const path = [start];
    for (const node of path) for (const reader of node.successors) path.push(reader);
    return path;
  });
}

/** Chooses a cut for every path. */
export function jointPaths(frame: PricedFrame, paths: readonly Node[][]): Decision | undefined {
  const cuts = paths.flatMap((path, number) => cutsOf(frame, path, number)).sort(johnsonOrder);
  const labels: Label<PathCut>[][] = Array.from({ length: 2 ** paths.length }, () => []);
  labels[0] = [NOTHING_SENT];
  const { latencyMs, returnMs } = frame;
  for (const cut of cuts) {
    const bit = 1 << cut.path;
    const step = { ...cut.step, latencyMs, releasedMs: 0 };
    for (const [placed, known] of labels.entries()) {
      if ((placed & bit) !== 0) continue;
      const after = labels[placed | bit] ?? [];
      for (const label of known) insertUndominated(after, advance(label, cut, step));
    }
  }
  const endMs = (label: Label<PathCut>): number =>
    Math.max(label.deviceMs, label.cloudMs + returnMs);
  const best = labels.at(-1)?.reduce((a, b) => (endMs(b) < endMs(a) ? b : a));
  return best && decisionOf(best);
}

function cutsOf(frame: PricedFrame, path: readonly Node[], number: number): PathCut[] {
  const cuts: PathCut[] = [];
  let deviceMs = 0;
  for (const [i, node] of path.entries()) {
    deviceMs += node.deviceMs;
    const place = { path: number, nodes: path, length: i + 1 };
    if (place.length === path.length) {
      cuts.push({ ...place, firstMs: deviceMs, secondMs: 0, step: { deviceMs } });
      break;
    }
    for (const sending of sendingsOf(frame, node)) {
      const firstMs = deviceMs + sending.encodeMs;
      cuts.push({ ...place, firstMs, secondMs: sending.linkMs, step: { deviceMs, sending } });
    }
  }
  return cuts;
}

function decisionOf(last: Label<PathCut>): Decision {
  const cuts = movesTo(last);
  const sendings = new Map<Node, Sending>();
  for (const { nodes, length, step } of cuts) {
    const head = nodes[length - 1];
    if (head && step.sending) sendings.set(head, step.sending);
  }
  return { device: cuts.flatMap((cut) => cut.nodes.slice(0, cut.length)), sendings };
}
