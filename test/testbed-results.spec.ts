/** The figures of the testbed, from frames whose figures can be worked out by hand. */
import { describe, expect, it } from 'vitest';
import type { PlanView } from './testbed/fleet.js';
import { agreementFindings } from './testbed/grid/findings/agreement-findings.js';
import { cellFinding, rowsOnce } from './testbed/grid/findings/findings.js';
import {
  busyShares,
  gainFindings,
  predictionFinding,
} from './testbed/grid/findings/prediction-findings.js';
import { mean, ratioOf } from './testbed/grid/findings/statistics.js';
import { verdictOn } from './testbed/grid/findings/verdict.js';
import {
  type Cell,
  type GridFrame,
  type MeasuredRow,
  type Policy,
  ROWS,
  type Row,
} from './testbed/grid/measure/grid.js';
import { cellsOf, sessionsOf, type Taken } from './testbed/grid/measure/sessions.js';
import { frameGantt, ganttOf } from './testbed/grid/report/frame-gantt.js';
import { withSection } from './testbed/grid/report/results.js';

const stages = { encodeMs: 0, queueMs: 0, cloudMs: 0, downlinkMs: 0 };

/** A frame that computes for half of its time and sends for the other half; predicted to take `predictedMs` in all. */
function frame(totalMs: number, predictedMs: number, more: Partial<GridFrame> = {}): GridFrame {
  const half = (ms: number) => ({ ...stages, deviceMs: ms / 2, uplinkMs: ms / 2 });
  return {
    ...{ frame: 'f', endedMs: 0, planVersion: 1, outcome: 'cloud' },
    ...{ totalMs, measured: half(totalMs), sentBytes: 1000, agreement: null },
    predicted: { ...half(predictedMs), totalMs: predictedMs },
    ...more,
  };
}

function planOf(device: string[], cloud: string[], encoding: 'raw' | 'u8' = 'raw'): PlanView {
  const uploads = cloud.length === 0 ? [] : [{ tensor: 't', encoding, bytes: 1 }];
  return {
    ...{ version: 1, cause: { code: 'link', text: '' }, model: 'm', device, cloud, uploads },
    ...{ predicted: { totalMs: 1 }, deadlineMs: 1000, alternatives: [] },
  };
}

/** Frames one after the other, so that a row's period is its frames' mean. */
function row(
  strategy: Row['strategy'],
  plan: PlanView,
  frames: GridFrame[],
  policy: Policy = 'exact',
): MeasuredRow {
  const found = ROWS.find((one) => one.strategy === strategy);
  if (found === undefined) throw new Error(`no row ${strategy}`);
  let endedMs = 0;
  const ended = frames.map((one) => {
    endedMs += one.totalMs;
    return { ...one, endedMs };
  });
  return {
    ...{ name: found.name, strategy, policy, plan, otherPlans: 0, plannedPeriodMs: null },
    turns: [{ frames: ended, spanMs: endedMs }],
  };
}

function cell(rows: MeasuredRow[], more: Partial<Cell> = {}): Cell {
  const link = { uplinkMbps: 1, downlinkMbps: 50, latencyMs: 5 };
  return { network: 'net', link, mode: 'frames', policy: 'exact', load: 1, rows, ...more };
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
    expect(finding?.ratio.value).toBeCloseTo(0.8);
    expect(finding?.ratio.from).toBeLessThan(0.8);
  });

  it('has nothing to gain only where the best baseline has the very plan of Flotilla', () => {
    const local = row('local', here, [frame(9, 9)]);
    const own = row('auto', here, [frame(10, 9)]);
    expect(cellFinding(cell([local, own]))).toMatchObject({
      same: ['local-only'],
      isSameAsBest: true,
    });
    const better = row('cloud', there, [frame(5, 9)]);
    const found = cell([local, better, own]);
    expect(cellFinding(found)).toMatchObject({ same: ['local-only'], isSameAsBest: false });
    expect(verdictOn([found]).join(' ')).toContain('2.00 × cloud-only');
  });

  it('distinguishes plans by the encoding of their tensors', () => {
    const other = row('min-cut', planOf(['a'], ['b'], 'u8'), [frame(9, 9)]);
    expect(cellFinding(cell([other, row('auto', both, [frame(9, 9)])]))?.same).toEqual([]);
  });

  it('counts frames that ended otherwise than planned, and leaves their times out', () => {
    const late = frame(5000, 90, { outcome: 'local-fallback' });
    const lost = frame(0, 90, { outcome: 'failed' });
    const rows = [
      row('local', here, [frame(90, 90), late, lost]),
      row('auto', both, [frame(80, 80)]),
    ];
    expect(cellFinding(cell(rows))?.best).toMatchObject({ p95Ms: 90, otherwise: 1, lost: 1 });
  });
});

describe('a stream of the testbed', () => {
  const stream = cell(
    [
      row('local', here, [frame(100, 100)]),
      row('min-cut', both, [frame(120, 100)]),
      row('auto', both, [frame(40, 100), frame(60, 100)]),
    ],
    { mode: 'stream' },
  );

  it('compares the time from frame to frame, also with partition-only', () => {
    const finding = cellFinding(stream);
    expect(finding?.ratio.value).toBeCloseTo(0.5);
    expect(finding?.overPartition?.value).toBeCloseTo(50 / 120);
    // One frame after another is not the same as several in flight, whatever the plan.
    expect(finding?.same).toEqual([]);
  });

  it('shows how busy device and link were', () => {
    const shares = busyShares(stream);
    expect(shares?.device).toBeCloseTo(0.5);
    // 1000 bytes at 1 Mbps take 8 ms.
    expect(shares?.link).toBeCloseTo(16 / 100);
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

it('compares the predicted gain with the measured one', () => {
  const rows = [row('min-cut', there, [frame(100, 100)]), row('auto', both, [frame(80, 75)])];
  const [gain] = gainFindings([cell(rows)]);
  expect(gain?.overPartition?.predicted).toBeCloseTo(0.25);
  expect(gain?.overPartition?.measured).toBeCloseTo(0.2);
});

it('separates lossy answers from exact ones', () => {
  const exact = { agreement: { relative: 0, isSameClass: true } };
  const lossy = { agreement: { relative: 0.01, isSameClass: false } };
  const cells = [
    cell([row('auto', both, [frame(9, 9, exact)])]),
    cell([row('auto', planOf(['a'], ['b'], 'u8'), [frame(9, 9, lossy)], 'int8')], {
      policy: 'int8',
    }),
  ];
  expect(agreementFindings(cells, 'exact')).toMatchObject([{ identical: 1, top1: 1 }]);
  expect(agreementFindings(cells, 'lossy')).toMatchObject([{ worstRelative: 0.01, top1: 0 }]);
});

describe('the plan of a run', () => {
  const links = [{ uplinkMbps: 1, downlinkMbps: 50, latencyMs: 5 }];
  const modes = ['frames', 'stream'] as const;
  const policies = ['exact', 'int8'] as const;
  const sessions = sessionsOf(['camera', 'pixels'], modes, policies);

  it('measures every row once, partition-only one frame after another', () => {
    const names = sessions.map(({ mode, feed, tasks }) => [
      `${mode} ${feed}`,
      tasks.map(({ row, policy }) => `${row.name} ${policy}`).join('; '),
    ]);
    expect(names).toEqual([
      [
        'frames camera',
        'local-only exact; cloud-only, JPEG exact; partition-only exact; Flotilla exact; partition-only int8; Flotilla int8',
      ],
      ['frames pixels', 'cloud-only, 8-bit image exact'],
      ['stream camera', 'local-only exact; cloud-only, JPEG exact; Flotilla exact; Flotilla int8'],
      ['stream pixels', 'cloud-only, 8-bit image exact'],
    ]);
  });

  it('puts all five rows into every cell, each with the rows it shares', () => {
    const taken = sessions.flatMap(({ mode, tasks }) =>
      tasks.map((task): Taken => {
        const measured = { ...row(task.row.strategy, here, [frame(1, 1)], task.policy) };
        return { mode, task, rate: 1, load: 1, measured: { ...measured, name: task.row.name } };
      }),
    );
    const cells = cellsOf('net', taken, { links, modes, policies });
    expect(cells.map(({ mode, policy }) => `${mode} ${policy}`)).toEqual([
      ...['frames exact', 'frames int8', 'stream exact', 'stream int8'],
    ]);
    for (const { rows, policy } of cells) {
      expect(rows.map(({ name }) => name)).toEqual(ROWS.map(({ name }) => name));
      expect(rows.slice(3).map((one) => one.policy)).toEqual([policy, policy]);
    }
    expect(rowsOnce(cells)).toHaveLength(taken.length);
  });
});

it('says how sure a ratio is: equal samples leave no doubt, scattered ones do', () => {
  expect(ratioOf([[2, 2]], [[4], [4]], mean)).toEqual({ value: 0.5, from: 0.5, to: 0.5 });
  const scattered = ratioOf([[1, 3, 2, 4]], [[2, 3]], mean);
  expect(scattered.value).toBeCloseTo(1);
  expect(scattered.from).toBeLessThan(0.95);
  expect(scattered.to).toBeGreaterThan(1.05);
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
