/**
 * One frame of a burst as a job: when device, link and cloud are free after it, by when they were
 * free before it.
 *
 * Each of these times is a maximum of sums, so a job is a matrix of the max-plus algebra (Baccelli,
 * Cohen, Olsder, Quadrat: Synchronization and Linearity, 1992). What no tensor of a frame needs
 * delays no frame when it runs after the tensors of all frames; a job keeps it apart as its trail.
 *
 * A worker serves a frame of one tensor from its begin to its end, so the free times of the workers
 * go on the same way. For frames with several tensors, several workers are a machine of `workers`
 * times the speed, and every frame ends at its own speed; no schedule ends before both.
 */

import type { Node } from '../../problem/graph.js';
import type { Decision, PricedFrame } from '../../problem/priced-frame.js';

/** Times in milliseconds; −∞ where a machine does not wait for another. */
export interface BurstJob {
  /** A cut in one order; absent where the job only bounds a cut from below. */
  readonly decision?: Decision;
  /** Steps of the decision's device order up to its last tensor. */
  readonly leadSteps: number;
  readonly sends: boolean;
  readonly leadMs: number;
  readonly trailMs: number;
  /** The link's end after the link's, and after the device's end before the job. */
  readonly linkMs: number;
  readonly linkFromDeviceMs: number;
  /** The same of a cloud that is `workers` times as fast. */
  readonly cloudMs: number;
  readonly cloudFromLinkMs: number;
  readonly cloudFromDeviceMs: number;
  /** The end of this frame served alone by one worker; −∞ where one worker is all there is. */
  readonly lastFromLinkMs: number;
  readonly lastFromDeviceMs: number;
  /** What one of several workers does of it in a row, after the last tensor; 0 with one worker. */
  readonly pieceMs: number;
  /** Cloud work that waits for tensors, one unit after the other. */
  readonly workMs: number;
  /** The cloud needs at least so long for the frame; −∞ where the frame stays on the device. */
  readonly wholeMs: number;
  /** A worker's share of the cloud's work; 0 where all of it waits for a tensor and counts there. */
  readonly sharedMs: number;
  /** What the frame asks of device, link and cloud in total: of the cloud a worker's share after tensors. */
  readonly loads: readonly [number, number, number];
  /** When link and cloud can begin with it at the earliest. */
  readonly headsMs: readonly [number, number];
  /** From the link's last end until the cloud is done with the frame. */
  readonly tailMs: number;
}

/** The two times of a frame that its cloud work needs in any case. */
type WholeTimes = Pick<BurstJob, 'wholeMs' | 'sharedMs'>;

const NOT_IN_CLOUD: WholeTimes = { wholeMs: -Infinity, sharedMs: 0 };

/** One worker's busy time counts behind the tensors, unless there are none or some work is open. */
export function wholeOf(
  { graph }: PricedFrame,
  workers: number,
  { sends, totalMs }: { readonly sends: boolean; readonly totalMs: number },
): WholeTimes {
  const aloneMs = sends ? -Infinity : 0;
  return {
    wholeMs: workers > 1 ? totalMs : aloneMs,
    sharedMs: graph.mayStartInCloud ? totalMs / workers : 0,
  };
}

interface Step {
  /** When the device is done with the tensor, from the frame's begin. */
  readonly atMs: number;
  readonly linkMs: number;
  /** Cloud work it makes ready. */
  workMs: number;
}

/** The job of a decided frame. O(V + E) */
export function jobOf(frame: PricedFrame, workers: number, given: Decision): BurstJob {
  const leads = leadsOf(given);
  const isLead = (node: Node): boolean => leads.has(node);
  const device = [...given.device.filter(isLead), ...given.device.filter((node) => !isLead(node))];
  const { steps, leadMs, trailMs, openMs } = stepsOf(frame, { ...given, device }, leads.size);
  const workMs = steps.reduce((sum, step) => sum + step.workMs, 0);
  const fromDevice = passed(steps, frame.latencyMs, 0, -Infinity, workers);
  const fromLink = passed(steps, frame.latencyMs, -Infinity, 0, workers);
  const [first = { atMs: Infinity, linkMs: 0 }] = steps;
  const isShared = workers > 1;
  const isInCloud = given.device.length < frame.graph.nodes.length;
  const [sends, totalMs] = [steps.length > 0, openMs + workMs];
  return {
    decision: { device, sendings: given.sendings },
    leadSteps: leads.size,
    sends,
    leadMs,
    trailMs,
    linkMs: fromLink.linkMs,
    linkFromDeviceMs: fromDevice.linkMs,
    cloudMs: workMs / workers,
    cloudFromLinkMs: fromLink.cloudMs,
    cloudFromDeviceMs: fromDevice.cloudMs,
    workMs,
    pieceMs: isShared ? (steps.at(-1)?.workMs ?? 0) : 0,
    lastFromLinkMs: isShared ? fromLink.lastMs : -Infinity,
    lastFromDeviceMs: isShared ? fromDevice.lastMs : -Infinity,
    ...(isInCloud ? wholeOf(frame, workers, { sends, totalMs }) : NOT_IN_CLOUD),
    loads: [leadMs + trailMs, fromLink.linkMs, workMs / workers],
    headsMs: [first.atMs, first.atMs + first.linkMs + frame.latencyMs],
    tailMs: frame.latencyMs + (steps.at(-1)?.workMs ?? 0),
  };
}

/** Nodes that some tensor needs. */
function leadsOf({ device, sendings }: Decision): Set<Node> {
  const leads = new Set<Node>();
  for (const node of device.toReversed()) {
    const isLead = sendings.has(node) || node.successors.some((reader) => leads.has(reader));
    if (isLead) leads.add(node);
  }
  return leads;
}

function stepsOf(
  { graph }: PricedFrame,
  { device, sendings }: Decision,
  leadSteps: number,
): { steps: Step[]; leadMs: number; trailMs: number; openMs: number } {
  const steps: Step[] = [];
  /** By node: the place of the last tensor it waits for. */
  const lastStep = new Map<Node, number>();
  let [leadMs, trailMs, openMs] = [0, 0, 0];
  for (const [place, node] of device.entries()) {
    const sending = sendings.get(node);
    if (place >= leadSteps) trailMs += node.deviceMs;
    else leadMs += node.deviceMs + (sending?.encodeMs ?? 0);
    if (!sending) continue;
    lastStep.set(node, steps.length);
    steps.push({ atMs: leadMs, linkMs: sending.linkMs, workMs: sending.decodeMs });
  }
  const onDevice = new Set(device);
  for (const node of graph.nodes) {
    if (onDevice.has(node)) continue;
    const last = node.predecessors.reduce(
      (most, before) => Math.max(most, lastStep.get(before) ?? -1),
      -1,
    );
    lastStep.set(node, last);
    const step = steps[last];
    if (step) step.workMs += node.cloudMs;
    else openMs += node.cloudMs;
  }
  return { steps, leadMs, trailMs, openMs };
}

/** When link and cloud are done with a frame whose device and link are free at the given times. */
function passed(
  steps: readonly Step[],
  latencyMs: number,
  deviceMs: number,
  freeMs: number,
  workers: number,
): { linkMs: number; cloudMs: number; lastMs: number } {
  let linkMs = freeMs;
  let [cloudMs, lastMs] = [-Infinity, -Infinity];
  for (const step of steps) {
    linkMs = Math.max(linkMs, deviceMs + step.atMs) + step.linkMs;
    cloudMs = Math.max(cloudMs, linkMs + latencyMs) + step.workMs / workers;
    lastMs = Math.max(lastMs, linkMs + latencyMs) + step.workMs;
  }
  return { linkMs, cloudMs, lastMs };
}

/**
 * Whether a job is nowhere slower than another and may stand wherever the other stands. Where
 * either only bounds a cut from below, the bounds of completion.ts must stay as low as well.
 */
export function isNoSlower(one: BurstJob, other: BurstJob): boolean {
  return (
    one.leadMs <= other.leadMs &&
    one.leadMs + one.trailMs <= other.leadMs + other.trailMs &&
    one.linkMs <= other.linkMs &&
    one.linkFromDeviceMs <= other.linkFromDeviceMs &&
    one.cloudMs <= other.cloudMs &&
    one.cloudFromLinkMs <= other.cloudFromLinkMs &&
    one.cloudFromDeviceMs <= other.cloudFromDeviceMs &&
    one.lastFromLinkMs <= other.lastFromLinkMs &&
    one.lastFromDeviceMs <= other.lastFromDeviceMs &&
    one.workMs <= other.workMs &&
    // A job that its loads rule out must not have ruled out one that asks for less.
    one.loads[1] <= other.loads[1] &&
    one.loads[2] <= other.loads[2] &&
    one.wholeMs <= other.wholeMs &&
    one.sharedMs <= other.sharedMs &&
    ((one.decision !== undefined && other.decision !== undefined) || isNoLater(one, other))
  );
}

/** The same of when link and cloud begin with a job, and of what follows its last tensor. */
function isNoLater(one: BurstJob, other: BurstJob): boolean {
  return (
    one.headsMs[0] <= other.headsMs[0] &&
    one.headsMs[1] <= other.headsMs[1] &&
    one.tailMs <= other.tailMs &&
    one.pieceMs <= other.pieceMs
  );
}

/** Jobs that no other beats; among equal ones the first. O(jobs²) */
export function undominated(jobs: readonly BurstJob[]): BurstJob[] {
  return jobs.filter(
    (job, i) =>
      !jobs.some(
        (other, j) => i !== j && isNoSlower(other, job) && (j < i || !isNoSlower(job, other)),
      ),
  );
}

/** Frames that send nothing stand first. */
export function inOrder(jobs: readonly BurstJob[]): BurstJob[] {
  return [...jobs.filter((job) => !job.sends), ...jobs.filter((job) => job.sends)];
}
