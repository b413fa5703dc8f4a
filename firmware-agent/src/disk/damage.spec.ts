/** One flipped bit, anywhere in any file that the agent keeps: never another content, and nothing else is lost. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wireSamples } from '../../../test/support/mqtt/wire-samples.js';
import { Identity } from '../cloud/rest/identity.js';
import { createLog } from '../log.js';
import { Traffic } from '../traffic/traffic.js';
import { BlockStore } from './block-store.js';
import { Damage } from './damage.js';
import { DocumentStore } from './document-store.js';
import { decodeEntries, encodeEntry, type LedgerEntry } from './ledger-entry.js';

const identity = new Identity({
  device: 'pi-1',
  ...{ secret: undefined, secretFile: undefined, caFile: undefined },
  ...{ certFile: undefined, keyFile: undefined },
});
const log = createLog('silent', () => undefined);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flotilla-damage-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function* flips(bytes: Uint8Array, step = 1): Generator<Uint8Array> {
  for (let bit = 0; bit < bytes.length * 8; bit += step) {
    const flipped = Uint8Array.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield flipped;
  }
}

const documents = {
  model: wireSamples.desiredModel,
  plan: wireSamples.desiredPlan,
  profiles: {
    [`${'a'.repeat(64)} 2 1 onnxruntime 1`]: {
      ...{ digest: 'a'.repeat(64), medianMs: 3.25, spreadMs: 0.5, runs: 12 },
    },
  },
  restart: { command: '0123456789abcdef' },
} as const;

describe.each(Object.keys(documents) as (keyof typeof documents)[])('the document %s', (name) => {
  it('is never read as another one when a bit of its file is flipped, and is noted as damaged', () => {
    const damage = new Damage(log);
    const store = new DocumentStore(folder, damage, log);
    store.write(name, documents[name] as never);
    expect(store.read(name)).toEqual(documents[name]);
    const [file = ''] = readdirSync(folder);
    const path = join(folder, file);
    let count = 0;
    // A step of 11 reaches every bit of a byte.
    for (const flipped of flips(readFileSync(path), 11)) {
      writeFileSync(path, flipped);
      expect(store.read(name)).toBeUndefined();
      count += 1;
    }
    expect(damage.figures()).toMatchObject({ damageFound: count });
    expect(damage.figures().lastDamage).toContain(path);
  });

  it('is read as an earlier version of the agent wrote it', () => {
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(documents[name]));
    const damage = new Damage(log);
    expect(new DocumentStore(folder, damage, log).read(name)).toEqual(documents[name]);
    expect(damage.figures()).toEqual({});
  });
});

const traffic = new Traffic('normal', undefined, log);

describe('a block', () => {
  it('is never held when a bit of its file is flipped, and is removed to be fetched again', async () => {
    const bytes = Uint8Array.from({ length: 40 }, (_, i) => 7 * i);
    const digest = createHash('sha256').update(bytes).digest('hex');
    const damage = new Damage(log);
    const source = { cloud: 'http://127.0.0.1:1', identity, traffic };
    const store = new BlockStore(folder, source, damage, log);
    for (const flipped of flips(bytes)) {
      writeFileSync(store.path(digest), flipped);
      expect(await store.has(digest)).toBe(false);
      expect(await store.held()).toEqual([]);
    }
    expect(damage.figures().damageFound).toBe(bytes.length * 8);
    writeFileSync(store.path(digest), bytes);
    expect(await store.has(digest)).toBe(true);
  });

  it('is hashed again before it is loaded again', async () => {
    const digest = createHash('sha256').update('a block').digest('hex');
    const source = { cloud: 'http://127.0.0.1:1', identity, traffic };
    const store = new BlockStore(folder, source, new Damage(log), log);
    writeFileSync(store.path(digest), 'a block');
    expect(await store.has(digest)).toBe(true);
    store.noteLoaded();
    writeFileSync(store.path(digest), 'a bloch');
    expect(await store.has(digest)).toBe(false);
  });
});

describe('the ledger', () => {
  const frames = ['a', 'b', 'c'].map((digit) => digit.repeat(32));
  const lines: LedgerEntry[] = [
    { kind: 'run', run: { key: 'key', next: 0 } },
    ...frames.map((frame) => ({ kind: 'receipted' as const, frames: [frame] })),
  ];
  const bytes = Buffer.from(lines.map(encodeEntry).join(''));

  it('loses only the line of a flipped bit, and the torn rest when it is the last line end', () => {
    const ends = [...bytes.keys()].filter((at) => bytes[at] === 10);
    let bit = 0;
    for (const flipped of flips(bytes)) {
      const at = bit >> 3;
      const line = ends.findIndex((end) => at <= end);
      const { entries, goodBytes } = decodeEntries(flipped);
      const isEnd = ends[line] === at;
      // A damaged line end is no part of a line: both lines around it are found.
      const isLost = !isEnd || line === lines.length - 1;
      expect([bit, entries]).toEqual([bit, lines.filter((_, i) => !isLost || i !== line)]);
      const torn = isEnd && line === lines.length - 1 ? (ends[line - 1] ?? 0) + 1 : bytes.length;
      expect(goodBytes).toBe(torn);
      bit += 1;
    }
    expect(bit).toBe(bytes.length * 8);
  });
});
