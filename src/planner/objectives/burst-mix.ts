/**
 * How many frames of a burst follow which cut, frames one after the other.
 *
 * Cuts are taken in Johnson's order of the composite jobs their frames are (head = span − link,
 * tail = span − device); for every number of frames the labels (device, link, cloud free) that no
 * other beats are kept, at most `LABELS`. Optimal for chains without cloud time while no label is
 * dropped, a heuristic otherwise. O(cuts · frames · labels²), deterministic.
 */

import { type Job, johnsonOrder } from '../algorithms/johnson.js';
import type { Candidates } from '../cuts/candidates.js';
import type { CutMix } from '../cuts/cut-mix.js';
import { bestOrder } from '../order/best-order.js';
import { kahnOrder } from '../order/kahn-order.js';
import type { Node } from '../problem/graph.js';
import type { Decision, PricedFrame } from '../problem/priced-frame.js';

/** Cuts tried in addition to those of the optimal stream, and labels kept for each number of frames. */
const CUTS = 12;
const LABELS = 48;
/** Labels the order of one cut may cost. */
const ORDER_LABELS = 5_000;

/** One tensor of a frame that runs alone. */
interface Step {
  /** When the device is done with it. */
  readonly atMs: number;
  readonly linkMs: number;
  /** Cloud work it makes ready. */
  readonly workMs: number;
}

/** One cut as a job: device, then link and cloud. */
interface Item extends Job {
  readonly decision: Decision;
  readonly deviceMs: number;
  readonly steps: readonly Step[];
}

interface Label {
  readonly deviceMs: number;
  readonly linkMs: number;
  readonly cloudMs: number;
  readonly item?: Item;
  readonly before?: Label;
}

/** The best sequence of cuts for `frames` frames. */
export function burstMix(
  frame: PricedFrame,
  candidates: Candidates,
  cuts: CutMix,
  frames: number,
): Decision[] {
  const items = itemsOf(frame, candidates, cuts).sort(johnsonOrder);
  const kept: Label[][] = Array.from({ length: frames + 1 }, () => []);
  kept[0] = [{ deviceMs: 0, linkMs: 0, cloudMs: 0 }];
  for (const item of items) {
    for (let count = 0; count < frames; count++) {
      const made = (kept[count] ?? []).map((label) => extend(frame, label, item));
      kept[count + 1] = undominated([...(kept[count + 1] ?? []), ...made]);
    }
  }
  const endMs = (label: Label): number => Math.max(label.deviceMs, label.cloudMs + frame.returnMs);
  const finals = kept[frames] ?? [];
  const best = finals.reduce((a, b) => (endMs(b) < endMs(a) ? b : a));
  const decisions: Decision[] = [];
  for (let label: Label | undefined = best; label; label = label.before) {
    if (label.item) decisions.push(label.item.decision);
  }
  return decisions.reverse();
}

function itemsOf(frame: PricedFrame, { ranked }: Candidates, { columns }: CutMix): Item[] {
  const decisions: Decision[] = columns.map(({ set, sendings }) => ({
    device: kahnOrder(frame, set, sendings),
    sendings,
  }));
  for (const { set } of ranked.slice(0, CUTS)) {
    const ordered = bestOrder(frame, set, Infinity, { labels: ORDER_LABELS });
    if (ordered) decisions.push(ordered.decision);
  }
  return decisions.map((decision) => itemOf(frame, decision));
}

function itemOf({ graph }: PricedFrame, decision: Decision): Item {
  const steps: { atMs: number; linkMs: number; workMs: number }[] = [];
  const lastStep = new Map<Node, number>();
  let deviceMs = 0;
  let spanMs = 0;
  for (const node of decision.device) {
    const sending = decision.sendings.get(node);
    deviceMs += node.deviceMs + (sending?.encodeMs ?? 0);
    if (!sending) continue;
    lastStep.set(node, steps.length);
    spanMs = Math.max(spanMs, deviceMs) + sending.linkMs;
    steps.push({ atMs: deviceMs, linkMs: sending.linkMs, workMs: sending.decodeMs });
  }
  const onDevice = new Set(decision.device);
  for (const node of graph.nodes) {
    if (onDevice.has(node)) continue;
    const last = Math.max(0, ...node.predecessors.map((before) => lastStep.get(before) ?? 0));
    lastStep.set(node, last);
    const step = steps[last];
    if (step) step.workMs += node.cloudMs;
  }
  const linkMs = steps.reduce((sum, step) => sum + step.linkMs, 0);
  const wholeMs = Math.max(spanMs, deviceMs);
  return {
    decision,
    deviceMs,
    steps,
    firstMs: wholeMs - linkMs,
    secondMs: wholeMs - deviceMs,
  };
}

function extend({ latencyMs }: PricedFrame, before: Label, item: Item): Label {
  let { linkMs, cloudMs } = before;
  for (const step of item.steps) {
    linkMs = Math.max(linkMs, before.deviceMs + step.atMs) + step.linkMs;
    cloudMs = Math.max(cloudMs, linkMs + latencyMs) + step.workMs;
  }
  return { deviceMs: before.deviceMs + item.deviceMs, linkMs, cloudMs, item, before };
}

/** Labels no other beats on all machines; when there are too many, evenly spread ones. */
function undominated(labels: readonly Label[]): Label[] {
  const sorted = labels.toSorted(
    (a, b) => a.deviceMs - b.deviceMs || a.linkMs - b.linkMs || a.cloudMs - b.cloudMs,
  );
  const kept: Label[] = [];
  for (const label of sorted) {
    const isBeaten = kept.some(
      (other) => other.linkMs <= label.linkMs && other.cloudMs <= label.cloudMs,
    );
    if (!isBeaten) kept.push(label);
  }
  if (kept.length <= LABELS) return kept;
  const stride = (kept.length - 1) / (LABELS - 1);
  return Array.from({ length: LABELS }, (_, i) => kept[Math.round(i * stride)]).filter(
    (label) => label !== undefined,
  );
}
