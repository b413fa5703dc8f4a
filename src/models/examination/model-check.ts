/** Tries every cut of a model file, in several processes when there are many. */
import { availableParallelism } from 'node:os';
import type { ModelManifest } from '../../wire/index.js';
import { type CheckedCut, isLossless } from './cuts/cut-check.js';
import { type Allowance, type ExaminerCall, withExaminer } from './examiner.js';
import type { CheckCall, OpenCall, Opened } from './examiner-process.js';

/** The result; cuts in the order of the enumeration: along the network first. */
export interface ModelCheck {
  readonly units: number;
  /** Edges between units. */
  readonly edges: number;
  /** Order ideals with the inputs as one source, the empty one counted: one more than there are cuts. */
  readonly ideals: number;
  readonly cuts: readonly CheckedCut[];
  /** Whether every cut gives the outputs of the whole, and what crosses is what it is there. */
  readonly outputsEqual: boolean;
  /** Tensors compared that hold one value only, where a wrong split would look right. */
  readonly uniformTensors: number;
  readonly seconds: number;
}

export interface ModelCheckOptions {
  readonly path: string;
  readonly manifest: ModelManifest;
  readonly seed: number;
  readonly allowance: Allowance;
  readonly onProgress: (done: number, cuts: number) => void;
}

const CUTS_PER_CALL = 16;
/** With fewer cuts for each, a further process costs more than it saves. */
const LEAST_CUTS_PER_PROCESS = 20;

/** Throws the Fault of a refused model, or MODEL_TOO_COSTLY. */
export async function checkModel(options: ModelCheckOptions): Promise<ModelCheck> {
  const startMs = performance.now();
  const stop = new AbortController();
  const allowance = { ...options.allowance, signal: stop.signal };
  try {
    const { opened, cuts } = await withExaminer(allowance, (call) =>
      tryAllCuts(call, options, allowance),
    );
    return {
      units: opened.units,
      edges: opened.edges,
      ideals: cuts.length + 1,
      cuts,
      outputsEqual: cuts.every(isLossless),
      uniformTensors: opened.uniformTensors,
      seconds: Math.round(performance.now() - startMs) / 1000,
    };
  } finally {
    stop.abort();
  }
}

/** Opens the model in one process, and in more when there is work for them; each takes the next cuts when it is free. */
async function tryAllCuts(
  first: ExaminerCall,
  { path, manifest, seed, onProgress }: ModelCheckOptions,
  allowance: Allowance,
): Promise<{ opened: Opened; cuts: CheckedCut[] }> {
  const openCall: OpenCall = { path, manifest, seed, threads: 1 };
  const opened = (await first('open', openCall)) as Opened;
  const checked = new Map<number, readonly CheckedCut[]>();
  let next = 0;
  let done = 0;
  const work = async (examiner: ExaminerCall): Promise<void> => {
    while (next < opened.cuts) {
      const part: CheckCall = { from: next, to: Math.min(opened.cuts, next + CUTS_PER_CALL) };
      next = part.to;
      checked.set(part.from, (await examiner('check', part)) as CheckedCut[]);
      done += part.to - part.from;
      onProgress(done, opened.cuts);
    }
  };
  const maxOthers = Math.floor(opened.cuts / LEAST_CUTS_PER_PROCESS);
  const others = Array.from({ length: Math.min(availableParallelism() - 1, maxOthers) }, () =>
    withExaminer(allowance, async (other) => {
      await other('open', openCall);
      await work(other);
    }),
  );
  await Promise.all([work(first), ...others]);
  const inOrder = [...checked].sort(([a], [b]) => a - b).flatMap(([, some]) => some);
  return { opened, cuts: inOrder };
}
