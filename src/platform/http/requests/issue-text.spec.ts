import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { issueText } from './issue-text.js';

const policy = z.union([z.enum(['exact', 'half']), z.strictObject({ maxError: z.number() })]);
const schema = z
  .strictObject({
    state: z.enum(['online', 'offline']).optional(),
    kind: z.literal('ping').optional(),
    isOn: z.boolean().optional(),
    count: z.int().min(1).max(10).optional(),
    share: z.number().gt(0).optional(),
    id: z.string().regex(/^x+$/, 'is not made of x').optional(),
    hex: z
      .string()
      .regex(/^[0-9a-f]+$/)
      .optional(),
    at: z.iso.datetime({ offset: true }).optional(),
    name: z.string().min(2).max(5).optional(),
    secret: z.string().min(5).optional(),
    token: z.enum(['a']).optional(),
    policy: policy.optional(),
    rows: z
      .array(z.strictObject({ line: z.int() }))
      .max(1)
      .optional(),
  })
  .refine(({ count }) => count !== 3, 'counts to three');

const textsOf = (given: unknown) =>
  z.safeParse(schema, given).error?.issues.map((one) => issueText(one, given, schema)) ?? [];

describe('the text about a request', () => {
  it.each([
    [{ state: 'asleep' }, 'state: "asleep" is none of "online", "offline"'],
    [{ kind: 'pong' }, 'kind: "pong" is not "ping"'],
    [{ isOn: 'yes' }, 'isOn: "yes" is not true or false'],
    [{ count: 0 }, 'count: 0 is below 1'],
    [{ count: 11 }, 'count: 11 is above 10'],
    [{ count: 1.5 }, 'count: 1.5 is not a whole number'],
    [{ count: null }, 'count: null is not a number'],
    [{ share: 0 }, 'share: 0 must be above 0'],
    [{ id: 'y' }, 'id: "y" is not made of x'],
    [{ id: ['x', 'x'] }, 'id: a list is not a text'],
    [{ hex: 'g' }, 'hex: "g" is not of the form /^[0-9a-f]+$/'],
    [{ at: 'noon' }, 'at: "noon" is not a time with zone such as 2026-01-31T12:00:00Z'],
    [{ name: 'x' }, 'name: "x" has 1 characters; at least 2 are allowed'],
    [{ policy: 'none' }, 'policy: "none" is not one of "exact", "half", or an object'],
    [
      { policy: {} },
      'policy: an object is not one of "exact", "half", or an object whose maxError is a number',
    ],
    [{ rows: [{}] }, 'rows.0.line: is missing; it must be a number'],
    [{ rows: [{ line: 1, lines: 2 }] }, 'rows.0.lines: unknown field; did you mean line?'],
    [{ stat: 'online' }, 'stat: unknown field; did you mean state?'],
    [{ count: 3 }, 'counts to three'],
    [undefined, 'the body is missing; it must be an object'],
    [[], 'a list is not an object'],
  ])('%j names the field, what was given and what is allowed', (given, text) => {
    expect(textsOf(given).join()).toContain(text);
  });

  it('lists the fields that there are, where none is alike', () => {
    expect(textsOf({ zzzzzz: 1 })).toEqual([
      'zzzzzz: unknown field; there are state, kind, isOn, count, share, id, hex, at, name, secret, token, policy, rows',
    ]);
  });

  it('shortens what was given', () => {
    const [text = ''] = textsOf({ state: 'x'.repeat(100_000) });
    expect(text.length).toBeLessThan(120);
    expect(text).toContain('xxx… is none of');
  });

  it('shows no secret', () => {
    const texts = textsOf({ secret: 'hush', token: 'hush' });
    expect(texts).toHaveLength(2);
    expect(texts.join()).not.toContain('hush');
  });
});
