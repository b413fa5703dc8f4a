import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jsonSharing, utf8 } from './codec.js';

const schema = z.looseObject({ shared: z.unknown() });

describe('JSON that shares a field', () => {
  const codec = jsonSharing(schema, 'shared');
  const text = (value: object) => utf8.decode(codec.encode(value as z.output<typeof schema>));

  it('is the JSON of the value, whatever its other fields are, at every use of it', () => {
    const others = fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue());
    const shared = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.constant(undefined),
    );
    fc.assert(
      fc.property(others, others, shared, (one, other, field) => {
        for (const head of [one, other, one]) {
          const value = { ...head, shared: field };
          expect(JSON.parse(text(value))).toEqual(JSON.parse(JSON.stringify(value)));
        }
      }),
    );
  });

  it('encodes the field once', () => {
    let encoded = 0;
    const shared = {
      toJSON() {
        encoded += 1;
        return { blocks: ['é'] };
      },
    };
    for (const version of [1, 2, 3]) {
      expect(text({ version, shared })).toBe(`{"shared":{"blocks":["é"]},"version":${version}}`);
    }
    expect(encoded).toBe(1);
  });
});
