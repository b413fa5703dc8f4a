/** Builds the agent as one file: everything inside but the two packages that carry native code. */
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = import.meta.dirname ?? fileURLToPath(new URL('.', import.meta.url));

/** Writes the agent to a file and makes it executable. */
export async function buildAgent(outfile = join(here, 'dist', 'flotilla-agent.js')) {
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
  return outfile;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAgent();
