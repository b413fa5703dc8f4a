/** Inputs of a run: the examples of the manifest, and drawn ones where it gives none. */
import type { Tensor } from '../../../wire/index.js';
import { type Draw, draws, type SeededInput, seededInput } from './seeded-inputs.js';

/** An input, how it is drawn, and its example if the manifest gives one. */
export interface DrawnInput extends Omit<SeededInput, 'draw'> {
  readonly example?: Tensor | undefined;
}

export function drawInput(input: DrawnInput, draw: Draw, random: () => number): Tensor {
  return input.example ?? seededInput({ ...input, draw }, random);
}

/** The draws that differ for some inputs. */
export function drawsOf(drawn: ReadonlyMap<string, DrawnInput>): readonly Draw[] {
  const isChoice = (one: DrawnInput) => one.example === undefined && isChosen(one);
  return [...drawn.values()].some(isChoice) ? draws : draws.slice(0, 1);
}

/** True where contents matter: whole numbers that no picture gives, and what the manifest gives an example of. */
export function needsExample(input: DrawnInput): boolean {
  return input.example !== undefined || isChosen(input);
}

const isChosen = ({ type: { dtype }, image }: DrawnInput): boolean =>
  image === undefined && !/^float|^u?int8$/.test(dtype);
