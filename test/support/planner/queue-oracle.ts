/**
 * The oracle for margins: a queue of one machine, frame by frame (Lindley 1952), with gaps and times drawn from a distribution.
 * Written apart from the planner.
 */
import { seededRandom } from '../../../src/wire/index.js';

/** Distributions of positive amounts with mean 1, by their coefficient of variation. */
export const SHAPES = {
  'two values': (random: () => number, spread: number) =>
    random() < 0.5 ? 1 - spread : 1 + spread,
  'log-normal': (random: () => number, spread: number) => {
    const variance = Math.log(1 + spread ** 2);
    return Math.exp(Math.sqrt(variance) * normal(random) - variance / 2);
  },
  // Few frames take long: a tenth of them.
  'rarely long': (random: () => number, spread: number) =>
    random() < 0.1 ? 1 + 3 * spread : 1 - spread / 3,
} as const;
export type Shape = keyof typeof SHAPES;

/** One machine of a row of machines: its load, and how its times vary. */
export interface QueueMachine {
  /** Mean time of a frame, as a share of the interval. */
  readonly load: number;
  readonly spread: number;
}

/** How frames come, and how many of them. */
export interface Arrivals {
  readonly gapSpread: number;
  readonly frames: number;
  readonly shape: Shape;
  readonly seed: number;
}

/** Mean wait for each of the machines that frames pass one after the other, as a share of the interval. */
export function meanWaits(
  machines: readonly QueueMachine[],
  { gapSpread, frames, shape, seed }: Arrivals,
): number[] {
  const random = seededRandom(seed);
  const draw = SHAPES[shape];
  const freeAt = machines.map(() => 0);
  const waits = machines.map(() => 0);
  let arrival = 0;
  for (let frame = 0; frame < frames; frame++) {
    arrival += draw(random, gapSpread);
    let at = arrival;
    for (const [i, { load, spread }] of machines.entries()) {
      const begins = Math.max(at, freeAt[i] ?? 0);
      waits[i] = (waits[i] ?? 0) + begins - at;
      at = begins + load * draw(random, spread);
      freeAt[i] = at;
    }
  }
  return waits.map((sum) => sum / frames);
}

/** Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
