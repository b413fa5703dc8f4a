/** Plain English, as data: words that no text of this repository has, and the longest sentence of a page. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bannedWords, longSentences, quotedSentences } from './support/prose/prose.js';

const root = resolve(import.meta.dirname, '..');

/** Texts that name the banned words, and generated ones. */
const NOT_READ = [
  'test/english.spec.ts',
  'test/support/prose/',
  'src/client/rest-types.ts',
  'src/platform/database/generated/',
];

function filesOf(folder: string, ending: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !path.split('/').some((part) => ['node_modules', 'dist'].includes(part)));
}

const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'firmware-agent/README.md'],
  ...filesOf('docs', /\.md$/),
];
const SOURCES = ['src', 'firmware-agent/src', 'test']
  .flatMap((folder) => filesOf(folder, /\.ts$/))
  .filter((path) => !NOT_READ.some((prefix) => path.startsWith(prefix)));
/** Files whose strings are texts of REST, of errors and of settings. */
const TEXTS = SOURCES.filter((path) =>
  /\.controller\.ts$|-(requests|answers)\.ts$|^src\/wire\/faults\.ts$/.test(path),
);

const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('banned words', () => {
  it.each(PAGES)('are not in %s', (path) => {
    expect(bannedWords(read(path))).toEqual([]);
  });

  it('are not in source, comments, strings and test titles', () => {
    const found = SOURCES.flatMap((path) =>
      bannedWords(read(path)).map((words) => `${path}: ${words}`),
    );
    expect(found).toEqual([]);
  });
});

describe('sentences have at most 30 words', () => {
  const pages = PAGES.filter((path) => !path.startsWith('docs/decisions/'));

  it.each(pages)('in %s', (path) => {
    expect(longSentences(read(path))).toEqual([]);
  });

  it('in the texts of REST and of faults', () => {
    const found = TEXTS.flatMap((path) =>
      quotedSentences(read(path)).map((sentence) => `${path}: ${sentence}`),
    );
    expect(found).toEqual([]);
  });
});
