/**
 * The part of a device set whose order matters, as few jobs as possible.
 *
 * Three exchange arguments, valid with and without cloud time, make it small. What no tensor of the
 * cut needs runs last. A node that is not sent and leads to one job only runs just before that job,
 * since whatever ran in between only ends earlier. What remains are the tensors of the cut and the
 * nodes at which the ways to them part.
 */

import { least } from '../algorithms/extremes.js';
import type { DeviceSet } from '../problem/device-sets.js';
import type { Node } from '../problem/graph.js';
import { type PricedFrame, type Sending, sendingsOf } from '../problem/priced-frame.js';

/** Some nodes that run in a row; the last one may be sent. */
export interface OrderJob {
  /** This job as a set of jobs, and the set of jobs it needs. */
  readonly bit: bigint;
  readonly needs: bigint;
  readonly nodes: readonly Node[];
  readonly deviceMs: number;
  /** Ways to send the last node, none dominated by another; empty where it is not sent. */
  readonly sendings: readonly Sending[];
  /** Least times over the sendings, infinite without any; the last is of link and decode time together. */
  readonly leastEncodeMs: number;
  readonly leastLinkMs: number;
  readonly leastDecodeMs: number;
  readonly leastTransferMs: number;
  /** Cloud time of everything that cannot start before this tensor is there. */
  readonly tailMs: number;
}

/** Cloud time that becomes ready when the last of these jobs has arrived. */
export interface CloudWork {
  readonly needs: bigint;
  readonly cloudMs: number;
}

/** What is to be ordered: jobs in topological order, what runs after them, and the cloud's work. */
export interface OrderProblem {
  readonly jobs: readonly OrderJob[];
  readonly trailing: readonly Node[];
  /** Device time of what runs after the jobs. */
  readonly trailingMs: number;
  readonly cloudWork: readonly CloudWork[];
}

type Draft = { readonly head: Node; readonly nodes: Node[] };

/** Condenses a device set. O(V + E) besides the bit sets. */
export function orderProblemOf(frame: PricedFrame, set: DeviceSet): OrderProblem {
  const sent = new Map(set.cut.map((tensor) => [tensor.node, tensor]));
  const owner = new Map<Node, Draft>();
  const drafts: Draft[] = [];
  const trailing: Node[] = [];
  for (const node of frame.graph.nodes.toReversed()) {
    if (set.members[node.index] !== 1) continue;
    const readers = new Set(node.successors.flatMap((reader) => owner.get(reader) ?? []));
    const [only] = readers;
    if (!sent.has(node) && readers.size === 0) trailing.push(node);
    else if (only && readers.size === 1 && !sent.has(node)) join(node, only, owner);
    else drafts.push(join(node, { head: node, nodes: [] }, owner));
  }
  drafts.sort((a, b) => a.head.index - b.head.index);
  const bits = new Map(drafts.map((draft, i) => [draft, 1n << BigInt(i)]));
  const bitOf = (node: Node): bigint => {
    const draft = owner.get(node);
    return (draft && bits.get(draft)) ?? 0n;
  };
  const jobs = drafts.map((draft): OrderJob => {
    const bit = bits.get(draft) ?? 0n;
    const nodes = draft.nodes.toReversed();
    const before = nodes.flatMap((node) => node.predecessors);
    const tensor = sent.get(draft.head);
    const sendings = tensor ? undominated(sendingsOf(frame, draft.head)) : [];
    return {
      bit,
      needs: union(before.map(bitOf)) & ~bit,
      nodes,
      deviceMs: nodes.reduce((sum, node) => sum + node.deviceMs, 0),
      sendings,
      leastEncodeMs: least(sendings.map((one) => one.encodeMs)),
      leastLinkMs: least(sendings.map((one) => one.linkMs)),
      leastDecodeMs: least(sendings.map((one) => one.decodeMs)),
      leastTransferMs: least(sendings.map((one) => one.linkMs + one.decodeMs)),
      tailMs: tensor?.tailMs ?? 0,
    };
  });
  trailing.reverse();
  const trailingMs = trailing.reduce((sum, node) => sum + node.deviceMs, 0);
  return { jobs, trailing, trailingMs, cloudWork: cloudWorkOf(frame, set, bitOf) };
}

/** How a job may be sent; a single way without sending where it is not. */
export function waysOf({ sendings }: OrderJob): readonly (Sending | undefined)[] {
  return sendings.length === 0 ? [undefined] : sendings;
}

function join(node: Node, draft: Draft, owner: Map<Node, Draft>): Draft {
  draft.nodes.push(node);
  owner.set(node, draft);
  return draft;
}

/** Groups the cloud's nodes by the tensors they need, directly or not. */
export function cloudWorkOf(
  { graph }: PricedFrame,
  { members }: DeviceSet,
  bitOf: (node: Node) => bigint,
): CloudWork[] {
  const needs = new Map<Node, bigint>();
  const groups = new Map<bigint, number>();
  for (const node of graph.nodes) {
    if (members[node.index] === 1) {
      needs.set(node, bitOf(node));
      continue;
    }
    const needed = union(node.predecessors.map((before) => needs.get(before) ?? 0n));
    needs.set(node, needed);
    groups.set(needed, (groups.get(needed) ?? 0) + node.cloudMs);
  }
  return [...groups].map(([needed, cloudMs]) => ({ needs: needed, cloudMs }));
}

/** Cloud time that becomes ready with the given new jobs once all of `done` has arrived. */
export function releasedMs(cloudWork: readonly CloudWork[], done: bigint, news: bigint): number {
  let total = 0;
  for (const { needs, cloudMs } of cloudWork) {
    const isNew = news === 0n ? needs === 0n : (needs & news) !== 0n;
    if (isNew && (needs & ~done) === 0n) total += cloudMs;
  }
  return total;
}

function union(sets: readonly bigint[]): bigint {
  return sets.reduce((all, set) => all | set, 0n);
}

/** Leaves out what is no better than another way on any machine. */
export function undominated(sendings: readonly Sending[]): Sending[] {
  return sendings.filter(
    (one, i) =>
      !sendings.some((other, j) => {
        const isNoWorse =
          other.encodeMs <= one.encodeMs &&
          other.linkMs <= one.linkMs &&
          other.decodeMs <= one.decodeMs;
        const isSame =
          other.encodeMs === one.encodeMs &&
          other.linkMs === one.linkMs &&
          other.decodeMs === one.decodeMs;
        return i !== j && isNoWorse && (!isSame || j < i);
      }),
  );
}
