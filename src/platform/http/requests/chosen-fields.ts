/** `?fields=` of a list: shorter answers for clients that need few fields of many items. */
import { z } from 'zod';

const MAX_CHARS = 1000;

type Shape = Readonly<Record<string, z.ZodType>>;

/** All fields of a shape, of which only some are certain. */
type Item<S extends Shape, K extends keyof S> = {
  [name in keyof S]: name extends K ? S[name] : z.ZodExactOptional<S[name]>;
};

/**
 * The fields of a list's items that a request may choose: names at the top level of `view`. Those in `always` are in every item,
 * because they say which item it is. `id` names the schema of the items.
 */
export function chosenFields<S extends Shape, K extends keyof S & string>(
  view: z.ZodObject<S>,
  always: readonly K[],
  id: string,
) {
  const names = Object.keys(view.shape);
  const isAlways = (name: string) => always.some((one) => one === name);
  const query = z
    .string()
    .max(MAX_CHARS)
    .transform((text, context): ReadonlySet<string> => {
      const asked = text.split(',');
      const unknown = asked.filter((name) => !names.includes(name));
      if (unknown.length > 0) {
        const shown = unknown.map((name) => JSON.stringify(name)).join(', ');
        const message = `has no field ${shown}; there are ${names.join(', ')}`;
        context.addIssue({ code: 'custom', message });
      }
      return new Set([...always, ...asked]);
    })
    .optional()
    .meta({
      description: `Only these fields of each item, separated by commas, and always ${always.join(', ')}. There are ${names.join(', ')}`,
      example: names.slice(0, 2).join(','),
    });
  const shape = Object.entries(view.shape).map(([name, field]) => {
    return [name, isAlways(name) ? field : field.exactOptional()];
  });
  const item = z
    .object(Object.fromEntries(shape) as Item<S, K>)
    .meta({ id, description: 'An item of a list: all of its fields, or those of `fields`' });
  return {
    /** The field of the query. */
    query,
    /** The schema of an item in the answer. */
    item,
    /** Items with the chosen fields; as they are, where none were chosen. */
    pick<T extends object>(items: readonly T[], chosen: ReadonlySet<string> | undefined) {
      if (chosen === undefined) return items;
      return items.map((item) => {
        const kept = Object.entries(item).filter(([name]) => chosen.has(name));
        return Object.fromEntries(kept) as Pick<T, K & keyof T> & Partial<T>;
      });
    },
  };
}
