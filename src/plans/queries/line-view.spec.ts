import { describe, expect, it } from 'vitest';
import type { LineStanding } from '../sites/line-standing.js';
import { lineViewOf } from './line-view.js';

const BARN = { site: 'barn', mbps: 12 };
const share = { site: 'barn', bytesPrice: 0.42, mbps: 2.1, intervalMs: 120, slowdown: 1.2 };
const standing = (changes: Partial<LineStanding> = {}): LineStanding => ({
  ...{ ...BARN, devices: 5, load: 0.9, share },
  ...changes,
});

describe('the view of a line', () => {
  it('is nothing without a site', () => {
    expect(lineViewOf(null, standing())).toBeNull();
  });

  it('shows a line that was not judged as unknown, not as free', () => {
    for (const of of [undefined, standing({ site: 'mill' })]) {
      const view = lineViewOf(BARN, of);
      expect(view).toMatchObject({ ...BARN, devices: null, load: null, bytesPrice: null });
      expect(view?.text).toContain('not known yet');
    }
  });

  it('says what the device gets of a full line', () => {
    expect(lineViewOf(BARN, standing())).toEqual({
      ...{ ...BARN, devices: 5, load: 0.9, bytesPrice: 0.42, shareMbps: 2.1 },
      ...{ intervalMs: 120, slowdown: 1.2 },
      text: '5 devices share the line, whose frames use 90 % of 12 Mbps; this device gets a frame every 120 ms, 1.2 times as long as alone, and 2.1 Mbps on average, and each KB must save 0.42 ms for the others',
    });
    const { text } = lineViewOf(BARN, standing({ share: { ...share, slowdown: 1 } })) ?? {};
    expect(text).toContain('this device gets 2.1 Mbps on average');
  });

  it('says that a line has no price, and why', () => {
    const free = lineViewOf(BARN, standing({ load: 0.3, share: null }));
    expect(free).toMatchObject({ bytesPrice: 0, shareMbps: null, intervalMs: null });
    expect(free?.text).toContain('30 % of 12 Mbps; this device need not save any of it');
    const alone = lineViewOf(BARN, standing({ devices: 1, load: null, share: null }));
    expect(alone?.text).toContain('no other device of the site is online');
  });

  it('says why devices could not be planned together', () => {
    const fault = 'planning did not end within 5000 ms';
    const view = lineViewOf(BARN, standing({ load: null, fault }));
    expect(view).toMatchObject({ load: null, bytesPrice: 0.42 });
    expect(view?.text).toBe(`the devices of the site keep what they have: ${fault}`);
  });
});
