/** Saves what was measured: JSON with every frame, charts, a Markdown page; and into docs/results.md when asked to. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../support/processes.js';
import { frameGantt, type GanttPart, ganttOf } from './frame-gantt.js';
import type { Cell } from './grid.js';
import { latencyBars } from './latency-bars.js';
import type { Machine } from './machine.js';
import { markdownOf } from './markdown.js';

export interface Results {
  readonly machine: Machine;
  /** What stands for links and processors. */
  readonly about: readonly string[];
  /** Why parts of the grid were not measured. */
  readonly skipped: readonly string[];
  readonly cells: readonly Cell[];
}

const BEGIN = '<!-- testbed: written by `npm run testbed -- --write-docs` -->';
const END = '<!-- end of testbed -->';

/** The files that were written. */
export async function saveResults(
  results: Results,
  { out, writesDocs }: { readonly out: string; readonly writesDocs: boolean },
): Promise<string[]> {
  await mkdir(out, { recursive: true });
  const written: string[] = [];
  const save = async (path: string, text: string): Promise<void> => {
    await writeFile(path, text);
    written.push(path);
  };
  await save(join(out, 'results.json'), `${JSON.stringify(results)}\n`);
  await save(join(out, 'results.md'), markdownOf(results));
  await save(join(out, 'latency.svg'), latencyBars(results.cells));
  for (const cell of results.cells) {
    const parts = cell.rows.map(ganttOf).filter((part): part is GanttPart => part !== undefined);
    if (cell.mode !== 'frames') continue;
    const name = `frame-${cell.network}-${cell.link.uplinkMbps}-${cell.precision}.svg`;
    await save(join(out, name), frameGantt(cell, parts));
  }
  if (writesDocs) {
    const path = join(root, 'docs/results.md');
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
