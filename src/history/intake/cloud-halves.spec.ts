import { describe, expect, it } from 'vitest';
import { CloudHalves } from './cloud-halves.js';

const half = { arrivedMs: 1, completeMs: 2, endedMs: 3, endedAs: 'result', queueMs: 0, runMs: 1 };
const work = { model: 'm', waitMs: 0, blockMs: [], decodings: [], overheadMs: 0 };

describe('the halves of a frame', () => {
  it('are joined when the cloud’s comes first', () => {
    const halves = new CloudHalves();
    expect(halves.ended({ device: 'pi', frame: 'f', ...half, work })).toBeUndefined();
    expect(halves.take('other', 'f', true)).toBeUndefined();
    expect(halves.take('pi', 'f', true)).toEqual(half);
    expect(halves.take('pi', 'f', false)).toBeUndefined();
  });

  it('are joined when the device’s comes first', () => {
    const halves = new CloudHalves();
    expect(halves.take('pi', 'f', true)).toBeUndefined();
    expect(halves.ended({ device: 'pi', frame: 'f', ...half, work })).toEqual({
      ...{ device: 'pi', frame: 'f', half },
    });
  });

  it('are not waited for without bound', () => {
    const halves = new CloudHalves();
    for (let i = 0; i < 2_001; i++) halves.ended({ device: 'pi', frame: `${i}`, ...half, work });
    expect(halves.take('pi', '0', true)).toBeUndefined();
    expect(halves.take('pi', '1', true)).toEqual(half);
    for (let i = 0; i < 2_001; i++) halves.take('pi', `sent ${i}`, true);
    expect(halves.ended({ device: 'pi', frame: 'sent 0', ...half, work })).toBeUndefined();
    expect(halves.ended({ device: 'pi', frame: 'sent 2000', ...half, work })).toBeDefined();
  });
});
