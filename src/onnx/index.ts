/**
 * ONNX without a runtime: bytes ⇄ model ⇄ units and blocks, and reference networks built in code.
 *
 * From a file to blocks: parseModel → normalizeModel → (run constantSubgraph, withConstants) → run withAllOutputs once
 * to measure every tensor → withMeasuredShapes → (constants again) → unitsOf → deviceSetsOf → blocksOf → extractModel.
 */
export { type Block, blocksOf } from './blocks.js';
export { type ConstantSubgraph, constantSubgraph, withConstants } from './constants.js';
export { countIdeals, type DeviceSet, deviceSetsOf } from './device-sets.js';
export type { Bindings } from './dimensions.js';
export { extractModel, type Interface } from './extract.js';
export { parseModel, serializeModel } from './model.js';
export { normalizeModel } from './normalize.js';
export { labelsOf } from './outputs.js';
export * from './proto.js';
export {
  type Blueprint,
  parameterCount,
  type ReferenceNetwork,
  referenceNetwork,
  referenceNetworks,
} from './reference/index.js';
export { inseparableValues, type Measured, withAllOutputs, withMeasuredShapes } from './shapes.js';
export { parseTensor, serializeTensor, tensorOf, tensorProtoOf } from './tensor-data.js';
export { type Unit, type UnitEdge, type UnitGraph, unitsOf } from './units.js';
