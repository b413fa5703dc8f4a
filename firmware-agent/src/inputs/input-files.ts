/** The files named by --input, as a list of frames in a fixed order: files, folders, globs, several inputs side by side. */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Fault } from '../../../src/wire/index.js';
import { EXTENSIONS, formatOf } from './frame-input.js';

/** One frame's files. */
export interface FrameFiles {
  readonly source: string;
  readonly files: readonly { readonly name: string | undefined; readonly path: string }[];
}

/** All frames; throws CONFIG_INVALID naming the --input that is empty, absent or does not pair up. */
export function listFrames(inputs: readonly string[]): FrameFiles[] {
  const lists = new Map<string | undefined, string[]>();
  for (const input of inputs) {
    const { name, pattern } = splitName(input);
    const paths = expand(pattern);
    if (paths.length === 0)
      throw invalid(
        `--input ${input}: no picture or tensor is there; files of other kinds than ${EXTENSIONS} are passed over`,
      );
    lists.set(name, [...(lists.get(name) ?? []), ...paths]);
  }
  const [first] = lists.values();
  if (first === undefined) return [];
  for (const [name, paths] of lists) {
    if (paths.length !== first.length) {
      const [firstName] = lists.keys();
      throw invalid(
        `--input ${name ?? ''}=… has ${paths.length} files, ${firstName ?? ''}=… has ${first.length}: they must pair up`,
      );
    }
  }
  return first.map((path, i) => ({
    source: basename(path),
    files: [...lists].map(([name, paths]) => ({ name, path: paths[i] ?? path })),
  }));
}

/** `left=photos/*.jpg`; a file whose own name holds `=` is not taken apart. */
function splitName(input: string): { name: string | undefined; pattern: string } {
  const match = /^([^=/\\]+)=(.+)$/.exec(input);
  if (match?.[1] === undefined || match[2] === undefined || kindOf(input) !== 'nothing') {
    return { name: undefined, pattern: input };
  }
  return { name: match[1], pattern: match[2] };
}

function expand(pattern: string): string[] {
  switch (kindOf(pattern)) {
    case 'file':
      if (formatOf(pattern) === undefined) {
        throw invalid(`--input ${pattern}: only ${EXTENSIONS} files are inputs`);
      }
      return [pattern];
    case 'folder':
      return filesOf(pattern, () => true);
    case 'nothing':
      return expandGlob(pattern);
  }
}

/** Globs in the last part of the path: `*` and `?`. */
function expandGlob(pattern: string): string[] {
  const folder = dirname(pattern);
  if (!/[*?]/.test(basename(pattern)) || kindOf(folder) !== 'folder') {
    throw invalid(`--input ${pattern}: no such file or folder`);
  }
  const source = basename(pattern)
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`);
  return filesOf(folder, (name) => expression.test(name));
}

/** Input files of a folder by name, hidden ones left out (macOS and cameras put `._name.jpg` next to `name.jpg`), numbers in their own order (frame-2 before frame-10). */
function filesOf(folder: string, isWanted: (name: string) => boolean): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => entry.name)
    .filter((name) => !name.startsWith('.') && formatOf(name) !== undefined)
    .filter(isWanted)
    .sort(new Intl.Collator('en', { numeric: true }).compare)
    .map((name) => join(folder, name));
}

function kindOf(path: string): 'file' | 'folder' | 'nothing' {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 'nothing';
  return found.isDirectory() ? 'folder' : 'file';
}

function invalid(text: string): Fault {
  return new Fault('CONFIG_INVALID', text);
}
