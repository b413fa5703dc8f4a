import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { groupName, tagName } from './device-labels.js';

const ASCII = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

describe.each([
  ['group', groupName],
  ['tag', tagName],
])('the described pattern of a %s', (_, schema) => {
  const pattern = new RegExp(String(z.toJSONSchema(schema).pattern), 'u');

  it('takes the same ASCII as the service', () => {
    // The service removes spaces around a name; a name with them is another one.
    const names = ASCII.flatMap((sign) => [`${sign}a`, `a${sign}a`]).filter((n) => n === n.trim());
    const differing = names.filter((name) => pattern.test(name) !== schema.safeParse(name).success);
    expect(differing).toEqual([]);
  });

  it('takes letters of every script, and no name that is too long', () => {
    for (const name of ['Küche', '厨房', 'кухня', '٣', 'a'.repeat(63)]) {
      expect([pattern.test(name), schema.safeParse(name).success]).toEqual([true, true]);
    }
    expect(pattern.test('a'.repeat(64))).toBe(false);
  });
});
