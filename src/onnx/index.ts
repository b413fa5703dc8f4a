/**
 * ONNX without a runtime: bytes ⇄ model ⇄ units and blocks, and reference networks built in code.
 *
 * From a file to blocks: parseModel → normalizeModel → (run constantSubgraph, withConstants) → run withAllOutputs once
 * to measure every tensor → withMeasuredShapes → (constants again) → unitsOf → deviceSetsOf → blocksOf → extractModel.
 */

export { parseModel, serializeModel } from './format/model.js';
export * from './format/proto.js';
export { parseTensor, serializeTensor, tensorOf, tensorProtoOf } from './format/tensor-data.js';
export type { Bindings } from './graph/dimensions.js';
export { extractModel, type Interface } from './graph/extract.js';
export { indexGraph } from './graph/graph.js';
export { inputForms } from './graph/input-forms.js';
export { labelsOf } from './graph/outputs.js';
export { type ConstantSubgraph, constantSubgraph, withConstants } from './preparation/constants.js';
export { normalizeModel } from './preparation/normalize.js';
export {
  inseparableValues,
  type Measured,
  withAllOutputs,
  withMeasuredShapes,
  withOutputs,
} from './preparation/shapes.js';
export {
  type Blueprint,
  parameterCount,
  type ReferenceNetwork,
  referenceNetwork,
  referenceNetworks,
} from './reference/index.js';
export { type Block, blocksOf } from './units/blocks.js';
export { countIdeals, type DeviceSet, deviceSetsOf } from './units/device-sets.js';
export { type Unit, type UnitEdge, type UnitGraph, unitsOf } from './units/units.js';
