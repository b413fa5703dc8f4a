/**
 * The best cut of every one of several independent paths, chosen together.
 *
 * A path cut after some unit is a job (device time, link time). All jobs of all paths stand in one
 * Johnson order, and a dynamic program over the sets of paths already placed walks it, keeping the
 * labels (device time, link free) that no other beats. Optimal without cloud time, O(jobs · 2^paths ·
 * labels); ties go to the label found first.
 */

import { type Job, johnsonOrder } from '../algorithms/johnson.js';
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
  readonly nodes: readonly Node[];
  readonly sending?: Sending;
}

interface Label {
  readonly deviceMs: number;
  /** When the link is free; minus infinity while nothing is sent. */
  readonly linkMs: number;
  readonly cut?: PathCut;
  readonly before?: Label;
}

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
    for (const node of path) path.push(...node.successors);
    return path;
  });
}

/** Chooses a cut for every path. */
export function jointPaths(frame: PricedFrame, paths: readonly Node[][]): Decision | undefined {
  const cuts = paths.flatMap((path, number) => cutsOf(frame, path, number)).sort(johnsonOrder);
  const labels: Label[][] = Array.from({ length: 2 ** paths.length }, () => []);
  labels[0] = [{ deviceMs: 0, linkMs: -Infinity }];
  for (const cut of cuts) {
    const bit = 1 << cut.path;
    for (const [placed, known] of labels.entries()) {
      if ((placed & bit) !== 0) continue;
      for (const label of known) insert(labels[placed | bit] ?? [], extend(label, cut));
    }
  }
  const afterMs = frame.latencyMs + frame.returnMs;
  const endMs = ({ deviceMs, linkMs }: Label): number => Math.max(deviceMs, linkMs + afterMs);
  const best = labels.at(-1)?.reduce((a, b) => (endMs(b) < endMs(a) ? b : a));
  return best && decisionOf(best);
}

function cutsOf(frame: PricedFrame, path: readonly Node[], number: number): PathCut[] {
  const cuts: PathCut[] = [];
  let deviceMs = 0;
  for (const [i, node] of path.entries()) {
    deviceMs += node.deviceMs;
    const nodes = path.slice(0, i + 1);
    if (nodes.length === path.length) {
      cuts.push({ path: number, nodes, firstMs: deviceMs, secondMs: 0 });
      break;
    }
    for (const sending of sendingsOf(frame, node)) {
      const firstMs = deviceMs + sending.encodeMs;
      cuts.push({ path: number, nodes, sending, firstMs, secondMs: sending.linkMs });
    }
  }
  return cuts;
}

function extend(before: Label, cut: PathCut): Label {
  const deviceMs = before.deviceMs + cut.firstMs;
  const linkMs = cut.sending ? Math.max(before.linkMs, deviceMs) + cut.secondMs : before.linkMs;
  return { deviceMs, linkMs, cut, before };
}

function insert(labels: Label[], made: Label): void {
  const isBeaten = labels.some(
    (label) => label.deviceMs <= made.deviceMs && label.linkMs <= made.linkMs,
  );
  if (isBeaten) return;
  const kept = labels.filter(
    (label) => label.deviceMs < made.deviceMs || label.linkMs < made.linkMs,
  );
  labels.splice(0, labels.length, ...kept, made);
}

function decisionOf(last: Label): Decision {
  const cuts: PathCut[] = [];
  for (let label: Label | undefined = last; label; label = label.before) {
    if (label.cut) cuts.push(label.cut);
  }
  const sendings = new Map<Node, Sending>();
  for (const { nodes, sending } of cuts) {
    const head = nodes.at(-1);
    if (head && sending) sendings.set(head, sending);
  }
  return { device: cuts.reverse().flatMap((cut) => cut.nodes), sendings };
}
