/** Every query of a store must run on both databases: each method in a `*-stores.spec.ts`, which asks for both. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';

const PUBLIC_METHOD = /^ {2}(?:async )?([a-z]\w*)\(/gm;
const filesOf = (folder: string, end: string) =>
  (readdirSync(folder, { recursive: true }) as string[])
    .filter((path) => path.endsWith(end))
    .map((path) => join(folder, path));
const specs = filesOf('test/medium', '-stores.spec.ts').map((path) => readFileSync(path, 'utf8'));

it.each(filesOf('src', '.store.ts').map((path) => [basename(path), path]))(
  'a spec that runs on both databases calls every method of %s',
  (_, path) => {
    const source = readFileSync(path, 'utf8');
    const [, store, body = ''] = /^export class (\w+) (.*?)^}/ms.exec(source) ?? [];
    const calls = specs.filter((spec) => spec.includes(`new ${store}(open.database)`)).join('');
    const methods = [...body.matchAll(PUBLIC_METHOD)].map(([, name]) => name);
    const missing = methods.filter(
      (name) => name !== 'constructor' && !calls.includes(`.${name}(`),
    );
    expect(methods).not.toEqual([]);
    expect(calls).toContain('describe.each(databaseKinds)');
    expect(missing).toEqual([]);
  },
);
