/** The process that examines one model; it is killed when it exceeds its time or memory. */
import { readFile } from 'node:fs/promises';
import { type Message, serve } from '../../runtime/index.js';
import { Fault, type ModelManifest } from '../../wire/index.js';
import { CutCheck } from './cuts/cut-check.js';
import { examine } from './examine.js';
import type { Progress } from './examined.js';
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
