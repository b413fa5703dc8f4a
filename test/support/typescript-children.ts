/** Setup of tests that start processes: they run the TypeScript that is here, not what was built last. */

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const loader = pathToFileURL(resolve(import.meta.dirname, 'typescript-loader.mjs')).href;
const registration = `import { register } from 'node:module'; register('${loader}');`;
process.execArgv = ['--import', `data:text/javascript,${encodeURIComponent(registration)}`];
