/**
 * The rows of every cell as bars: medians with the way to p95 as a line, of streams frames per second. Every group has a
 * scale of its own.
 */
import { ms } from '../../scene.js';
import { type CellFinding, cellFinding, type RowFinding } from '../findings/findings.js';
import type { Cell, Mode } from '../measure/grid.js';
import { bar, label, picture } from './svg.js';

const WIDTH = 900;
const LEFT = 190;
const RIGHT = 190;
const ROW = 18;
const HEAD = 26;
const GAP = 14;
const OWN = '#3b6fb6';
const OTHER = '#9aa5b1';

const TITLES: Record<Mode, string> = {
  frames: 'Latency of a frame: median, and p95 as a line. Emulated devices.',
  stream: 'Camera streams: frames per second. Emulated devices.',
};

/** One picture of all cells of a mode. */
export function rowBars(cells: readonly Cell[], mode: Mode): string {
  const parts: string[] = [label(12, 22, TITLES[mode], 'font-size="15"')];
  let y = 40;
  for (const cell of cells.filter((one) => one.mode === mode)) {
    const finding = cellFinding(cell);
    if (finding === undefined) continue;
    parts.push(...group(cell, finding, y));
    y += HEAD + finding.rows.length * ROW + GAP;
  }
  return picture(WIDTH, y, parts);
}

function group(cell: Cell, finding: CellFinding, top: number): string[] {
  const { network, link, policy, mode } = cell;
  const { rows, ratio, isSameAsBest } = finding;
  const longest = Math.max(...rows.map((row) => extent(row, mode)));
  const x = (value: number): number => LEFT + (value / longest) * (WIDTH - LEFT - RIGHT);
  const verdict = isSameAsBest
    ? 'nothing to gain'
    : `${ratio.value.toFixed(2)} × the best baseline`;
  const title = `${network}, ${link.uplinkMbps} Mbps, ${policy}: ${verdict}`;
  const bars = rows.flatMap((row, i) => rowParts(row, mode, top + HEAD + i * ROW, x));
  return [label(12, top + 16, title, 'font-weight="bold"'), ...bars];
}

const extent = ({ p95Ms, periodMs }: RowFinding, mode: Mode): number =>
  mode === 'stream' ? 1000 / periodMs : p95Ms;

function rowParts(row: RowFinding, mode: Mode, y: number, x: (value: number) => number): string[] {
  const { name, medianMs, p95Ms, periodMs } = row;
  const value = mode === 'stream' ? 1000 / periodMs : medianMs;
  const latency = `${ms(medianMs)} / ${ms(p95Ms)}`;
  const text = mode === 'stream' ? `${value.toFixed(1)}/s, ${latency}` : latency;
  const middle = y + ROW / 2 - 2;
  const to = x(extent(row, mode)).toFixed(1);
  const line = `<path d="M${x(value).toFixed(1)} ${middle}H${to}M${to} ${middle - 4}v8" stroke="#333" fill="none"/>`;
  return [
    label(LEFT - 8, y + 11, name, 'text-anchor="end"'),
    bar(LEFT, y, x(value) - LEFT, ROW - 4, name === 'Flotilla' ? OWN : OTHER, `${name}: ${text}`),
    ...(mode === 'frames' ? [line] : []),
    label(x(extent(row, mode)) + 6, y + 11, text, 'fill="#333"'),
  ];
}
