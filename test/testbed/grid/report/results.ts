/** Saves what was measured: JSON with every frame, charts, a Markdown page; and into docs/results/testbed.md with --write-docs. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../../support/processes/processes.js';
import type { TestbedOptions } from '../measure/options.js';
import { frameGantt, type GanttPart, ganttOf } from './frame-gantt.js';
import { markdownOf } from './markdown.js';
import { rowBars } from './row-bars.js';
import type { Results } from './run-results.js';

const BEGIN = '<!-- testbed: written by `npm run testbed -- --write-docs` -->';
const END = '<!-- end of testbed -->';

/** Two runs with the same text may be put together. */
export function settingsText(options: TestbedOptions): string {
  const { links, modes, policies, frames, rounds, emulation } = options;
  return JSON.stringify({ links, modes, policies, frames, rounds, emulation });
}

/** The results of an earlier run. Throws when there are none, or of other settings. */
export async function earlierResults(options: TestbedOptions): Promise<Results> {
  const path = join(options.out, 'results.json');
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new Error(`--resume: ${path} cannot be read`, { cause });
  });
  const results = JSON.parse(text) as Results;
  const settings = settingsText(options);
  if (results.settings === settings) return results;
  throw new Error(`--resume: ${path} is of other settings: ${results.settings}, not ${settings}`);
}

/** Saves the figures alone: after every network, so that a run that is broken off is not lost. */
export async function saveCells(results: Results, out: string): Promise<string> {
  await mkdir(out, { recursive: true });
  const path = join(out, 'results.json');
  await writeFile(path, `${JSON.stringify(results)}\n`);
  return path;
}

/** Saves all there is; the files that were written. */
export async function saveResults(
  results: Results,
  { out, writesDocs }: Pick<TestbedOptions, 'out' | 'writesDocs'>,
): Promise<string[]> {
  const written = [await saveCells(results, out)];
  const save = async (path: string, text: string): Promise<void> => {
    await writeFile(path, text);
    written.push(path);
  };
  await save(join(out, 'results.md'), markdownOf(results));
  for (const mode of new Set(results.cells.map((cell) => cell.mode))) {
    const name = mode === 'stream' ? 'throughput.svg' : 'latency.svg';
    await save(join(out, name), rowBars(results.cells, mode));
  }
  for (const cell of results.cells.filter(({ mode }) => mode === 'frames')) {
    const parts = cell.rows.map(ganttOf).filter((part): part is GanttPart => part !== undefined);
    const name = `frame-${cell.network}-${cell.link.uplinkMbps}-${cell.policy}.svg`;
    await save(join(out, name), frameGantt(cell, parts));
  }
  if (writesDocs) {
    const path = join(root, 'docs/results/testbed.md');
    await save(path, withSection(await readFile(path, 'utf8'), markdownOf(results)));
  }
  return written;
}

/** The document with its marked section replaced, or with one at its end. */
export function withSection(document: string, section: string): string {
  const marked = `${BEGIN}\n${section.trim()}\n${END}`;
  const from = document.indexOf(BEGIN);
  const to = document.indexOf(END);
  if (from < 0 || to < from) return `${document.trimEnd()}\n\n${marked}\n`;
  return document.slice(0, from) + marked + document.slice(to + END.length);
}
