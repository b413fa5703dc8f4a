/**
 * What planning knew of a device's costs, and since when: a frame's prediction is made with what was known as it began, never with
 * what the frame itself has shown. Short: a frame that is reported much later keeps the prediction of its plan.
 */
import type { Prediction } from '../../wire/index.js';
import type { Costs } from '../pricing/planner-network.js';

/** Changes are some percent each, so these are the last minutes of an unsteady device. */
const CHANGES = 32;
const PREDICTIONS = 256;

/** Costs from one moment to the next change. */
export interface KnownCosts {
  readonly sinceMs: number;
  readonly modelId: string;
  readonly costs: Costs;
  /** What they were made from. */
  readonly from: readonly unknown[];
  /** What was predicted with them, by a key of the caller's. */
  readonly predictions: Map<string, Prediction | undefined>;
}

export class CostHistory {
  /** Oldest first. */
  private readonly known: KnownCosts[] = [];

  /** The costs that are known from now on: those of before, when they are made from the very same. */
  note(sinceMs: number, modelId: string, from: readonly unknown[], make: () => Costs): KnownCosts {
    const last = this.known.at(-1);
    const isSame = last?.modelId === modelId && last.from.every((one, i) => one === from[i]);
    if (isSame) return last;
    const known = { sinceMs, modelId, costs: make(), from, predictions: new Map() };
    this.known.push(known);
    if (this.known.length > CHANGES) this.known.shift();
    return known;
  }

  /** What was known at a time; undefined when that is not remembered. */
  at(atMs: number): KnownCosts | undefined {
    return this.known.findLast(({ sinceMs }) => sinceMs <= atMs);
  }
}

/** The prediction under a key, made when it is asked for first. */
export function remembered(
  { predictions }: KnownCosts,
  key: string,
  predict: () => Prediction | undefined,
): Prediction | undefined {
  if (predictions.has(key)) return predictions.get(key);
  if (predictions.size >= PREDICTIONS) predictions.clear();
  const made = predict();
  predictions.set(key, made);
  return made;
}
