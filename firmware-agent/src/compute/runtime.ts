/** ONNX Runtime on wire tensors. Loaded by the compute thread only, and only when that starts. */
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { alignedBytes, type Dtype, elementBytes, type Tensor } from '../../../src/wire/index.js';

type Elements = new (buffer: ArrayBuffer, byteOffset: number, length: number) => OrtTensor['data'];

/** Halves travel as Uint16Array and booleans as bytes: Node 20 has no Float16Array. */
const ELEMENTS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const satisfies Record<Dtype, unknown>;

export type Value = OrtTensor;
export type Values = ReadonlyMap<string, Value>;

export class Runtime {
  private constructor(
    private readonly ort: typeof import('onnxruntime-node'),
    private readonly threads: number,
  ) {}

  static async load(threads: number): Promise<Runtime> {
    return new Runtime(await import('onnxruntime-node'), threads);
  }

  async open(path: string): Promise<BlockSession> {
    const session = await this.ort.InferenceSession.create(path, {
      graphOptimizationLevel: 'all',
      intraOpNumThreads: this.threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      logSeverityLevel: 3,
      // Sessions that spin while idle take the processor from the one that works.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
    return new BlockSession(session);
  }

  /** A tensor as the runtime takes it; bytes that are not aligned for their type are copied. */
  valueOf(tensor: Tensor): Value {
    const { dtype, dims } = tensor;
    const { buffer, byteOffset, length } = alignedBytes(tensor);
    const View = ELEMENTS[dtype] as unknown as Elements;
    const elements = new View(buffer as ArrayBuffer, byteOffset, length / elementBytes(dtype));
    return new this.ort.Tensor(dtype, elements as never, dims);
  }
}

/** One loaded block. */
export class BlockSession {
  constructor(private readonly session: InferenceSession) {}

  /** The block's outputs, from what is known of the frame so far. */
  async run(known: Values): Promise<Values> {
    const feeds = this.session.inputNames.map((name) => {
      const value = known.get(name);
      if (value === undefined) throw new Error(`the tensor ${name} has not been computed`);
      return [name, value] as const;
    });
    const outputs = await this.session.run(Object.fromEntries(feeds));
    return new Map(Object.entries(outputs) as [string, Value][]);
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

/** A value as bytes of its own, ready to be handed to another thread. */
export function tensorOf(value: Value): Tensor {
  const tensor = viewOf(value);
  return { ...tensor, data: tensor.data.slice() };
}

/** A value as a tensor over the runtime's own memory. */
export function viewOf({ type, dims, data }: Value): Tensor {
  if (!Object.hasOwn(ELEMENTS, type))
    throw new Error(`tensors of type ${type} stay in their block`);
  const view = data as Float32Array;
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return { dtype: type as Dtype, dims: [...dims], data: bytes };
}
