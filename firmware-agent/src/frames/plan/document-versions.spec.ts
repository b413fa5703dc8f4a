import { describe, expect, it } from 'vitest';
import { wireSamples } from '../../../../test/support/mqtt/wire-samples.js';
import { isKnownAs } from './document-versions.js';

const here = wireSamples.desiredPlan;
const changed = (changes: object) => ({ ...structuredClone(here), ...changes });

describe('a document that the cloud sends', () => {
  it('is known where the same one is here, or a newer one', () => {
    expect(isKnownAs(changed({}), here)).toBe(true);
    expect(isKnownAs(changed({ version: here.version - 1 }), here)).toBe(true);
  });

  it('is not known where there is none, an older one, or one of other content under its version', () => {
    expect(isKnownAs(here, undefined)).toBe(false);
    expect(isKnownAs(changed({ version: here.version + 1 }), here)).toBe(false);
    expect(isKnownAs(changed({ deadlineMs: here.deadlineMs + 1 }), here)).toBe(false);
  });
});
