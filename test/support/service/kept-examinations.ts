/**
 * Examinations that tests share: a model that was examined once is not examined again as long as no source changes.
 *
 * The upload, its turn, its rows and its blocks are real; only the examining process is not started. Kept are models that
 * were accepted and came without inputs to be measured on.
 */
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { examined } from '../../../src/models/examination/examined.js';
import { Examinations } from '../../../src/models/queue/examinations.js';
import { Config } from '../../../src/platform/index.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const CACHE = join(ROOT, 'node_modules/.cache/flotilla-examined');
const FOUND = 'found.json';
/** What an examination depends on besides the upload. */
const SOURCES = ['src/models', 'src/onnx', 'src/planner', 'src/runtime', 'src/wire'];

let fingerprint: Promise<Buffer> | undefined;

async function fingerprintOf(): Promise<Buffer> {
  const hash = createHash('sha256').update(process.version);
  hash.update(await readFile(join(ROOT, 'package-lock.json')));
  for (const folder of SOURCES) {
    const names = await readdir(join(ROOT, folder), { recursive: true });
    for (const name of names.filter((one) => /(?<!\.spec)\.ts$/.test(one)).sort()) {
      hash.update(name).update(await readFile(join(ROOT, folder, name)));
    }
  }
  return hash.digest();
}

/** Lets a service that does not listen yet share the examinations of others. */
export function keepExaminations(app: NestFastifyApplication): void {
  const examinations = app.get(Examinations, { strict: false });
  const { workerThreads: threads } = app.get(Config);
  // biome-ignore lint/complexity/useLiteralKeys: a private method, replaced for the tests.
  const inChild = examinations['inChild'].bind(examinations);
  // biome-ignore lint/complexity/useLiteralKeys: as above.
  examinations['inChild'] = async (upload, folder, signal, onProgress) => {
    if (upload.calibration.length > 0) return inChild(upload, folder, signal, onProgress);
    fingerprint ??= fingerprintOf();
    const key = createHash('sha256').update(await fingerprint);
    key.update(JSON.stringify([threads, upload.manifest])).update(await readFile(upload.file.path));
    const kept = join(CACHE, key.digest('hex'));
    const text = await readFile(join(kept, FOUND), 'utf8').catch(() => undefined);
    if (text !== undefined) {
      await cp(join(kept, 'blocks'), folder, { recursive: true });
      return examined.parse(JSON.parse(text));
    }
    const found = await inChild(upload, folder, signal, onProgress);
    await mkdir(CACHE, { recursive: true });
    const draft = await mkdtemp(join(CACHE, 'draft-'));
    await cp(folder, join(draft, 'blocks'), { recursive: true });
    await writeFile(join(draft, FOUND), JSON.stringify(found));
    // Another worker may have been first.
    await rename(draft, kept).catch(() => rm(draft, { recursive: true }));
    return found;
  };
}
