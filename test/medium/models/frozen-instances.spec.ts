import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freezableNetworks, frozenText, prepared } from '../../support/planner/frozen-document.js';
import { instances } from '../../support/planner/instances.js';

/** Those that are built and run within a second; `npm run freeze` compares them all. */
const QUICK = ['tiny-chain', 'tiny-fork', 'three-cameras'];

describe('the frozen instances', () => {
  it.each(QUICK)('hold what %s sends from unit to unit', async (name) => {
    const model = freezableNetworks().find((one) => one.name === name);
    const frozen = instances().find((one) => one.name === name);
    if (!model || !frozen) throw new Error(`no network ${name}`);
    const times = new Map(frozen.network.units.map(({ id, cloudMs }) => [id, cloudMs]));
    const text = frozenText(name, await prepared(model), (unit) => times.get(unit) ?? 0);
    const file = join(process.cwd(), 'test', 'instances', `${name}.json`);
    expect(text).toBe(readFileSync(file, 'utf8'));
  });
});
