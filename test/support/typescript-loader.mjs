/**
 * Lets Node run the project's TypeScript as it is, for child processes that tests start: `./x.js` that does not exist
 * is `./x.ts`. See typescript-children.ts; the built service runs without it.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

const TSCONFIG = { compilerOptions: { target: 'ES2023', experimentalDecorators: true } };

/** A hook of Node's module loader. */
export function resolve(specifier, context, next) {
  if (!/^(\.|file:).*\.js$/.test(specifier)) return next(specifier, context);
  const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
  return existsSync(fileURLToPath(source))
    ? { url: source.href, format: 'module', shortCircuit: true }
    : next(specifier, context);
}

/** A hook of Node's module loader. */
export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const text = await readFile(fileURLToPath(url), 'utf8');
  const options = { loader: 'ts', format: 'esm', sourcemap: 'inline', sourcefile: url };
  const { code } = await transform(text, { ...options, tsconfigRaw: TSCONFIG });
  return { format: 'module', source: code, shortCircuit: true };
}
