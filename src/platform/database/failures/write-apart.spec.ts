import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeApart } from './write-apart.js';

/** As PostgreSQL reports a number out of range. */
const refusal = () => new Error('Raw query failed. Code: `22003`. Message: `out of range`');
const outage = () => new Error('Connection terminated unexpectedly');

describe('writeApart', () => {
  it('writes every row but those that are rejected, whichever they are, in few statements', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 200 }), async (isPoisoned) => {
        const written: number[] = [];
        let statements = 0;
        const rejected = await writeApart([...isPoisoned.keys()], async (some) => {
          statements += 1;
          if (some.some((row) => isPoisoned[row])) throw refusal();
          written.push(...some);
        });
        const rows = (wanted: boolean) =>
          isPoisoned.flatMap((poisoned, row) => (poisoned === wanted ? [row] : []));
        expect(written).toEqual(rows(false));
        expect(rejected.map(({ item }) => item)).toEqual(rows(true));
        const depth = Math.ceil(Math.log2(Math.max(1, isPoisoned.length)));
        expect(statements).toBeLessThanOrEqual(1 + 2 * rejected.length * depth);
      }),
    );
  });

  it('does not halve rows for an outage', async () => {
    let statements = 0;
    const written = writeApart([1, 2, 3], async () => {
      statements += 1;
      throw outage();
    });
    await expect(written).rejects.toThrow('Connection terminated');
    expect(statements).toBe(1);
  });
});
