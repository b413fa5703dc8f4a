import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { chosenFields } from './chosen-fields.js';

const fields = chosenFields(
  z.object({ id: z.string(), name: z.string(), load: z.object({ p50: z.number() }) }),
  ['id'],
  'Listed',
);
const ITEM = { id: 'a', name: 'A', load: { p50: 1 } };
const picked = (query: string) => fields.pick([ITEM], fields.query.parse(query));

describe('the fields of a list', () => {
  it('are those that were chosen, and always what an item is known by', () => {
    expect(picked('load')).toEqual([{ id: 'a', load: { p50: 1 } }]);
    expect(picked('name,id,name')).toEqual([{ id: 'a', name: 'A' }]);
  });

  it('are all where none were chosen', () => {
    expect(fields.pick([ITEM], undefined)).toEqual([ITEM]);
  });

  it.each(['', ',', 'names', 'id, name', 'load.p50', '__proto__', 'constructor'])(
    'refuse %j by name',
    (query) => {
      const { error } = fields.query.safeParse(query);
      expect(error?.issues[0]?.message).toMatch(/^has no field ".*"; there are id, name, load$/);
    },
  );

  it('are optional in the schema of an item, but for what it is known by', () => {
    expect(fields.item.safeParse({ id: 'a' }).success).toBe(true);
    expect(fields.item.safeParse(picked('name')[0]).success).toBe(true);
    expect(fields.item.safeParse({ name: 'A' }).success).toBe(false);
  });
});
