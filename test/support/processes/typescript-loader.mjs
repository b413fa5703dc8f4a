/**
 * Lets Node run the project's TypeScript as it is, for child processes that tests start: `./x.js` that does not exist
 * is `./x.ts`. See typescript-children.ts; the built service runs without it. The entry of a process of the service is
 * its bundle (bundled-children.ts). What was translated is kept for the next child, among the packages.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '../../..');
const CACHE = join(ROOT, 'node_modules/.cache/flotilla-translated');
const TSCONFIG = { compilerOptions: { target: 'ES2023', experimentalDecorators: true } };

let bundles = '';

/** Takes the folder of the bundles. */
export function initialize(folder) {
  bundles = folder;
}

/** A hook of Node's module loader. */
export function resolve(specifier, context, next) {
  if (!/^(\.|file:).*\.js$/.test(specifier)) return next(specifier, context);
  const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
  const bundle = join(bundles, basename(specifier));
  if (context.parentURL === undefined && isOfService(source) && existsSync(bundle)) {
    return { url: pathToFileURL(bundle).href, format: 'module', shortCircuit: true };
  }
  return existsSync(fileURLToPath(source))
    ? { url: source.href, format: 'module', shortCircuit: true }
    : next(specifier, context);
}

function isOfService(url) {
  return fileURLToPath(url).startsWith(join(ROOT, 'src/'));
}

/** A hook of Node's module loader. */
export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const text = await readFile(fileURLToPath(url), 'utf8');
  const kept = join(CACHE, createHash('sha256').update(url).update(text).digest('hex'));
  const source = existsSync(kept) ? await readFile(kept, 'utf8') : await translate(url, text, kept);
  return { format: 'module', source, shortCircuit: true };
}

async function translate(url, text, kept) {
  const { transform } = await import('esbuild');
  const options = { loader: 'ts', format: 'esm', sourcemap: 'inline', sourcefile: url };
  const { code } = await transform(text, { ...options, tsconfigRaw: TSCONFIG });
  await mkdir(CACHE, { recursive: true });
  await writeFile(`${kept}.${process.pid}`, code);
  await rename(`${kept}.${process.pid}`, kept);
  return code;
}
