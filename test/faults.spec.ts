/** What docs/faults.md promises is tested where it says, and every code of the table of faults is expected by some test. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAULTS } from '../src/wire/index.js';

const root = resolve(import.meta.dirname, '..');

function specs(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/node_modules|dist/.test(path));
}

describe('docs/faults.md', () => {
  const page = readFileSync(join(root, 'docs', 'faults.md'), 'utf8');
  const rows = page.split('\n').filter((line) => /^\| [SW]?\d/.test(line));
  const proofs = rows.flatMap((row) => row.split(' | ').at(-1)?.split('<br>') ?? []);

  it('names a test for every fault', () => {
    expect(rows.length).toBeGreaterThan(30);
    const isProof = /^`[\w./-]+\.spec\.ts`: \S/;
    expect(proofs.filter((proof) => !isProof.test(proof))).toEqual([]);
  });

  it('names only tests there are', () => {
    const isThere = (proof: string): boolean => {
      const [file = '', title = ''] = proof.replace(/ \|$/, '').slice(1).split('`: ');
      const path = join(root, file);
      return existsSync(path) && readFileSync(path, 'utf8').includes(`'${title}'`);
    };
    expect(proofs.filter((proof) => !isThere(proof))).toEqual([]);
  });
});

describe('the table of faults', () => {
  it('has no code that no test expects', () => {
    // A fault that a test makes itself is given, not expected.
    const texts = ['src', 'firmware-agent/src', 'test']
      .flatMap(specs)
      .filter((path) => !path.endsWith('wire/faults.spec.ts'))
      .map((path) => readFileSync(path, 'utf8').replaceAll(/new Fault\(\s*'\w+'/g, ''))
      .join('\n');
    const codes = Object.keys(FAULTS);
    expect(codes.filter((code) => !texts.includes(`'${code}'`))).toEqual([]);
  });
});
