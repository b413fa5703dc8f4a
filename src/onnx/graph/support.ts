/** Checks that reject models: those that are not deterministic, or cannot be divided into separate blocks. */
import { Fault } from '../../wire/index.js';
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from '../format/proto.js';
import { tensorOf } from '../format/tensor-data.js';
import { everyNode, nodeText, subgraphsOf } from './graph.js';

/** Operators that draw random numbers: a network with one cannot be compared with its own split. */
const RANDOM = new Set([
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
  'Multinomial',
  'Bernoulli',
]);

const EXTERNAL = 1;

/** Throws MODEL_REFUSED naming the first node, input or weight that is not supported. */
export function checkSupported(model: OnnxModel): void {
  for (const node of everyNode(model)) {
    checkDeterministic(node);
    for (const { t, tensors } of node.attribute)
      [...(t ? [t] : []), ...(tensors ?? [])].forEach(checkStored);
    subgraphsOf(node).forEach(checkWeights);
  }
  checkWeights(model.graph);
  if (model.graph.output.length === 0) throw refused('it has no output');
}

function checkDeterministic(node: OnnxNode): void {
  if (RANDOM.has(node.opType)) {
    throw refused(
      `${nodeText(node)} draws random numbers, so a split run can never be shown to equal an unsplit one`,
    );
  }
  const isTraining = node.attribute.some(({ name, i }) => name === 'training_mode' && i === 1n);
  if (isTraining) throw refused(`${nodeText(node)} is in training mode; export it for inference`);
}

function checkWeights(graph: OnnxGraph): void {
  graph.initializer.forEach(checkStored);
  if ((graph.sparseInitializer?.length ?? 0) > 0) {
    throw refused('it holds sparse initializers; export it with dense ones');
  }
}

function checkStored({ name, dataLocation, externalData }: OnnxTensor): void {
  if (dataLocation === EXTERNAL || (externalData?.length ?? 0) > 0) {
    throw refused(
      `weight '${name ?? ''}' is kept in another file (external data); save the model as one file`,
    );
  }
}

/** Dropout behaves as in training when its third input says so. */
export function checkDropout({ node, initializer }: OnnxGraph): void {
  const switches = new Map(initializer.map((one) => [one.name, one]));
  for (const one of node) {
    const isTraining = one.opType === 'Dropout' ? switches.get(one.input[2]) : undefined;
    if (isTraining !== undefined && tensorOf(isTraining).data[0] !== 0) {
      throw refused(`${nodeText(one)} is in training mode; export it for inference`);
    }
  }
}

export function refused(why: string): Fault {
  return new Fault('MODEL_REFUSED', `model refused: ${why}`);
}
