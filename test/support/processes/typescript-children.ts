/** Setup of tests that start processes and threads: they run the TypeScript that is here, not what was built last. */

import { existsSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import workerThreads, { type WorkerOptions } from 'node:worker_threads';
import { BUNDLES } from './bundled-children.js';

const SERVICE = resolve(import.meta.dirname, '../../../src');
const bundles = process.env[BUNDLES] ?? '';
const loader = pathToFileURL(resolve(import.meta.dirname, 'typescript-loader.mjs')).href;
const registration = `import { register } from 'node:module'; register('${loader}', { data: ${JSON.stringify(bundles)} });`;
process.execArgv = ['--import', `data:text/javascript,${encodeURIComponent(registration)}`];

/** A thread takes the options that its process was really started with, so they are given to it. */
class TypescriptWorker extends workerThreads.Worker {
  constructor(entry: string | URL, options?: WorkerOptions) {
    const bundle = bundleOf(entry);
    if (bundle === undefined) super(entry, { execArgv: process.execArgv, ...options });
    else super(bundle, { execArgv: [], ...options });
  }
}

/** The service's own threads are bundled before the tests begin; other entries are not. */
function bundleOf(entry: string | URL): string | undefined {
  const path = entry instanceof URL && entry.protocol === 'file:' ? fileURLToPath(entry) : '';
  if (!path.startsWith(`${SERVICE}/`)) return undefined;
  const bundle = join(bundles, basename(path));
  return existsSync(bundle) ? bundle : undefined;
}

workerThreads.Worker = TypescriptWorker;
syncBuiltinESMExports();
