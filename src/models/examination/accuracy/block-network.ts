/** A network in blocks, as its accuracy is measured: in its examination, or from what is kept of it. */
import type { BlockSpec, ModelDocument, TensorType } from '../../../wire/index.js';

/** A network by its blocks and the types of its tensors. */
export interface BlockNetwork {
  readonly inputs: ModelDocument['inputs'];
  readonly outputs: ModelDocument['outputs'];
  /** Types of the inputs and of every tensor that a block reads. */
  readonly types: ReadonlyMap<string, TensorType>;
  readonly blocks: readonly BlockSpec[];
  /** The file of a block. */
  readonly pathOf: (digest: string) => string;
}
