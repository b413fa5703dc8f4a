import { describe, expect, it } from 'vitest';
import type { RefusedRequest } from '../../platform/index.js';
import { MAX_SOURCES, OTHERS, RefusedSources } from './refused-access.js';

const at = (second: number) => new Date(1000 * second);
const wrong = (address: string, more: Partial<RefusedRequest> = {}): RefusedRequest => ({
  ...{ reason: 'credentialWrong', who: undefined, address, request: 'r1', status: 401 },
  ...more,
});

describe('refused access of an hour', () => {
  it('is one entry for each address and reason, with the number of requests', () => {
    const sources = new RefusedSources();
    sources.add(wrong('192.0.2.1'), at(1));
    sources.add(wrong('::ffff:192.0.2.1'), at(2));
    sources.add(wrong('192.0.2.1', { reason: 'guessing', status: 429 }), at(3));
    expect(sources.take()).toMatchObject([
      {
        ...{ actor: 'anonymous', address: '192.0.2.1', subject: 'keys', status: 401 },
        ...{ action: 'refused: credentialWrong', request: 'r1' },
        after: { requests: 2, firstAt: '1970-01-01T00:00:01.000Z' },
      },
      { action: 'refused: guessing', status: 429, after: { requests: 1 } },
    ]);
    expect(sources.take()).toEqual([]);
  });

  it('names the key that was used, from whatever address', () => {
    const sources = new RefusedSources();
    const used = { reason: 'credentialVoid', who: 'operator 3f9c' } as const;
    sources.add(wrong('192.0.2.1', used), at(1));
    sources.add(wrong('192.0.2.2', used), at(2));
    expect(sources.take()).toMatchObject([
      { actor: 'operator 3f9c', subject: 'keys/3f9c', after: { requests: 2 } },
    ]);
  });

  it('is bounded, and counts every request, from however many addresses', () => {
    const sources = new RefusedSources();
    const [addresses, requests] = [5_000, 20_000];
    for (let i = 0; i < requests; i++) {
      const reason = i % 2 === 0 ? 'credentialWrong' : 'guessing';
      sources.add(wrong(`10.0.${(i % addresses) >> 8}.${i % 256}`, { reason }), at(i));
    }
    const entries = sources.take();
    expect(entries.length).toBeLessThanOrEqual(MAX_SOURCES + 2);
    expect(entries.filter(({ address }) => address === OTHERS)).toHaveLength(2);
    const counted = entries.map(({ after }) => (after as { requests: number }).requests);
    expect(counted.reduce((sum, one) => sum + one, 0)).toBe(requests);
    expect(JSON.stringify(entries).length).toBeLessThan(8_000);
  });

  it('counts the addresses of an IPv6 network as one', () => {
    const sources = new RefusedSources();
    for (let i = 1; i <= 100; i++) sources.add(wrong(`2001:db8::${i.toString(16)}`), at(i));
    expect(sources.take()).toMatchObject([
      { address: '2001:db8:0:0::/64', after: { requests: 100 } },
    ]);
  });
});
