// Makes a checkout ready to run: installs packages, links the command, generates the database client and builds, each
// only when it has to.
// No dependency, so that it can be the first thing a fresh clone runs. Options: --quiet says nothing when nothing is to be
// done; --build builds in any case. All messages go to standard error.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  AGENT_BUILD,
  at,
  COMMAND_LINK,
  hasOutputs,
  isBuilt,
  isGenerated,
  isInstalled,
  isLinked,
  readJson,
  root,
  SCHEMAS,
  SERVICE_BUILD,
  schemaFingerprint,
  sourceFingerprint,
  writeStamp,
} from './bootstrap/freshness.mjs';
import { takeLock } from './bootstrap/lock.mjs';

const say = (text) => process.stderr.write(`${text}\n`);

/** An error whose text says all there is to say. */
class SetupError extends Error {}

function checkNode() {
  const wanted = readJson(at('package.json')).engines.node.replace('>=', '');
  const [major, minor] = wanted.split('.').map(Number);
  const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number);
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return;
  throw new SetupError(`Node ${wanted} or newer is needed; this is Node ${process.versions.node}.`);
}

const nothingToEnd = async () => {};
/** Ends the program that runs now, if one does, and resolves when it is gone; its `run` then never settles. */
let endProgram = nothingToEnd;

/** Runs a program to its end; prints a sign of life every ten seconds, and its output only when it fails. */
function run(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes) => output.push(bytes));
    const started = Date.now();
    const life = setInterval(
      () => say(`    still running (${Math.round((Date.now() - started) / 1000)} s)`),
      10_000,
    );
    child.on('error', (error) => {
      clearInterval(life);
      reject(error);
    });
    endProgram = async () => {
      child.removeAllListeners('close').kill('SIGKILL');
      await once(child, 'close');
    };
    child.on('close', (code) => {
      clearInterval(life);
      endProgram = nothingToEnd;
      const text = Buffer.concat(output).toString('utf8').trim();
      if (code === 0) resolve(text);
      else reject(new SetupError(`${text}\n${[command, ...args].join(' ')} ended with ${code}.`));
    });
  });
}

/** A cache npm can write to, where the home folder cannot be written. */
function npmCache() {
  if (process.env.npm_config_cache !== undefined && isWritable(process.env.npm_config_cache))
    return {};
  return isWritable(join(homedir(), '.npm'))
    ? {}
    : { npm_config_cache: join(tmpdir(), `flotilla-npm-${process.getuid?.() ?? 0}`) };
}

/** True when the folder, or the nearest one above it that exists, can be written. */
function isWritable(folder) {
  let place = folder;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  try {
    accessSync(place, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

async function install() {
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-audit', '--no-fund', '--no-progress'];
  try {
    if (npm?.endsWith('.js')) await run(process.execPath, [npm, ...args], npmCache());
    else await run('npm', args, npmCache());
  } catch (error) {
    if (
      /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ECONNRESET|ENETUNREACH|network/.test(
        error.message,
      )
    ) {
      throw new SetupError(
        `${error.message}\nThe package registry is out of reach: check the network, a proxy, and "npm config get registry".`,
      );
    }
    throw error;
  }
}

/** npm links the commands of packages, but not those of the checkout itself: `npx flotilla` finds this link. */
async function link() {
  rmSync(COMMAND_LINK, { force: true });
  symlinkSync(join('..', '..', 'tools', 'flotilla.mjs'), COMMAND_LINK);
}

async function generate() {
  const prisma = at('node_modules/prisma/build/index.js');
  for (const schema of SCHEMAS) {
    // Prisma insists on an engine file it does not use here; any file that exists will do.
    await run(process.execPath, [prisma, 'generate', '--schema', at(schema)], {
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
    });
  }
  writeStamp({ schema: schemaFingerprint() });
}

/** Takes away what was built from sources that are no longer there, so that nothing runs by mistake. */
function prune(folder) {
  if (!existsSync(at('dist', folder))) return;
  for (const entry of readdirSync(at('dist', folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) prune(path);
    else if (!existsSync(at(path.replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts'))))
      rmSync(at('dist', path));
  }
}

async function build() {
  const sources = sourceFingerprint();
  const force = hasOutputs() ? [] : ['--force'];
  await run(process.execPath, [at('node_modules/typescript/bin/tsc'), '-b', ...force]);
  for (const folder of ['src', 'test', 'firmware-agent']) prune(folder);
  await run(process.execPath, [SERVICE_BUILD]);
  if (existsSync(AGENT_BUILD)) await run(process.execPath, [AGENT_BUILD]);
  writeStamp({ sources });
}

const STEPS = [
  { what: 'Installing packages (npm ci)', isDone: isInstalled, act: install },
  { what: 'Linking the command flotilla', isDone: isLinked, act: link },
  { what: 'Generating the database clients', isDone: isGenerated, act: generate },
  { what: 'Building', isDone: isBuilt, act: build },
];

async function runSteps(mustBuild) {
  const release = await takeLock(say);
  // The lock outlives the program: of two `npm ci` in one folder, one fails.
  const leave = async () => {
    await endProgram();
    release();
    process.exit(130);
  };
  process.once('SIGINT', leave).once('SIGTERM', leave);
  try {
    for (const { what, isDone, act } of STEPS) {
      if (isDone() && !(mustBuild && act === build)) continue;
      say(`  ${what} …`);
      const started = Date.now();
      await act();
      say(`  ${what}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
    }
  } finally {
    release();
  }
}

async function bootstrap(args) {
  const started = Date.now();
  checkNode();
  const mustBuild = args.includes('--build');
  if (mustBuild || !STEPS.every(({ isDone }) => isDone())) {
    say('Setting up Flotilla');
    await runSteps(mustBuild);
  }
  if (!args.includes('--quiet'))
    say(`Flotilla is set up (${((Date.now() - started) / 1000).toFixed(1)} s).`);
}

bootstrap(process.argv.slice(2)).catch((error) => {
  say(error instanceof SetupError ? error.message : error.stack);
  process.exit(1);
});
