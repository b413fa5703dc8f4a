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
import { type OrderJob, type OrderProblem, orderProblemOf, releasedMs, waysOf } from './jobs.js';
import { advance, insertUndominated, type Label, movesTo, START } from './labels.js';

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

/** A job and how its tensor is sent. */
interface Move {
  readonly job: OrderJob;
  readonly sending: Sending | undefined;
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
  readonly labels: Label<Move>[];
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

interface Found {
  readonly label: Label<Move>;
  readonly endMs: number;
}

class OrderSearch {
  readonly #frame: PricedFrame;
  readonly #problem: OrderProblem;
  readonly #belowMs: number;
  readonly #budget: Budget;

  constructor(frame: PricedFrame, problem: OrderProblem, belowMs: number, budget: Budget) {
    this.#frame = frame;
    this.#problem = problem;
    this.#belowMs = belowMs;
    this.#budget = budget;
  }

  /** Walks the ideals layer by layer, each layer holding those with one job more. */
  run(): Found | undefined {
    const start = { ...START, cloudMs: releasedMs(this.#problem.cloudWork, 0n, 0n) };
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

  #best(labels: readonly Label<Move>[]): Found | undefined {
    let best: Found | undefined;
    for (const label of labels) {
      const endMs = this.#endMs(label, { deviceMs: 0, linkMs: 0, cloudMs: 0, lastMs: -Infinity });
      if (endMs < (best?.endMs ?? this.#belowMs)) best = { label, endMs };
    }
    return best;
  }

  #extend(
    done: bigint,
    labels: readonly Label<Move>[],
    job: OrderJob,
    next: Map<bigint, State>,
  ): void {
    const after = done | job.bit;
    this.#budget.labels -= JOB_LABELS * this.#problem.jobs.length;
    const step = {
      deviceMs: job.deviceMs,
      latencyMs: this.#frame.latencyMs,
      releasedMs: releasedMs(this.#problem.cloudWork, after, job.bit),
    };
    const ways = waysOf(job).map((sending) => ({
      move: { job, sending },
      step: { ...step, sending },
    }));
    const state = next.get(after) ?? { labels: [], rest: this.#rest(after) };
    next.set(after, state);
    for (const label of labels) {
      for (const way of ways) {
        const made = advance(label, way.move, way.step);
        if (this.#endMs(made, state.rest) >= this.#belowMs) continue;
        if (insertUndominated(state.labels, made)) this.#budget.labels -= 1;
      }
    }
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
  #endMs(label: Label<Move>, rest: Rest): number {
    const { latencyMs, returnMs } = this.#frame;
    const { trailingMs } = this.#problem;
    const deviceMs = label.deviceMs + rest.deviceMs;
    const linkMs = label.linkMs + (rest.linkMs > 0 ? rest.linkMs + latencyMs : 0);
    const cloudMs = Math.max(label.cloudMs + rest.cloudMs, linkMs, deviceMs + rest.lastMs);
    return Math.max(cloudMs + returnMs, trailingMs > 0 ? deviceMs + trailingMs : 0);
  }
}

function decisionOf({ trailing }: OrderProblem, last: Label<Move>): Decision {
  const device: Node[] = [];
  const sendings = new Map<Node, Sending>();
  for (const { job, sending } of movesTo(last)) {
    for (const node of job.nodes) device.push(node);
    const head = job.nodes.at(-1);
    if (head && sending) sendings.set(head, sending);
  }
  return { device: [...device, ...trailing], sendings };
}
