/** The figures of the testbed, from frames whose figures can be worked out by hand. */
import { describe, expect, it } from 'vitest';
import type { PlanView } from './testbed/fleet.js';
import { cellFinding, predictionFinding } from './testbed/grid/findings.js';
import { frameGantt, ganttOf } from './testbed/grid/frame-gantt.js';
import {
  type Cell,
  type GridFrame,
  type MeasuredRow,
  ROWS,
  type Row,
} from './testbed/grid/grid.js';
import { withSection } from './testbed/grid/results.js';

const stages = { encodeMs: 0, queueMs: 0, cloudMs: 0, downlinkMs: 0 };

/** A frame that computes for half of its time and sends for the other half; predicted to take `predictedMs` in all. */
function frame(totalMs: number, predictedMs: number): GridFrame {
  const half = (ms: number) => ({ ...stages, deviceMs: ms / 2, uplinkMs: ms / 2 });
  return {
    ...{ frame: 'f', startedAt: '2026-01-01T00:00:00Z', planVersion: 1, outcome: 'cloud' },
    ...{ totalMs, measured: half(totalMs), sentBytes: 1 },
    predicted: { ...half(predictedMs), totalMs: predictedMs },
  };
}

function planOf(device: string[], cloud: string[]): PlanView {
  return {
    ...{ version: 1, cause: { code: 'link', text: '' }, model: 'm', device, cloud },
    ...{ uploads: [], predicted: { totalMs: 1 }, alternatives: [] },
  };
}

function row(strategy: Row['strategy'], plan: PlanView, frames: GridFrame[]): MeasuredRow {
  const found = ROWS.find((one) => one.strategy === strategy);
  if (found === undefined) throw new Error(`no row ${strategy}`);
  return { row: found, plan, frames, periodMs: frames[0]?.totalMs ?? 0 };
}

function cell(rows: MeasuredRow[]): Cell {
  const link = { uplinkMbps: 5, downlinkMbps: 50, latencyMs: 5 };
  return { network: 'net', link, mode: 'frames', precision: 'exact', load: 1, rows };
}

const here = planOf(['a', 'b'], []);
const there = planOf([], ['a', 'b']);
const both = planOf(['a'], ['b']);

describe('a cell of the testbed', () => {
  it('holds Flotilla against the best of the others', () => {
    const finding = cellFinding(
      cell([
        row('local', here, [frame(90, 90), frame(100, 90), frame(900, 90)]),
        row('cloud', there, [frame(200, 200)]),
        row('auto', both, [frame(80, 80)]),
      ]),
    );
    expect(finding).toMatchObject({ best: { name: 'local-only', medianMs: 100 }, same: [] });
    expect(finding?.ratio).toBeCloseTo(0.8);
  });

  it('names the baselines whose plan Flotilla chose', () => {
    const rows = [row('local', here, [frame(9, 9)]), row('auto', here, [frame(10, 9)])];
    expect(cellFinding(cell(rows))?.same).toEqual(['local-only']);
  });

  it('counts frames that ended otherwise than planned, and leaves their times out', () => {
    const lost: GridFrame = { ...frame(5000, 90), outcome: 'local-fallback' };
    const rows = [row('local', here, [frame(90, 90), lost]), row('auto', both, [frame(80, 80)])];
    expect(cellFinding(cell(rows))?.best).toMatchObject({ p95Ms: 90, otherwise: 1 });
  });
});

it('says how far predictions were off, in all and by stage', () => {
  const rows = [row('local', here, [frame(100, 90)]), row('auto', both, [frame(100, 110)])];
  const found = predictionFinding([cell(rows)]);
  expect(found.totalError).toBeCloseTo(0.1);
  expect(found.deviceError).toBeCloseTo(0.1);
  const device = found.stages.find(({ stage }) => stage === 'device');
  expect(device?.meanMs).toBeCloseTo(0);
  expect(device?.share).toBeCloseTo(0.05);
});

it('draws predicted and measured stages of the frame of median length', () => {
  const part = ganttOf(row('auto', both, [frame(100, 80), frame(300, 80), frame(200, 80)]));
  expect(part?.measured).toEqual([
    { stage: 'device', lane: 0, startMs: 0, endMs: 100 },
    { stage: 'uplink', lane: 1, startMs: 100, endMs: 200 },
  ]);
  const svg = frameGantt(cell([]), part === undefined ? [] : [part]);
  expect(svg).toContain('uplink, measured: 100 ms');
  expect(svg.startsWith('<svg')).toBe(true);
});

it('replaces its own section of a document and nothing else', () => {
  const once = withSection('# Results\n\n## Other\n', '## Testbed\nold\n');
  const twice = withSection(`${once}\n## After\n`, '## Testbed\nnew\n');
  expect(twice).toContain('## Other');
  expect(twice).toContain('## After');
  expect(twice).toContain('new');
  expect(twice).not.toContain('old');
});
