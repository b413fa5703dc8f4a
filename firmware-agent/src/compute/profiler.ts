/** Times each block of a model once on this device, and remembers it per block, threads, slow-down and runtime. */
import {
  type BlockProfile,
  type ModelDocument,
  pixelBytes,
  type Tensor,
  tensorBytes,
  tensorOfPixels,
} from '../../../src/wire/index.js';
import { monotonicMs } from '../clock.js';
import type { DocumentStore } from '../disk/document-store.js';
import type { Log } from '../log.js';
import type { Compute } from './compute.js';
import type { ComputeSettings, NamedTensors } from './compute-protocol.js';

const LEAST_ROUNDS = 5;
const MOST_ROUNDS = 25;
/** Rounds beyond the least ones are begun only within this time. */
const ROUNDS_MS = 1500;
const PROFILE_FRAME = 'profile';

export interface ProfileKey extends ComputeSettings {
  readonly runtime: string;
}

/** The times of all blocks of a loaded model, in the document's order; known ones are not measured again. */
export async function profileModel(
  model: ModelDocument,
  compute: Compute,
  documents: DocumentStore,
  { threads, slowdown, runtime }: ProfileKey,
  log: Log,
): Promise<BlockProfile[]> {
  const keyOf = (digest: string): string => `${digest} ${threads} ${slowdown} ${runtime}`;
  const known = documents.read('profiles') ?? {};
  if (model.blocks.every(({ digest }) => known[keyOf(digest)] !== undefined)) {
    return model.blocks.flatMap(({ digest }) => known[keyOf(digest)] ?? []);
  }
  log.info(`timing ${model.blocks.length} blocks of ${model.name} v${model.version}`);
  const measured = await measureAll(model, compute);
  const added = Object.fromEntries(measured.map((one) => [keyOf(one.digest), one]));
  documents.write('profiles', { ...known, ...added });
  const sumMs = measured.reduce((sum, { medianMs }) => sum + medianMs, 0);
  log.info(`the whole of ${model.name} takes ${sumMs.toFixed(1)} ms on this device`);
  return measured;
}

/** Whole rounds through the network, not one block many times: in a frame, too, a block finds its caches cold. */
async function measureAll(model: ModelDocument, compute: Compute): Promise<BlockProfile[]> {
  const runsMs = new Map(model.blocks.map(({ digest }) => [digest, [] as number[]]));
  await compute.call('begin', { frame: PROFILE_FRAME, inputs: plausibleInputs(model) });
  try {
    const startMs = monotonicMs();
    // Round 0 warms up and does not count.
    for (let round = 0; round <= MOST_ROUNDS; round++) {
      if (round > LEAST_ROUNDS && monotonicMs() - startMs > ROUNDS_MS) break;
      for (const [digest, runs] of runsMs) {
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
  const sorted = [...runsMs].sort((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const low = sorted[Math.floor(place)] ?? 0;
    const high = sorted[Math.ceil(place)] ?? low;
    return low + (high - low) * (place - Math.floor(place));
  };
  return {
    digest,
    medianMs: at(0.5),
    spreadMs: (at(0.75) - at(0.25)) / 2,
    runs: runsMs.length,
  };
}

/** Inputs that keep every block on its usual path: noise in the model's own scale, zeros where numbers are indices. */
function plausibleInputs(model: ModelDocument): NamedTensors {
  return model.inputs.map(({ name, image }) => {
    const spec = model.tensors.find((tensor) => tensor.name === name);
    if (image !== undefined) {
      const pixels = Uint8Array.from(
        { length: pixelBytes(image) },
        (_, i) => (i * 2654435761) >>> 24,
      );
      return [name, tensorOfPixels(pixels, image)];
    }
    const { dtype, dims } = spec ?? { dtype: 'float32' as const, dims: [] };
    const tensor: Tensor = { dtype, dims, data: new Uint8Array(tensorBytes({ dtype, dims })) };
    if (dtype === 'float32') {
      const values = new Float32Array(tensor.data.buffer);
      for (let i = 0; i < values.length; i++) values[i] = ((i * 2654435761) >>> 0) / 2 ** 32;
    }
    return [name, tensor];
  });
}
