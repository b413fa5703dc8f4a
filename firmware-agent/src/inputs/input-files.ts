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

/** Pictures of phones and cameras that no decoder here reads: they are not passed over without a word. */
const OTHER_PICTURES = /\.(heic|heif|hif|avif|tiff?|bmp|dng|cr[23]|nef|arw|jxl)$/i;
const CONVERT = 'such pictures are not decoded here; convert them to JPEG';

/**
 * All frames; throws CONFIG_INVALID naming the --input that is empty, absent or does not pair up. `warn` gets a sentence for each
 * --input whose pictures are not all taken.
 */
export function listFrames(
  inputs: readonly string[],
  warn: (text: string) => void = () => undefined,
): FrameFiles[] {
  const lists = new Map<string | undefined, string[]>();
  for (const input of inputs) {
    const { name, pattern } = splitName(input);
    const { paths, passedOver } = expand(pattern);
    const over = `${passedOver.length} files such as ${passedOver[0]} are passed over: ${CONVERT}`;
    if (paths.length === 0) {
      const why =
        passedOver.length > 0 ? over : `files of other kinds than ${EXTENSIONS} are passed over`;
      throw invalid(`--input ${input}: no picture or tensor is there; ${why}`);
    }
    if (passedOver.length > 0) warn(`--input ${input}: ${over}`);
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

/**
 * `left=photos/*.jpg`; a file whose own name holds `=` is not taken apart. Names of inputs may hold anything
 * (`scope/image:0`, `a=b`): the first `=` counts that something to read stands behind.
 */
function splitName(input: string): { name: string | undefined; pattern: string } {
  if (hasFiles(input)) return { name: undefined, pattern: input };
  const parts = [...input.matchAll(/=/g)]
    .map(({ index }) => ({ name: input.slice(0, index), pattern: input.slice(index + 1) }))
    .filter(({ name, pattern }) => name !== '' && pattern !== '');
  const simple = parts.find(({ name }) => !/[/\\]/.test(name));
  return (
    parts.find(({ pattern }) => hasFiles(pattern)) ?? simple ?? { name: undefined, pattern: input }
  );
}

/** Whether a pattern names a file, a folder, or files of a folder. */
function hasFiles(pattern: string): boolean {
  if (kindOf(pattern) !== 'nothing') return true;
  return isGlob(pattern) && expandGlob(pattern).paths.length > 0;
}

/** Whether the last part of a path is a pattern and the rest a folder. */
function isGlob(pattern: string): boolean {
  return /[*?]/.test(basename(pattern)) && kindOf(dirname(pattern)) === 'folder';
}

interface Expanded {
  readonly paths: readonly string[];
  /** Names of pictures that are not taken. */
  readonly passedOver: readonly string[];
}

function expand(pattern: string): Expanded {
  switch (kindOf(pattern)) {
    case 'file':
      if (formatOf(pattern) === undefined) {
        const why = OTHER_PICTURES.test(pattern) ? `; ${CONVERT}` : '';
        throw invalid(`--input ${pattern}: only ${EXTENSIONS} files are inputs${why}`);
      }
      return { paths: [pattern], passedOver: [] };
    case 'folder':
      return filesOf(pattern, () => true);
    case 'pipe':
      throw invalid(
        `--input ${pattern}: is a pipe or a device, not a file; a command that writes pictures is given with --mjpeg`,
      );
    case 'nothing':
      return expandGlob(pattern);
  }
}

/** Globs in the last part of the path: `*` and `?`. */
function expandGlob(pattern: string): Expanded {
  const folder = dirname(pattern);
  if (!isGlob(pattern)) {
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
function filesOf(folder: string, isWanted: (name: string) => boolean): Expanded {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => entry.name)
    .filter((name) => !name.startsWith('.') && isWanted(name))
    .sort(new Intl.Collator('en', { numeric: true }).compare);
  return {
    paths: names.filter((name) => formatOf(name) !== undefined).map((name) => join(folder, name)),
    passedOver: names.filter((name) => OTHER_PICTURES.test(name)),
  };
}

function kindOf(path: string): 'file' | 'folder' | 'pipe' | 'nothing' {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 'nothing';
  if (found.isDirectory()) return 'folder';
  return found.isFile() ? 'file' : 'pipe';
}

function invalid(text: string): Fault {
  return new Fault('CONFIG_INVALID', text);
}
