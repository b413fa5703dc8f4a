/**
 * The oracle for paced frames: every device set, order and encoding, executed frame after frame at
 * the interval, as docs/planner.md defines. Written apart from the planner, for a few units.
 */
import type { Network, Problem } from '../../../src/planner/index.js';
import { choices, cutOf, deviceSets, orders, type Sent } from './exhaustive.js';

/** One way to serve a frame: a device order, encodings, loads of device, link and a worker. */
export interface OraclePlan {
  readonly device: readonly string[];
  readonly sent: readonly Sent[];
  readonly loads: readonly number[];
  readonly bytes: number;
}

/** Frames executed, and of these the last ones, which are measured. */
export const EXECUTED = 48;
export const MEASURED = 12;
const SLIGHT = 1 + 1e-9;

/** Every plan that keeps within memory and bytes, and within the loads if asked. */
export function plansOf(problem: Problem, isPaced: boolean): OraclePlan[] {
  const { network, deviceMemoryBytes = Infinity, maxFrameBytes = Infinity } = problem;
  const { intervalMs = Infinity } = problem;
  const limits = usableShares(problem).map((share) => (isPaced ? intervalMs * share : Infinity));
  const plans: OraclePlan[] = [];
  for (const device of deviceSets(network)) {
    const memory = sum(
      network.units.filter(({ id }) => device.has(id)),
      (unit) => unit.memoryBytes ?? 0,
    );
    if (memory > deviceMemoryBytes) continue;
    for (const sent of choices(cutOf(network, device))) {
      const loads = loadsOf(problem, device, sent);
      const bytes = sum(sent, ({ encoding }) => encoding.bytes);
      const isOver = loads.some((ms, machine) => ms > (limits[machine] ?? 0) * SLIGHT);
      if (bytes > maxFrameBytes || isOver) continue;
      for (const order of orders(network, device)) {
        plans.push({ device: order, sent, loads, bytes });
      }
    }
  }
  return plans;
}

/** What device, link and cloud may use of their time. */
export function usableShares({ slack = 0 }: Problem): number[] {
  if (typeof slack === 'number') return [1 - slack, 1 - slack, 1 - slack];
  return [1 - slack.device, 1 - slack.uplink, 1 - slack.cloud];
}

/** Least cost of serving all frames by one plan that fits; infinite where none does. */
export function leastOneCutMs(problem: Problem): number {
  const costs = plansOf(problem, true).map((plan) => patternCostMs(problem, [plan]));
  return Math.min(Infinity, ...costs);
}

/** Mean latency of a repeated pattern at the interval, and the price of what it sends. */
export function patternCostMs(problem: Problem, pattern: readonly OraclePlan[]): number {
  const { bytesPrice = 0, intervalMs = 0 } = problem;
  const latencies = doneOf(problem, pattern).map((ms, i) => ms - i * intervalMs);
  const measured = latencies.slice(-MEASURED);
  const bytes = sum(pattern, (plan) => plan.bytes) / pattern.length;
  return sum(measured, (ms) => ms) / measured.length + (bytesPrice * bytes) / 1000;
}

function loadsOf(
  { network, link, workers = 1 }: Problem,
  device: ReadonlySet<string>,
  sent: readonly Sent[],
): number[] {
  const here = network.units.filter(({ id }) => device.has(id));
  const there = network.units.filter(({ id }) => !device.has(id));
  return [
    sum(here, (unit) => unit.deviceMs) + sum(sent, ({ encoding }) => encoding.encodeMs),
    sum(sent, ({ encoding }) => linkMs(link, encoding.bytes)),
    (sum(there, (unit) => unit.cloudMs) + sum(sent, ({ encoding }) => encoding.decodeMs)) / workers,
  ];
}

function linkMs({ perTensorMs, uplinkMbps }: Problem['link'], bytes: number): number {
  return perTensorMs + (8 * bytes) / (1000 * uplinkMbps);
}

function sum<T>(values: readonly T[], amount: (value: T) => number): number {
  return values.reduce((total, value) => total + amount(value), 0);
}

/** What the cloud has of one frame. */
interface Tail {
  readonly frame: number;
  readonly waiting: Set<string>;
  readonly there: Set<string>;
  isServed: boolean;
  endMs: number;
}

interface Work {
  readonly tail: Tail;
  readonly id: string;
  readonly isDecoding: boolean;
  readonly readyMs: number;
  readonly takesMs: number;
}

/** When the result of every frame is on the device. */
function doneOf(problem: Problem, pattern: readonly OraclePlan[]): number[] {
  const { network, link, intervalMs = 0 } = problem;
  const unitOf = new Map(network.units.map((unit) => [unit.id, unit]));
  const isSink = (id: string): boolean => network.edges.every(([from]) => from !== id);
  let [deviceFreeMs, linkFreeMs] = [0, 0];
  const doneMs: number[] = [];
  const tails: Tail[] = [];
  const events: Work[] = [];
  for (let frame = 0; frame < EXECUTED; frame++) {
    const plan = pattern[frame % pattern.length];
    if (!plan) throw new Error('empty pattern');
    const releaseMs = frame * intervalMs;
    const device = new Set(plan.device);
    const waiting = new Set(network.units.map(({ id }) => id).filter((id) => !device.has(id)));
    const tail = { frame, waiting, there: new Set<string>(), isServed: false, endMs: -Infinity };
    tails.push(tail);
    doneMs[frame] = releaseMs;
    for (const id of waiting) {
      if (network.edges.some(([, to]) => to === id)) continue;
      const takesMs = unitOf.get(id)?.cloudMs ?? 0;
      events.push({ tail, id, isDecoding: false, readyMs: releaseMs, takesMs });
    }
    for (const id of plan.device) {
      const encoding = plan.sent.find((one) => one.id === id)?.encoding;
      deviceFreeMs = Math.max(deviceFreeMs, releaseMs);
      deviceFreeMs += (unitOf.get(id)?.deviceMs ?? 0) + (encoding?.encodeMs ?? 0);
      if (isSink(id)) doneMs[frame] = deviceFreeMs;
      if (!encoding) continue;
      linkFreeMs = Math.max(linkFreeMs, deviceFreeMs) + linkMs(link, encoding.bytes);
      const readyMs = linkFreeMs + link.latencyMs;
      const takesMs = encoding.decodeMs;
      events.push({ tail, id, isDecoding: true, readyMs, takesMs });
    }
  }
  runCloud(problem, events);
  const backMs = link.latencyMs + (8 * link.resultBytes) / (1000 * link.downlinkMbps);
  return doneMs.map((ms, frame) => Math.max(ms, (tails[frame]?.endMs ?? -Infinity) + backMs));
}

/**
 * Serves what is ready on as many workers as there are; one work of a frame at a time. A worker goes
 * on with its frame while some of it is ready; then the first ready goes first.
 */
function runCloud({ network, workers = 1 }: Problem, events: readonly Work[]): void {
  const rank = ranks(network);
  const needs = (id: string): string[] =>
    network.edges.filter(([, to]) => to === id).map(([from]) => from);
  const takesMs = new Map(network.units.map((unit) => [unit.id, unit.cloudMs]));
  const ahead = events.toSorted((a, b) => a.readyMs - b.readyMs);
  let ready: Work[] = [];
  let running: { readonly work: Work; readonly endMs: number }[] = [];
  const arriveAt = (tail: Tail, id: string, nowMs: number): void => {
    tail.there.add(id);
    for (const reader of tail.waiting) {
      const of = needs(reader);
      if (!of.includes(id) || !of.every((one) => tail.there.has(one))) continue;
      const work = { tail, id: reader, isDecoding: false, readyMs: nowMs };
      ready.push({ ...work, takesMs: takesMs.get(reader) ?? 0 });
    }
  };
  while (ahead.length > 0 || running.length > 0 || ready.length > 0) {
    const nowMs = Math.min(ahead[0]?.readyMs ?? Infinity, ...running.map(({ endMs }) => endMs));
    const kept = new Set(running.filter((one) => one.endMs === nowMs).map(({ work }) => work.tail));
    for (const { work, endMs } of running.filter((one) => one.endMs === nowMs)) {
      work.tail.isServed = false;
      if (!work.isDecoding) work.tail.endMs = Math.max(work.tail.endMs, endMs);
      arriveAt(work.tail, work.id, endMs);
    }
    running = running.filter(({ endMs }) => endMs > nowMs);
    while ((ahead[0]?.readyMs ?? Infinity) === nowMs) {
      const work = ahead.shift();
      if (!work) break;
      if (work.isDecoding && work.takesMs === 0) arriveAt(work.tail, work.id, nowMs);
      else ready.push(work);
    }
    ready.sort(
      (a, b) =>
        Number(kept.has(b.tail)) - Number(kept.has(a.tail)) ||
        a.readyMs - b.readyMs ||
        a.tail.frame - b.tail.frame ||
        (rank.get(a.id) ?? 0) - (rank.get(b.id) ?? 0),
    );
    for (const work of [...ready]) {
      if (running.length === workers) break;
      if (work.tail.isServed) continue;
      work.tail.isServed = true;
      ready = ready.filter((one) => one !== work);
      running.push({ work, endMs: nowMs + work.takesMs });
    }
  }
}

/** Topological order as the graph has it: depth first from the back. */
function ranks({ units, edges }: Network): Map<string, number> {
  const rank = new Map<string, number>();
  const visit = (id: string): void => {
    if (rank.has(id)) return;
    for (const [from, to] of edges) if (to === id) visit(from);
    rank.set(id, rank.size);
  };
  for (const { id } of units) visit(id);
  return rank;
}
