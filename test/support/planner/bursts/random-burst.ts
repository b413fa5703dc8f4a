/** Random bursts of small networks: any cuts, any encodings, frames that take turns on the device. */

import {
  allDeviceSets,
  type DeviceSet,
  membersOf,
} from '../../../../src/planner/problem/device-sets.js';
import { graphOf, type Node } from '../../../../src/planner/problem/graph.js';
import {
  type Decision,
  type PricedFrame,
  pricedFrameOf,
  type Sending,
  sendingsOf,
} from '../../../../src/planner/problem/priced-frame.js';
import { seededRandom } from '../../../../src/wire/index.js';
import { FAMILIES, randomProblem } from '../../networks/random-networks.js';

/** A frame of a burst: its device set and how it is cut there. */
export interface CutFrame {
  readonly set: DeviceSet;
  readonly decision: Decision;
}

/** A random burst: a frame, some decisions, and the sets that they belong to. */
export class RandomBurst {
  readonly frame: PricedFrame;
  readonly workers: number;
  readonly sets: readonly DeviceSet[];
  readonly burst: readonly CutFrame[];
  readonly #random: () => number;

  /** Cloud times are multiplied, so that frames wait for workers. */
  constructor(seed: number, cloudTimes = 1) {
    const family = FAMILIES[seed % FAMILIES.length] ?? 'general';
    const hasEncodings = seed % 3 === 0;
    const { network, link } = randomProblem({
      family,
      units: 3 + (seed % 5),
      seed,
      hasEncodings,
    });
    const units = network.units.map((unit) => ({ ...unit, cloudMs: cloudTimes * unit.cloudMs }));
    this.#random = seededRandom(seed);
    this.frame = pricedFrameOf(graphOf({ ...network, units }), link);
    this.workers = 1 + (seed % 3);
    this.sets = allDeviceSets(this.frame.graph, 10_000) ?? [];
    this.burst = Array.from({ length: 2 + (seed % 4) }, () => {
      const set = this.pick(this.sets);
      return { set, decision: this.#decisionOf(set) };
    });
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)] as T;
  }

  #decisionOf(set: DeviceSet): Decision {
    const sendings = new Map<Node, Sending>();
    for (const { node } of set.cut) sendings.set(node, this.pick(sendingsOf(this.frame, node)));
    const missing = new Set(membersOf(this.frame.graph, set));
    const device: Node[] = [];
    while (missing.size > 0) {
      const node = this.pick(
        [...missing].filter((one) => one.predecessors.every((before) => !missing.has(before))),
      );
      missing.delete(node);
      device.push(node);
    }
    return { device, sendings };
  }

  /** Frames take turns at random. */
  turns(): number[] {
    const left = this.burst.flatMap(({ decision }, number) => decision.device.map(() => number));
    const turns: number[] = [];
    while (left.length > 0) turns.push(...left.splice(Math.floor(this.#random() * left.length), 1));
    return turns;
  }
}

/** Frames without tensors first, then by when their last tensors are ready. */
export function byLastTensor(burst: readonly CutFrame[], turns: readonly number[]): CutFrame[] {
  const steps = burst.map(({ decision }) => decision.device.values());
  const lastTurn = burst.map(() => -1);
  for (const [turn, number] of turns.entries()) {
    const node = steps[number]?.next().value;
    if (node && burst[number]?.decision.sendings.has(node)) lastTurn[number] = turn;
  }
  return burst
    .map((one, number) => ({ ...one, turn: lastTurn[number] ?? -1 }))
    .sort((a, b) => a.turn - b.turn);
}
