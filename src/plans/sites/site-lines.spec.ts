import { describe, expect, it } from 'vitest';
import { drawnModel, exactOnly } from '../../../test/support/networks/drawn-models.js';
import { type LineDevice, linesOf, MAX_MEMBERS } from './site-lines.js';

const situation = {
  model: drawnModel({
    inputs: ['in'],
    outputs: ['y'],
    blocks: { a: [['in'], ['y']] },
    elements: { in: 10 },
  }),
  costs: {
    ...{ ...exactOnly, deviceMs: new Map(), cloudMs: new Map() },
    ...{ source: 'tensor' as const, maxBytes: 1e6 },
  },
  link: { uplinkMsPerByte: 0.001, rttMs: 20, ageMs: 0, confidence: 1, samples: 9 },
};

const deviceAt = (site: string, device: string, mbps = 10, fixedMbps?: number): LineDevice => ({
  uplink: { site, mbps },
  member: { device, situation, intervalMs: 100 },
  fixedMbps,
});

describe('the lines of sites', () => {
  it('are one for each site, with the lowest rate that a device names', () => {
    const lines = linesOf([
      deviceAt('barn', 'b-2', 8),
      deviceAt('mill', 'm-1', 3),
      deviceAt('barn', 'b-1', 12),
    ]);
    expect(lines).toMatchObject([
      { siteMbps: 8, mbps: 8, devices: ['b-1', 'b-2'], question: { site: 'barn', mbps: 8 } },
      { mbps: 3, devices: ['m-1'], question: { site: 'mill', mbps: 3 } },
    ]);
  });

  it('leave to the others what a device with an ordered strategy does not send', () => {
    const [line] = linesOf([
      deviceAt('barn', 'a', 10, 4),
      deviceAt('barn', 'b'),
      deviceAt('barn', 'c'),
    ]);
    expect(line).toMatchObject({ mbps: 10, devices: ['a', 'b', 'c'], question: { mbps: 6 } });
    expect(line?.question.members.map(({ device }) => device)).toEqual(['b', 'c']);
    const [full] = linesOf([deviceAt('barn', 'a', 10, 40), deviceAt('barn', 'b')]);
    expect(full?.question.mbps).toBeCloseTo(0.5);
  });

  it('are divided where a site has many devices, with all of its rate and all of its devices', () => {
    const all = Array.from({ length: 2 * MAX_MEMBERS + 1 }, (_, n) => deviceAt('hall', `d-${n}`));
    const lines = linesOf(all);
    expect(lines.length).toBe(3);
    expect(lines.reduce((sum, { mbps }) => sum + mbps, 0)).toBeCloseTo(10);
    expect(new Set(lines.flatMap(({ devices }) => devices)).size).toBe(all.length);
    for (const { devices, mbps } of lines) {
      expect(devices.length).toBeLessThanOrEqual(MAX_MEMBERS);
      expect(mbps / devices.length).toBeCloseTo(10 / all.length);
    }
  });
});
