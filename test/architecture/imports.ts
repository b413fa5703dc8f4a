/** Reads the imports of the sources as text; every quote is single, which the formatter holds. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');

/** An import of a source file; `path` is the imported file below the root of the project, undefined for a package. */
export interface Import {
  readonly file: string;
  readonly spec: string;
  readonly path: string | undefined;
  /** True for the entry of a thread or process, which is started and not imported. */
  readonly isEntry: boolean;
}

/** Source files below a folder, as absolute paths: TypeScript, neither tests nor generated. */
export const sourceFiles = (folder: string) => filesBelow(folder, /(?<!\.spec)\.ts$/);
/** Test files below a folder, as absolute paths. */
export const specFiles = (folder: string) => filesBelow(folder, /\.spec\.ts$/);

function filesBelow(folder: string, name: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && name.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes(`${sep}generated${sep}`));
}

/** Matches `from 'x'`, `import 'x'`, `import('x')` and the entry of a thread or process. */
const IMPORT =
  /\bfrom\s+'([^'\n]+)'|\bimport\s*\(?\s*'([^'\n]+)'|\bnew URL\('(\.[^'\n]+)', import/g;

/** The imports of one file, types and entries of threads and processes included. */
export function importsOf(path: string): Import[] {
  return [...readFileSync(path, 'utf8').matchAll(IMPORT)].map(([, named, bare, entry]) => {
    const spec = named ?? bare ?? entry ?? '';
    const target = spec.startsWith('.')
      ? relative(root, resolve(dirname(path), spec)).replace(/\.js$/, '.ts')
      : undefined;
    return { file: relative(root, path), spec, path: target, isEntry: entry !== undefined };
  });
}

/** Circles of files: each is a list of paths that import one another in turn. One circle a strongly connected set. */
export function circlesOf(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const lowOf = (file: string) => low.get(file) ?? 0;
  const visit = (file: string) => {
    index.set(file, index.size);
    low.set(file, index.size - 1);
    stack.push(file);
    for (const next of edges.get(file) ?? []) {
      if (!index.has(next)) {
        visit(next);
        low.set(file, Math.min(lowOf(file), lowOf(next)));
      } else if (stack.includes(next)) {
        low.set(file, Math.min(lowOf(file), index.get(next) ?? 0));
      }
    }
    if (lowOf(file) !== index.get(file)) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1 || edges.get(file)?.includes(file)) circles.push(circle);
  };
  for (const file of edges.keys()) if (!index.has(file)) visit(file);
  return circles;
}
