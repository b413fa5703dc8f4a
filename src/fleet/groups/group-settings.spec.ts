import { describe, expect, it } from 'vitest';
import { groupSettings } from './group-settings.js';

const limits = {
  ...{ bytesPrice: null, monthlyBytes: null, deviceMemoryBytes: null, deadline: null },
  uplink: null,
};

const device = (id: string, deadlineMs: number | null = null) =>
  ({ id, modelId: 'm', deadlineMs, strategy: 'auto', limits }) as const;

describe('the settings of a group', () => {
  it('are listed once for all devices that share them, the most common first', () => {
    const shared = { model: 'm', strategy: 'auto', limits };
    expect(groupSettings([device('a', 5), device('b'), device('c')])).toEqual({
      devices: 3,
      settings: [
        { ...shared, deadlineMs: null, devices: 2, ids: ['b', 'c'] },
        { ...shared, deadlineMs: 5, devices: 1, ids: ['a'] },
      ],
    });
    expect(groupSettings([])).toBeNull();
  });

  it('are not shared by devices with other limits', () => {
    const capped = { ...device('c'), limits: { ...limits, monthlyBytes: 1e9 } };
    expect(groupSettings([device('a'), capped, device('b')])?.settings).toMatchObject([
      { devices: 2, ids: ['a', 'b'], limits },
      { devices: 1, ids: ['c'], limits: { monthlyBytes: 1e9 } },
    ]);
  });

  it.each([1, 3, 10_000])('fit in an entry of the audit log, of %i different ones', (kinds) => {
    const id = (n: number) => `pi-${'x'.repeat(50)}-${n}`;
    const devices = Array.from({ length: 10_000 }, (_, n) => device(id(n), n % kinds));
    const listed = groupSettings(devices);
    expect(JSON.stringify(listed).length).toBeLessThan(32_768);
    const shown = listed?.settings.flatMap(({ ids }) => ids) ?? [];
    const left = listed?.settings.reduce((sum, { more = 0 }) => sum + more, 0) ?? 0;
    expect(shown.length + left + (listed?.more ?? 0)).toBe(10_000);
  });
});
