/** The process that examines one model; it is killed when it exceeds its time or memory. */
import { readFile } from 'node:fs/promises';
import { type Message, serve } from '../../runtime/index.js';
import { Fault, type ModelManifest } from '../../wire/index.js';
import { measuredAccuracy } from './accuracy/measured-accuracy.js';
import { CutCheck } from './cuts/cut-check.js';
import { examine, MEASURING } from './examine.js';
import type { Examined, Progress } from './examined.js';
import { prepareModel } from './inputs/prepared-model.js';

/** Arguments of `open`; the model is a file. */
export interface OpenCall {
  readonly path: string;
  readonly manifest: ModelManifest;
  readonly seed: number;
  readonly threads: number;
}

/** Arguments of `examine`. */
export interface ExamineCall extends OpenCall {
  /** Files with calibration inputs. */
  readonly calibration: readonly string[];
  /** Where the blocks go. */
  readonly folder: string;
}

/** Arguments of `measure`: a model by what was found of it, with its inputs and outputs as they are to be. */
export interface MeasureCall {
  readonly found: Pick<Examined, 'inputs' | 'outputs' | 'tensors' | 'blocks'>;
  /** The file of each block, by digest. */
  readonly files: Readonly<Record<string, string>>;
  /** Files with calibration inputs. */
  readonly calibration: readonly string[];
  readonly seed: number;
  readonly threads: number;
}

/** The result of `open`. */
export interface Opened {
  readonly units: number;
  readonly edges: number;
  readonly cuts: number;
  readonly uniformTensors: number;
}

/** Arguments of `check`: places in the list of cuts. */
export interface CheckCall {
  readonly from: number;
  readonly to: number;
}

let opened: CutCheck | undefined;

await serve({
  examine: async ({ head }, progress) => {
    const { path, calibration: files, ...options } = head as ExamineCall;
    const calibration = await Promise.all(files.map((file) => readFile(file)));
    return answer(await examine(await readFile(path), { ...options, calibration, progress }));
  },
  /** Measures the accuracy of a model that is in blocks already. */
  measure: async ({ head }, progress) => {
    const { found, files, calibration, ...options } = head as MeasureCall;
    const network = {
      ...found,
      types: new Map(found.tensors.map((tensor) => [tensor.name, tensor])),
      pathOf: (digest: string) => files[digest] ?? '',
    };
    return answer(
      await measuredAccuracy(network, {
        ...options,
        calibration: await Promise.all(calibration.map((file) => readFile(file))),
        progress: (share) => progress({ step: 'accuracy', share, text: MEASURING }),
      }),
    );
  },
  /** Prepares a model for `check`. */
  open: async ({ head }, progress: (progress: Progress) => void) => {
    const { path, ...options } = head as OpenCall;
    const prepared = await prepareModel(await readFile(path), { ...options, progress });
    opened = await CutCheck.open(prepared, options.threads);
    const { units, edges } = prepared.units;
    return answer({
      units: units.length,
      edges: edges.length,
      cuts: opened.deviceSets.length,
      uniformTensors: opened.uniformTensors,
    } satisfies Opened);
  },
  /** Tries some cuts of the model opened last. */
  check: async ({ head }) => {
    const { from, to } = head as CheckCall;
    if (opened === undefined) throw new Fault('INTERNAL', 'no model is open');
    const cuts = [];
    for (const set of opened.deviceSets.slice(from, to)) cuts.push(await opened.check(set));
    return answer(cuts);
  },
});

function answer(head: unknown): Message {
  return { head, buffers: [] };
}
