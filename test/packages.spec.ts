/** The lock file asks for nothing that `npm install` warns about on the oldest supported Node, and leaves nothing to rewrite. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import semver from 'semver';
import { describe, expect, it } from 'vitest';

interface Locked {
  readonly name?: string;
  readonly version?: string;
  readonly engines?: { readonly node?: string };
  readonly deprecated?: string;
  readonly resolved?: string;
  readonly link?: boolean;
}

const root = join(import.meta.dirname, '..');
const read = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8'));
const manifest: { engines: { node: string } } = read('package.json');
const packages = Object.entries(read('package-lock.json').packages as Record<string, Locked>);
const oldest = semver.minVersion(manifest.engines.node)?.version ?? '';

describe('the locked packages', () => {
  it('are many, and the oldest supported Node is known', () => {
    expect(packages.length).toBeGreaterThan(100);
    expect(oldest).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('all run on the oldest supported Node', () => {
    const tooNew = packages
      .filter(([, { engines }]) => !semver.satisfies(oldest, engines?.node ?? '*'))
      .map(([path, { version, engines }]) => `${path}@${version} needs Node ${engines?.node}`);
    expect(tooNew).toEqual([]);
  });

  it('include none that is deprecated', () => {
    expect(packages.filter(([, { deprecated }]) => deprecated !== undefined)).toEqual([]);
  });

  it('name no registry', () => {
    const placed = packages.filter(([, { resolved, link }]) => resolved !== undefined && !link);
    expect(placed.map(([path]) => path)).toEqual([]);
  });
});
