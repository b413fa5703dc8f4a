/**
 * How the tensors of one cut may be encoded within limits: every choice, or the first of them.
 *
 * Depth first over the tensors, quick encodings first, leaving a branch when what is chosen and the
 * least of the rest exceed a limit. Iterative, because a cut can hold hundreds of tensors.
 */

import { counted, type Loads } from '../../algorithms/mixed-game.js';
import type { LoadedCut } from '../../cuts/cut-mix.js';
import { undominated } from '../../order/jobs.js';
import type { DeviceSet } from '../../problem/device-sets.js';
import type { Node } from '../../problem/graph.js';
import {
  type PricedFrame,
  type Sending,
  sendingsOf,
  serialMs,
} from '../../problem/priced-frame.js';
import { bytesOf, type CutLimits, isWithin } from './limits.js';

/** A cut with its encodings, its counted loads and the bytes it sends. */
export interface Assignment extends LoadedCut {
  readonly bytes: number;
}

/** Choices of encodings; `isComplete` when they are all. */
export interface Assignments {
  readonly found: readonly Assignment[];
  readonly isComplete: boolean;
}

/** Choices that one cut may have, and steps of the search for them. */
const CHOICES = 64;
const STEPS = 4_000;

/** Time of device, link and cloud, and bytes. */
type Costs = readonly [number, number, number, number];

interface Choice {
  readonly sending: Sending;
  readonly costs: Costs;
}

/** The choices of encodings for a device set that keep it within its limits. */
export function assignmentsOf(
  frame: PricedFrame,
  workers: number,
  set: DeviceSet,
  limits: CutLimits,
): Assignments {
  const tensors = set.cut.map(({ node }) => ({ node, choices: choicesOf(frame, node) }));
  const least = leastOf(tensors.map(({ choices }) => choices));
  const loadsOf = ([deviceMs, linkMs, cloudMs]: Costs): Loads =>
    counted([deviceMs, linkMs, cloudMs / workers], limits.factors);
  const isAllowed = (costs: Costs): boolean =>
    isWithin(loadsOf(costs), limits.loadMs) && costs[3] <= limits.frameBytes;
  const found: Assignment[] = [];
  // Costs of the set with the choices made for the tensors so far; the next choice of each tensor.
  const spent: Costs[] = [[set.deviceMs, 0, set.cloudMs, 0]];
  const next = [0];
  const made: Choice[] = [];
  for (let step = 0; next.length > 0; step++) {
    if (step === STEPS || found.length > CHOICES) {
      return { found: found.slice(0, CHOICES), isComplete: false };
    }
    const depth = next.length - 1;
    const before = spent[depth] ?? [0, 0, 0, 0];
    const choice = tensors[depth]?.choices[next[depth] ?? 0];
    if (depth === tensors.length && isAllowed(before)) {
      const cut = { set, sendings: sendingsMade(tensors, made) };
      found.push({ ...cut, loads: loadsOf(before), bytes: before[3] });
    }
    if (!choice) {
      next.pop();
      spent.pop();
      made.pop();
      continue;
    }
    next[depth] = (next[depth] ?? 0) + 1;
    const after = sum(before, choice.costs);
    if (!isAllowed(sum(after, least[depth + 1] ?? [0, 0, 0, 0]))) continue;
    made.push(choice);
    spent.push(after);
    next.push(0);
  }
  return { found, isComplete: true };
}

function choicesOf(frame: PricedFrame, node: Node): Choice[] {
  return undominated(sendingsOf(frame, node))
    .toSorted((a, b) => serialMs(a) - serialMs(b))
    .map((sending) => {
      const { encodeMs, linkMs, decodeMs } = sending;
      return { sending, costs: [encodeMs, linkMs, decodeMs, bytesOf(node, sending)] };
    });
}

/** By tensor: the least that it and all after it cost on each machine. */
function leastOf(choices: readonly (readonly Choice[])[]): Costs[] {
  let rest: Costs = [0, 0, 0, 0];
  const least: Costs[] = [rest];
  for (const ofTensor of choices.toReversed()) {
    const own = ofTensor.reduce<Costs>(
      (a, { costs: b }) => [
        Math.min(a[0], b[0]),
        Math.min(a[1], b[1]),
        Math.min(a[2], b[2]),
        Math.min(a[3], b[3]),
      ],
      [Infinity, Infinity, Infinity, Infinity],
    );
    rest = sum(rest, own);
    least.push(rest);
  }
  return least.reverse();
}

function sum(a: Costs, b: Costs): Costs {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]];
}

function sendingsMade(
  tensors: readonly { readonly node: Node }[],
  made: readonly Choice[],
): Map<Node, Sending> {
  const sendings = new Map<Node, Sending>();
  for (const [i, { node }] of tensors.entries()) {
    const choice = made[i];
    if (choice) sendings.set(node, choice.sending);
  }
  return sendings;
}
