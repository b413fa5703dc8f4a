#!/usr/bin/env node
// The command `flotilla` of a checkout: sets the checkout up where needed, then runs the command line.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const bootstrap = fileURLToPath(new URL('bootstrap.mjs', import.meta.url));
const { status } = spawnSync(process.execPath, [bootstrap, '--quiet'], { stdio: 'inherit' });
if (status === 0) await import('../dist/src/cli/flotilla.js');
else process.exitCode = status ?? 1;
