/**
 * Bundles the service: its process, its threads and its child processes, with what they share in chunks:
 * node bundle-service.mjs [folder]. The folder is dist/service unless another one inside the checkout is given.
 *
 * A start then reads a few files instead of two thousand. Packages with native code or files of their own stay outside.
 */
import { execFileSync } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { build } from 'esbuild';
import { at, readJson } from './bootstrap/freshness.mjs';

const OUT = process.argv[2] ?? at('dist', 'service');
const ENTRIES = [
  'src/main.ts',
  'src/plans/decision/planning-worker.ts',
  'src/plans/queries/bytes-worth-worker.ts',
  'src/plans/what-if/what-if-worker.ts',
  'src/history/engine/history-worker.ts',
  'src/platform/database/migrations/migration-worker.ts',
  'src/platform/database/threads/database-worker.ts',
  'src/inference/tail-process/tail-process.ts',
  'src/models/examination/examiner-process.ts',
];
/** Native code and pages on disk; then what Nest loads only where it is installed. */
const OUTSIDE = [
  'onnxruntime-node',
  'sharp',
  'libsql',
  '@libsql/*',
  'pg-native',
  'swagger-ui-dist',
  '@fastify/view',
  '@nestjs/microservices',
  '@nestjs/platform-express',
  '@nestjs/websockets',
  'class-transformer',
  'class-validator',
];

/** Classes that Nest makes and names: those with a decorator of its own. */
const NAMED_CLASS =
  /^@(?:Catch|Controller|Global|Injectable|Module)\([\s\S]*?^export class (\w+)/gm;

/**
 * Own sources. Threads and processes are started by a path next to their starter; in the bundle all entries stand in one folder. A class that
 * Nest names keeps its name where another one in the bundle has it. esbuild's `keepNames` would name every function again each time it is
 * made: a property that takes 300 bytes of each, and a connection of a device makes twelve.
 */
const ownSources = {
  name: 'own-sources',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const names = [...text.matchAll(NAMED_CLASS)].map(([, name]) => name);
      const contents = text.replace(
        /new URL\('(\.[^']+)', import\.meta\.url\)/g,
        (_, entry) => `new URL('./${basename(entry)}', import.meta.url)`,
      );
      const named = names.map(
        (name) => `Object.defineProperty(${name}, 'name', { value: '${name}' });`,
      );
      return { contents: [contents, ...named].join('\n'), loader: 'ts' };
    });
  },
};

/** The commit that is built, as GET /api/v1/version shows it; undefined outside a repository. */
function commit() {
  const git = (...args) =>
    execFileSync('git', args, { cwd: at('.'), stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  try {
    // A copy without a repository of its own may lie in another one.
    if (git('rev-parse', '--show-prefix') !== '') return undefined;
    return `${git('rev-parse', 'HEAD')}${git('status', '--porcelain') === '' ? '' : '-dirty'}`;
  } catch {
    return undefined;
  }
}

await rm(OUT, { recursive: true, force: true });
await build({
  entryPoints: ENTRIES.map((entry) => at(entry)),
  outdir: OUT,
  entryNames: '[name]',
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  define: {
    FLOTILLA_VERSION: JSON.stringify(readJson(at('package.json')).version),
    FLOTILLA_COMMIT: JSON.stringify(commit()) ?? 'undefined',
  },
  sourcemap: true,
  sourcesContent: false,
  tsconfig: at('src', 'tsconfig.json'),
  external: OUTSIDE,
  // The database is a file: its drivers for servers need not be loaded.
  alias: { '@libsql/client': '@libsql/client/sqlite3' },
  minifyWhitespace: true,
  plugins: [ownSources],
  // Packages in the bundle that are CommonJS require Node's own modules.
  banner: {
    js: [
      "import { createRequire as flotillaRequire } from 'node:module';",
      "import { dirname as flotillaDirname } from 'node:path';",
      'const require = flotillaRequire(import.meta.url);',
      'const __dirname = flotillaDirname(new URL(import.meta.url).pathname);',
    ].join('\n'),
  },
  logLevel: 'warning',
});
