/** Builds the agent as one file, everything inside but the two packages with native code: node build.mjs [outfile]. */
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const outfile = process.argv[2] ?? join(here, 'dist', 'flotilla-agent.js');
const { version } = JSON.parse(await readFile(join(here, 'package.json'), 'utf8'));

await build({
  entryPoints: [join(here, 'src', 'main.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  external: ['onnxruntime-node', 'sharp'],
  define: { FLOTILLA_AGENT_VERSION: JSON.stringify(version) },
  // Packages in the bundle that are CommonJS require Node's own modules.
  banner: {
    js: [
      '#!/usr/bin/env node',
      "import { createRequire as flotillaRequire } from 'node:module';",
      'const require = flotillaRequire(import.meta.url);',
    ].join('\n'),
  },
  logLevel: 'warning',
});
await chmod(outfile, 0o755);
