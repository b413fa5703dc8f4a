/** The process that examines models: started for one model, killed when it takes too long or too much. */
import { readFile } from 'node:fs/promises';
import { serve } from '../../runtime/index.js';
import type { ModelManifest } from '../../wire/index.js';
import { examine } from './examine.js';

/** What the methods are called with; the model is a file. */
export interface ExamineCall {
  readonly path: string;
  readonly manifest: ModelManifest;
  readonly seed: number;
  readonly threads: number;
  /** Where the blocks go. */
  readonly folder: string;
}

await serve({
  examine: async ({ head }, progress) => {
    const { path, ...options } = head as ExamineCall;
    const found = await examine(await readFile(path), { ...options, progress });
    return { head: found, buffers: [] };
  },
});
