/** An ONNX file: bytes ⇄ model. Bytes rejected here are no ONNX model; see normalize.ts for what cannot be run. */
import { Fault } from '../../wire/index.js';
import { decode } from './decode.js';
import { encode } from './encode.js';
import type { OnnxModel } from './proto.js';

/** Reads an ONNX file; weights stay views of `bytes`. Throws MODEL_NOT_ONNX saying what is wrong and where. */
export function parseModel(bytes: Uint8Array): OnnxModel {
  if (bytes.length === 0) throw notOnnx('the file is empty');
  const model = decodeModel(bytes);
  if (model.graph === undefined) throw notOnnx('it holds no graph');
  if (model.irVersion === undefined) throw notOnnx('it states no IR version (field ir_version)');
  checkOperatorSets(model.opsetImport ?? []);
  checkNames(model as OnnxModel);
  return model as OnnxModel;
}

/** The bytes of a model: the same model always gives the same bytes, and a file read gives its own again. */
export function serializeModel(model: OnnxModel): Uint8Array {
  return encode(model, 'Model');
}

function decodeModel(bytes: Uint8Array): Partial<OnnxModel> {
  try {
    return decode(bytes, 'Model');
  } catch (cause) {
    throw notOnnx(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function checkOperatorSets(sets: OnnxModel['opsetImport']): void {
  if (sets.length === 0) {
    throw notOnnx(
      'it states no operator set (field opset_import is empty), so its operators have no meaning; export it again with a current exporter',
    );
  }
}

/** What every later step takes for granted: operators have a type, values and weights a name. */
function checkNames({ graph }: OnnxModel): void {
  const nameless = graph.node.findIndex(({ opType }) => !opType);
  if (nameless >= 0) throw notOnnx(`node ${nameless} of the graph has no operator type`);
  for (const part of ['initializer', 'input', 'output'] as const) {
    const index = graph[part].findIndex(({ name }) => !name);
    if (index >= 0) throw notOnnx(`${part} ${index} of the graph has no name`);
  }
}

function notOnnx(what: string, cause?: unknown): Fault {
  return new Fault('MODEL_NOT_ONNX', `not an ONNX model: ${what}`, { cause });
}
