import { describe, expect, it } from 'vitest';
import { FlapWatch } from './flap-watch.js';

const at = (s: number) => new Date(1_000 * s);

describe('a device', () => {
  it('flaps when it comes eight times in five minutes, until five calm minutes pass', () => {
    const watch = new FlapWatch();
    const found = Array.from({ length: 8 }, (_, i) => watch.connected('pi', at(30 * i)));
    expect(found.slice(0, 7)).toEqual(Array(7).fill(undefined));
    expect(found[7]).toEqual(at(210 + 300));
  });

  it('does not flap when it comes once a minute', () => {
    const watch = new FlapWatch();
    for (let i = 0; i < 50; i++) expect(watch.connected('pi', at(60 * i))).toBeUndefined();
  });

  it('does not flap by the sessions of another', () => {
    const watch = new FlapWatch();
    for (let i = 0; i < 20; i++) expect(watch.connected(`pi-${i}`, at(i))).toBeUndefined();
  });
});
