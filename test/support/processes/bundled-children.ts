/**
 * Before the medium tests: bundles the service's threads and child processes as they stand here, and again for a rerun. A
 * service has five of them, and reading their files one by one took them two seconds of processor in every test file.
 */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

/** Names the folder of the bundles, for the tests' own processes. */
export const BUNDLES = 'FLOTILLA_TEST_BUNDLES';

const ROOT = resolve(import.meta.dirname, '../../..');

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = join(ROOT, 'node_modules/.cache', `flotilla-children-${process.pid}`);
  const bundle = async (): Promise<void> => {
    await promisify(execFile)(process.execPath, [join(ROOT, 'tools/bundle-service.mjs'), folder]);
  };
  await bundle();
  project.onTestsRerun(bundle);
  process.env[BUNDLES] = folder;
  return async () => {
    delete process.env[BUNDLES];
    await rm(folder, { recursive: true, force: true });
  };
}
