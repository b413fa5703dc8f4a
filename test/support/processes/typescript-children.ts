/** Setup of tests that start processes and threads: they run the TypeScript that is here, not what was built last. */

import { syncBuiltinESMExports } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import workerThreads, { type WorkerOptions } from 'node:worker_threads';

const loader = pathToFileURL(resolve(import.meta.dirname, 'typescript-loader.mjs')).href;
const registration = `import { register } from 'node:module'; register('${loader}');`;
process.execArgv = ['--import', `data:text/javascript,${encodeURIComponent(registration)}`];

/** A thread takes the options that its process was really started with, so they are given to it. */
class TypescriptWorker extends workerThreads.Worker {
  constructor(entry: string | URL, options?: WorkerOptions) {
    super(entry, { execArgv: process.execArgv, ...options });
  }
}

workerThreads.Worker = TypescriptWorker;
syncBuiltinESMExports();
