import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Comparison } from '../replay/index.js';
import { replayCommand } from './replay.js';
import { UsageError } from './usage.js';

const INSTANCE = join(import.meta.dirname, '../../test/instances/vgg16.json');

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const code = await replayCommand(
    [INSTANCE, '--uplink', 'LTE short', '--seconds', '120', ...args],
    {
      stdout: { write: (text: string) => (said.out += text) },
      stderr: { write: (text: string) => (said.err += text) },
    },
  );
  return { code, ...said };
}

const policiesOf = async (...args: string[]): Promise<Comparison> =>
  (JSON.parse((await run(...args, '--json')).out) as { policies: Comparison }).policies;

describe('flotilla replay', () => {
  it('chooses rows by a price of bytes', async () => {
    const [free, priced] = [await policiesOf(), await policiesOf('--bytes-price', '100')];
    expect(free.adaptive.late).toBeUndefined();
    expect(free.adaptive.bytesPerFrame).toBeGreaterThan(0);
    expect(priced.adaptive.bytesPerFrame).toBeLessThan(free.adaptive.bytesPerFrame);
  });

  it('counts frames that are late for a deadline, of every policy', async () => {
    const policies = await policiesOf('--deadline-ms', '1');
    for (const { late, frames } of Object.values(policies)) expect(late).toBe(frames);
    const { out } = await run('--deadline-ms', '1', '--risk', '0.1', '--policy', 'adaptive');
    const [head, line] = out.split('\n').map((text) => text.trim().split(/ {2,}/));
    expect(head?.at(-1)).toBe('late');
    expect(line?.at(-1)).toBe(String(policies.adaptive.frames));
  });

  it.each([
    [['--risk', '0.1'], '--risk needs --deadline-ms'],
    [['--deadline-ms', '0'], '--deadline-ms: '],
    [['--deadline-ms', 'soon'], '--deadline-ms: '],
    [['--deadline-ms', '100', '--risk', '0.6'], '--risk: '],
    [['--bytes-price', '1e300'], '--bytes-price: '],
    [['--bytes-price', '0'], '--bytes-price: '],
  ])('rejects %s and names the option', async (args, text) => {
    await expect(run(...args)).rejects.toThrow(text);
    await expect(run(...args)).rejects.toBeInstanceOf(UsageError);
  });
});
