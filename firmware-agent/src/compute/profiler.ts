/** Times each block of a model on this device, and remembers it per block, threads, slow-down and runtime. */
import {
  type BlockProfile,
  Fault,
  type ModelDocument,
  medianOf,
  pixelBytes,
  type Tensor,
  tensorBytes,
  tensorOfNumbers,
  tensorOfPixels,
} from '../../../src/wire/index.js';
import { monotonicMs } from '../clock.js';
import type { DocumentStore } from '../disk/document-store.js';
import type { Log } from '../log.js';
import type { Compute } from './compute.js';
import type { ComputeSettings, NamedTensors } from './compute-protocol.js';

const LEAST_ROUNDS = 5;
const MAX_ROUNDS = 25;
/** Rounds beyond the least ones are begun only within this time. */
const ROUNDS_MS = 1500;
const PROFILE_FRAME = 'profile';

export interface ProfileKey extends Pick<ComputeSettings, 'threads' | 'slowdown'> {
  readonly runtime: string;
}

export class Profiler {
  constructor(
    private readonly compute: Compute,
    private readonly documents: DocumentStore,
    private readonly key: ProfileKey,
    private readonly log: Log,
    /** Ends a measurement between two blocks: all of it may take minutes. */
    private readonly stop: AbortSignal,
  ) {}

  /** The times of all blocks of a loaded model, in the document's order; known ones are not measured again. */
  async profile(model: ModelDocument): Promise<BlockProfile[]> {
    const known = this.documents.read('profiles') ?? {};
    const profiles = model.blocks.flatMap(({ digest }) => known[this.keyOf(digest)] ?? []);
    return profiles.length === model.blocks.length ? profiles : this.measure(model);
  }

  /** The same, all measured now; to be called while no frame is in flight. Throws SHUTTING_DOWN when it is stopped. */
  async measure(model: ModelDocument): Promise<BlockProfile[]> {
    this.log.info(`timing ${model.blocks.length} blocks of ${model.name} v${model.version}`);
    const measured = await measureAll(model, this.compute, this.stop);
    this.remember(measured);
    const sumMs = measured.reduce((sum, { medianMs }) => sum + medianMs, 0);
    this.log.info(`the whole of ${model.name} takes ${sumMs.toFixed(1)} ms on this device`);
    return measured;
  }

  /** Keeps times for the next start. */
  remember(profiles: readonly BlockProfile[]): void {
    const known = this.documents.read('profiles') ?? {};
    const added = Object.fromEntries(profiles.map((one) => [this.keyOf(one.digest), one]));
    this.documents.keep('profiles', { ...known, ...added });
  }

  private keyOf(digest: string): string {
    const { threads, slowdown, runtime } = this.key;
    return `${digest} ${threads} ${slowdown} ${runtime}`;
  }
}

/** Whole rounds through the network, not one block many times: in a frame, too, a block finds its caches cold. */
async function measureAll(
  model: ModelDocument,
  compute: Compute,
  stop: AbortSignal,
): Promise<BlockProfile[]> {
  const runsMs = new Map(model.blocks.map(({ digest }) => [digest, [] as number[]]));
  await compute.call('begin', { frame: PROFILE_FRAME, inputs: plausibleInputs(model) });
  try {
    const startMs = monotonicMs();
    // Round 0 warms up and does not count.
    for (let round = 0; round <= MAX_ROUNDS; round++) {
      if (round > LEAST_ROUNDS && monotonicMs() - startMs > ROUNDS_MS) break;
      for (const [digest, runs] of runsMs) {
        if (stop.aborted) throw new Fault('SHUTTING_DOWN', 'the agent stops: blocks are not timed');
        const { ms } = await compute.call('measure', { frame: PROFILE_FRAME, digest });
        if (round > 0) runs.push(ms);
      }
    }
  } finally {
    await compute.call('end', { frame: PROFILE_FRAME });
  }
  return [...runsMs].map(([digest, runs]) => summarise(digest, runs));
}

/** Median and half the distance between the quartiles. */
export function summarise(digest: string, runsMs: readonly number[]): BlockProfile {
  return { digest, ...medianOf(runsMs), runs: runsMs.length };
}

/**
 * Inputs that keep every block on its usual path: the example of the document, else noise in the model's own scale, and
 * zeros where numbers are indices.
 */
function plausibleInputs(model: ModelDocument): NamedTensors {
  return model.inputs.map(({ name, image, example }) => {
    const spec = model.tensors.find((tensor) => tensor.name === name);
    if (image !== undefined) {
      const pixels = Uint8Array.from(
        { length: pixelBytes(image) },
        (_, i) => (i * 2654435761) >>> 24,
      );
      return [name, tensorOfPixels(pixels, image)];
    }
    const { dtype, dims } = spec ?? { dtype: 'float32' as const, dims: [] };
    if (example !== undefined) return [name, tensorOfNumbers({ dtype, dims }, example)];
    const tensor: Tensor = { dtype, dims, data: new Uint8Array(tensorBytes({ dtype, dims })) };
    if (dtype === 'float32') {
      const values = new Float32Array(tensor.data.buffer);
      for (let i = 0; i < values.length; i++) values[i] = ((i * 2654435761) >>> 0) / 2 ** 32;
    }
    return [name, tensor];
  });
}
