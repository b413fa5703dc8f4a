// Finds the steps of the set-up that have to run again: from paths, sizes and times, without reading the sources.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** A path below the root of the project. */
export const at = (...parts) => join(root, ...parts);
export const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

const STAMP = at('dist', '.bootstrap.json');

/** Paths, sizes and times of the files below some places: differs when one was changed, added or deleted. */
function fingerprint(places, isWanted = () => true) {
  const hash = createHash('sha256');
  const visit = (path) => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return;
    if (found.isDirectory()) {
      if (['node_modules', 'dist'].includes(path.split(/[\\/]/).at(-1))) return;
      for (const name of readdirSync(path).sort()) visit(join(path, name));
    } else if (isWanted(path)) {
      hash.update(`${path}\0${found.size}\0${found.mtimeMs}\n`);
    }
  };
  for (const place of places) visit(at(place));
  return hash.digest('hex');
}

/** The databases that clients are generated for. */
const DATABASES = ['sqlite', 'postgresql'];
export const SCHEMAS = DATABASES.map((name) => `prisma/${name}`);

export const schemaFingerprint = () =>
  fingerprint([
    'prisma/models',
    ...SCHEMAS.map((folder) => `${folder}/schema.prisma`),
    'prisma.config.ts',
  ]);
export const sourceFingerprint = () =>
  fingerprint(
    [
      'package-lock.json',
      'tsconfig.json',
      'tsconfig.base.json',
      'src',
      'firmware-agent',
      'tools/bundle-service.mjs',
      'test/bench',
      'test/support',
      'test/testbed',
    ],
    (path) => !path.endsWith('.spec.ts'),
  );

function readStamp() {
  try {
    return readJson(STAMP);
  } catch {
    return {};
  }
}

/** Notes what a step was done from. */
export function writeStamp(entries) {
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(`${STAMP}.new`, JSON.stringify({ ...readStamp(), ...entries }));
  renameSync(`${STAMP}.new`, STAMP);
}

/** True when node_modules holds every package of the lock file; those for other platforms may be absent. */
export function isInstalled() {
  const hidden = at('node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const wanted = readJson(at('package-lock.json')).packages;
  const present = readJson(hidden).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) return true;
    const own = present[path];
    if (own === undefined) return Boolean(entry.optional || entry.devOptional || entry.peer);
    return own.version === entry.version && own.integrity === entry.integrity;
  });
}

export const COMMAND_LINK = at('node_modules', '.bin', 'flotilla');
/** False also for a link that leads nowhere. */
export const isLinked = () => existsSync(COMMAND_LINK);

const GENERATED = DATABASES.map((name) =>
  at('src', 'platform', 'database', 'generated', name, 'client.ts'),
);
export const AGENT_BUILD = at('firmware-agent', 'build.mjs');
export const SERVICE_BUILD = at('tools', 'bundle-service.mjs');
const OUTPUTS = [at('dist', 'service', 'main.js'), at('dist', 'src', 'cli', 'flotilla.js')];
const AGENT_OUTPUT = at('firmware-agent', 'dist', 'flotilla-agent.js');

export const isGenerated = () =>
  GENERATED.every((file) => existsSync(file)) && readStamp().schema === schemaFingerprint();
export const hasOutputs = () =>
  OUTPUTS.every((file) => existsSync(file)) &&
  (existsSync(AGENT_OUTPUT) || !existsSync(AGENT_BUILD));
export const isBuilt = () => hasOutputs() && readStamp().sources === sourceFingerprint();
