/** What the documents say is what the code does: generated parts are compared, and rewritten by `vitest -u`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHUNK_HEADER_BYTES, crc32c, FAULTS, utf8 } from '../src/wire/index.js';
import { castagnoli } from './support/mqtt/least-agent.js';
import { fieldsOfPage, fieldsOfSchemas, headerOfPage } from './support/mqtt/wire-fields.js';
import {
  binaryExamples,
  errorsPage,
  messagePages,
  numbersTable,
  topicsTable,
} from './support/mqtt/wire-pages.js';

const root = resolve(import.meta.dirname, '..');
const protocolPage = join(root, 'docs', 'protocol.md');

/** The page with the text between two marks replaced. */
function withPart(page: string, part: string, text: string): string {
  const pattern = new RegExp(`(<!-- ${part} -->)[^]*?(<!-- end -->)`);
  expect(page).toMatch(pattern);
  return page.replace(pattern, (_, begin, end) => `${begin}\n${text}\n${end}`);
}

function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/generated|node_modules|dist/.test(path));
}

describe('docs/protocol.md', () => {
  it('has the topics, the fields, the ranges and the examples of the wire table', async () => {
    let page = readFileSync(protocolPage, 'utf8');
    page = withPart(page, 'topics', topicsTable());
    page = withPart(page, 'messages', messagePages());
    page = withPart(page, 'numbers', numbersTable());
    page = withPart(page, 'examples', binaryExamples());
    await expect(page).toMatchFileSnapshot(protocolPage);
  });

  it('says of every field what it means, and names no field that there is not', () => {
    expect(fieldsOfPage(readFileSync(protocolPage, 'utf8'))).toEqual(fieldsOfSchemas());
  });

  it('lists the chunk header without a gap', () => {
    const fields = headerOfPage(readFileSync(protocolPage, 'utf8'));
    let next = 0;
    for (const { offset, bytes } of fields) {
      expect(offset).toBe(next);
      next += bytes;
    }
    expect(next).toBe(CHUNK_HEADER_BYTES);
  });

  it('has a vector of the checksum that the code agrees with', () => {
    const page = readFileSync(protocolPage, 'utf8');
    const [, text = '', checksum] =
      /CRC-32C of `(\d+)` in ASCII is `(0x[0-9a-f]{8})`/.exec(page) ?? [];
    expect([text, checksum]).toEqual(['123456789', '0xe3069283']);
    expect(crc32c(utf8.encode(text))).toBe(Number(checksum));
    expect(castagnoli(utf8.encode(text))).toBe(Number(checksum));
  });
});

describe('docs/errors.md', () => {
  it('has every code of the table of faults', async () => {
    await expect(errorsPage()).toMatchFileSnapshot(join(root, 'docs', 'errors.md'));
  });

  it('has no code that nothing raises', () => {
    const sources = ['src', 'firmware-agent/src']
      .flatMap(sourceFiles)
      .filter((path) => !/faults\.ts$|\.spec\.ts$/.test(path))
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n');
    const unused = Object.keys(FAULTS).filter((code) => !sources.includes(`'${code}'`));
    expect(unused).toEqual([]);
  });
});

/** Anchors of a page as GitHub makes them: one for each heading. */
function anchorsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\d _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** A page without its code. */
const textOf = (path: string): string =>
  readFileSync(path, 'utf8').replaceAll(/^```[\s\S]*?^\s*```$|`[^`\n]*`/gm, '');

describe('links between pages', () => {
  const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md']
    .concat(
      'firmware-agent/README.md',
      readdirSync(join(root, 'docs'), { recursive: true }).map((name) => `docs/${name}`),
    )
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(root, name));

  it('lead to files and headings that exist', () => {
    const broken = pages.flatMap((path) =>
      [...textOf(path).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)]
        .filter(([, file = '', anchor]) => {
          const target = file === '' ? path : join(dirname(path), file);
          if (!existsSync(target)) return true;
          return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor);
        })
        .map(([link]) => `${relative(root, path)}: ${link}`),
    );
    expect(broken).toEqual([]);
  });
});

describe('decisions', () => {
  it('have a number each, in the file name and in the title', () => {
    const folder = join(root, 'docs', 'decisions');
    const files = readdirSync(folder).filter((name) => /^\d{4}-.*\.md$/.test(name));
    const numbers = files.map((name) => Number(name.slice(0, 4)));
    expect(numbers).toEqual([...new Set(numbers)]);
    const titled = files.map((name) =>
      Number.parseInt(readFileSync(join(folder, name), 'utf8').slice(2), 10),
    );
    expect(titled).toEqual(numbers);
  });
});
