/**
 * ONNX Runtime behind the project's own tensors. Call it only in a child process: a run blocks its thread, and a process
 * that ends during a run aborts. The package is loaded at the first session, so that importing this file costs nothing.
 */
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { alignedBytes, type Dtype, dtypes, Fault, type Tensor, typeText } from '../wire/index.js';

export interface SessionOptions {
  /** Threads one operator may use; 1 by default. */
  readonly threads?: number;
}

/** A network that is loaded and ready to run. */
export interface Session {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Runs the network once. Throws MODEL_REFUSED with the runtime's sentence, MODEL_TOO_COSTLY when memory is short. */
  run(feeds: ReadonlyMap<string, Tensor>): Promise<Map<string, Tensor>>;
  /** The same, without outputs of strings, which no tensor of the project holds. */
  runNumbers(feeds: ReadonlyMap<string, Tensor>): Promise<Map<string, Tensor>>;
  release(): Promise<void>;
}

type Ort = typeof import('onnxruntime-node');
type TypedArray = Exclude<OrtTensor.DataTypeMap[Dtype], string[]>;
type TypedArrayClass = {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, offset: number, length: number): TypedArray;
};

/** Halves travel as Uint16Array: Node 20 has no Float16Array. */
const ARRAYS: Record<Dtype, TypedArrayClass> = {
  float32: Float32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
  float16: Uint16Array,
  float64: Float64Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
};

/**
 * Loads a network from the bytes of its file, or from a path, with all graph optimisations.
 * Threads do not spin while they wait: many sessions with spinning threads steal each other's cores.
 * Throws MODEL_REFUSED with the runtime's sentence.
 */
export async function openSession(
  model: Uint8Array | string,
  { threads = 1 }: SessionOptions = {},
): Promise<Session> {
  const ort: Ort = (await import('onnxruntime-node')).default;
  const options: InferenceSession.SessionOptions = {
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
  const session = await refusing(() =>
    typeof model === 'string'
      ? ort.InferenceSession.create(model, options)
      : ort.InferenceSession.create(model, options),
  );
  const resultsOf = async (feeds: ReadonlyMap<string, Tensor>): Promise<[string, OrtTensor][]> => {
    const ortFeeds: Record<string, OrtTensor> = {};
    for (const [name, tensor] of feeds) ortFeeds[name] = toOrt(ort, name, tensor);
    return Object.entries(await refusing(() => session.run(ortFeeds)));
  };
  const tensorsOf = (results: readonly [string, OrtTensor][]) =>
    new Map(results.map(([name, value]) => [name, fromOrt(name, value)]));
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
    run: async (feeds) => tensorsOf(await resultsOf(feeds)),
    runNumbers: async (feeds) =>
      tensorsOf((await resultsOf(feeds)).filter(([, { type }]) => type !== 'string')),
    release: () => session.release(),
  };
}

function toOrt(ort: Ort, name: string, tensor: Tensor): OrtTensor {
  const { dtype, dims, data } = tensor;
  const TypedArrayOf = ARRAYS[dtype];
  const elements = dims.reduce((count, dim) => count * dim, 1);
  if (data.byteLength !== elements * TypedArrayOf.BYTES_PER_ELEMENT) {
    throw new Fault(
      'INPUT_MISMATCH',
      `${name} has ${data.byteLength} bytes, which do not make ${typeText(tensor)}`,
    );
  }
  const bytes = alignedBytes(tensor);
  const values = new TypedArrayOf(bytes.buffer, bytes.byteOffset, elements);
  return new ort.Tensor(dtype as 'float32', values as Float32Array, dims);
}

function fromOrt(name: string, value: OrtTensor): Tensor {
  const dtype = dtypes.find((one) => one === value.type);
  if (dtype === undefined || Array.isArray(value.data)) {
    throw new Fault('MODEL_REFUSED', `${name} is of type ${value.type}, which is not supported`);
  }
  const { buffer, byteOffset, byteLength } = value.data;
  return { dtype, dims: value.dims, data: new Uint8Array(buffer, byteOffset, byteLength) };
}

const MAX_SENTENCE_CHARACTERS = 300;

/** What the runtime said, without its source files, function signatures and line breaks. */
export function runtimeSentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .replace(/\/\S+\.(?:cc|h):\d+\s+[^\n]*?\)(?: const)?\s/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MAX_SENTENCE_CHARACTERS);
}

async function refusing<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const sentence = runtimeSentence(error);
    const isShortOfMemory = /bad.?alloc|allocate memory|allocation failed/i.test(sentence);
    const code = isShortOfMemory ? 'MODEL_TOO_COSTLY' : 'MODEL_REFUSED';
    throw new Fault(code, `ONNX Runtime: ${sentence}`, { cause: error });
  }
}
