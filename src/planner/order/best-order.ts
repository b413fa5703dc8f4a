/**
 * The best order of one device set, by dynamic programming over its order ideals.
 *
 * State: the jobs that are done. Label: when device, link and cloud are free; only labels that no
 * other beats on all three are kept, and none that cannot end before the best known makespan.
 * (Held and Karp 1962 for the ideals; labels because the machines overlap.) O(ideals · width ·
 * labels); a budget of labels bounds time and memory. Deterministic; the first best label wins.
 */
import type { DeviceSet } from '../problem/device-sets.js';
import type { Node } from '../problem/graph.js';
import type { Decision, PricedFrame, Sending } from '../problem/priced-frame.js';
import { type OrderJob, type OrderProblem, orderProblemOf } from './jobs.js';

/** Labels that may still be made; shared by all searches for one answer. */
export interface Budget {
  labels: number;
}

/** What looking at one job costs when a state is extended, in labels. */
const JOB_LABELS = 0.1;

/** A decision and the makespan the search expects of it. */
export interface FoundOrder {
  readonly decision: Decision;
  readonly endMs: number;
}

interface Label {
  readonly deviceMs: number;
  readonly linkMs: number;
  readonly cloudMs: number;
  readonly job?: OrderJob;
  readonly sending?: Sending;
  readonly before?: Label;
}

/** What every completion of a state still has to spend. */
interface Rest {
  readonly deviceMs: number;
  readonly linkMs: number;
  readonly cloudMs: number;
  /** From the device's last sent unit until the cloud is done with it. */
  readonly lastMs: number;
}

/** A set of jobs that are done: the labels that lead there, and what is left. */
interface State {
  readonly labels: Label[];
  readonly rest: Rest;
}

/** The best order that ends before `belowMs`; undefined if there is none or the budget ran out. */
export function bestOrder(
  frame: PricedFrame,
  set: DeviceSet,
  belowMs: number,
  budget: Budget,
): FoundOrder | undefined {
  const problem = orderProblemOf(frame, set);
  const search = new OrderSearch(frame, problem, belowMs, budget);
  const last = search.run();
  return last && { decision: decisionOf(problem, last.label), endMs: last.endMs };
}

class OrderSearch {
  readonly #frame: PricedFrame;
  readonly #problem: OrderProblem;
  readonly #trailingMs: number;
  readonly #belowMs: number;
  readonly #budget: Budget;

  constructor(frame: PricedFrame, problem: OrderProblem, belowMs: number, budget: Budget) {
    this.#frame = frame;
    this.#problem = problem;
    this.#trailingMs = problem.trailing.reduce((sum, node) => sum + node.deviceMs, 0);
    this.#belowMs = belowMs;
    this.#budget = budget;
  }

  /** Walks the ideals layer by layer, each layer holding those with one job more. */
  run(): { label: Label; endMs: number } | undefined {
    const start: Label = { deviceMs: 0, linkMs: 0, cloudMs: this.#released(0n, 0n) };
    let layer = new Map<bigint, State>([[0n, { labels: [start], rest: this.#rest(0n) }]]);
    for (const _ of this.#problem.jobs) {
      const next = new Map<bigint, State>();
      for (const [done, { labels }] of layer) {
        if (labels.length === 0) continue;
        for (const job of this.#problem.jobs) {
          const isReady = (done & job.bit) === 0n && (job.needs & done) === job.needs;
          if (isReady) this.#extend(done, labels, job, next);
          if (this.#budget.labels < 0) return undefined;
        }
      }
      layer = next;
    }
    return this.#best([...layer.values()].flatMap(({ labels }) => labels));
  }

  #best(labels: readonly Label[]): { label: Label; endMs: number } | undefined {
    let best: { label: Label; endMs: number } | undefined;
    for (const label of labels) {
      const endMs = this.#endMs(label, { deviceMs: 0, linkMs: 0, cloudMs: 0, lastMs: -Infinity });
      if (endMs < (best?.endMs ?? this.#belowMs)) best = { label, endMs };
    }
    return best;
  }

  #extend(done: bigint, labels: readonly Label[], job: OrderJob, next: Map<bigint, State>): void {
    const after = done | job.bit;
    this.#budget.labels -= JOB_LABELS * this.#problem.jobs.length;
    const releasedMs = this.#released(after, job.bit);
    const state = next.get(after) ?? { labels: [], rest: this.#rest(after) };
    next.set(after, state);
    for (const label of labels) {
      for (const made of this.#successors(label, job, releasedMs)) {
        if (this.#endMs(made, state.rest) >= this.#belowMs) continue;
        if (insertUndominated(state.labels, made)) this.#budget.labels -= 1;
      }
    }
  }

  *#successors(before: Label, job: OrderJob, releasedMs: number): Generator<Label> {
    const deviceMs = before.deviceMs + job.deviceMs;
    if (job.sendings.length === 0) {
      yield { deviceMs, linkMs: before.linkMs, cloudMs: before.cloudMs, job, before };
    }
    for (const sending of job.sendings) {
      const sentMs = deviceMs + sending.encodeMs;
      const linkMs = Math.max(before.linkMs, sentMs) + sending.linkMs;
      const arrivalMs = Math.max(before.cloudMs, linkMs + this.#frame.latencyMs);
      const cloudMs = arrivalMs + sending.decodeMs + releasedMs;
      yield { deviceMs: sentMs, linkMs, cloudMs, job, sending, before };
    }
  }

  /** Cloud time that becomes ready with the given new jobs once all of `done` has arrived. */
  #released(done: bigint, news: bigint): number {
    let total = 0;
    for (const { needs, cloudMs } of this.#problem.cloudWork) {
      const isNew = news === 0n ? needs === 0n : (needs & news) !== 0n;
      if (isNew && (needs & ~done) === 0n) total += cloudMs;
    }
    return total;
  }

  #rest(done: bigint): Rest {
    let [deviceMs, linkMs, cloudMs, lastMs] = [0, 0, 0, Infinity];
    for (const job of this.#problem.jobs) {
      if ((job.bit & done) !== 0n) continue;
      deviceMs += job.deviceMs;
      if (job.sendings.length === 0) continue;
      linkMs += job.leastLinkMs;
      lastMs = Math.min(lastMs, job.leastTransferMs + this.#frame.latencyMs + job.tailMs);
    }
    for (const { needs, cloudMs: workMs } of this.#problem.cloudWork) {
      if ((needs & ~done) !== 0n) cloudMs += workMs;
    }
    return { deviceMs, linkMs, cloudMs, lastMs: lastMs === Infinity ? -Infinity : lastMs };
  }

  /** No completion of a label ends before; its very end where nothing is left to do. */
  #endMs(label: Label, rest: Rest): number {
    const { latencyMs, returnMs } = this.#frame;
    const deviceMs = label.deviceMs + rest.deviceMs;
    const linkMs = label.linkMs + (rest.linkMs > 0 ? rest.linkMs + latencyMs : 0);
    const cloudMs = Math.max(label.cloudMs + rest.cloudMs, linkMs, deviceMs + rest.lastMs);
    return Math.max(cloudMs + returnMs, this.#trailingMs > 0 ? deviceMs + this.#trailingMs : 0);
  }
}

/** Adds a label unless one is as good on all machines; drops those it beats. */
function insertUndominated(labels: Label[], made: Label): boolean {
  for (const label of labels) if (isAsGood(label, made)) return false;
  let kept = 0;
  for (const label of labels) {
    if (isAsGood(made, label)) continue;
    labels[kept] = label;
    kept += 1;
  }
  labels.length = kept;
  labels.push(made);
  return true;
}

function isAsGood(one: Label, other: Label): boolean {
  return (
    one.deviceMs <= other.deviceMs && one.linkMs <= other.linkMs && one.cloudMs <= other.cloudMs
  );
}

function decisionOf({ trailing }: OrderProblem, last: Label): Decision {
  const steps: Label[] = [];
  for (let label: Label | undefined = last; label; label = label.before) steps.push(label);
  const device: Node[] = [];
  const sendings = new Map<Node, Sending>();
  for (const { job, sending } of steps.reverse()) {
    device.push(...(job?.nodes ?? []));
    const head = job?.nodes.at(-1);
    if (head && sending) sendings.set(head, sending);
  }
  return { device: [...device, ...trailing], sendings };
}
