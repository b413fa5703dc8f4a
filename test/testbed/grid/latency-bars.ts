/** Medians as bars with the way to p95 as a line, a group for each cell. Every group has a scale of its own. */
import { ms } from '../scene.js';
import { type CellFinding, cellFinding } from './findings.js';
import type { Cell } from './grid.js';
import { bar, label, picture } from './svg.js';

const WIDTH = 900;
const LEFT = 190;
const RIGHT = 120;
const ROW = 18;
const HEAD = 26;
const GAP = 14;
const FILLS = ['#9aa5b1', '#c3a36b', '#8fb39b', '#3b6fb6'];

/** One picture of all cells. */
export function latencyBars(cells: readonly Cell[]): string {
  const parts: string[] = [
    label(
      12,
      22,
      'Latency of a frame: median, and p95 as a line. Emulated devices.',
      'font-size="15"',
    ),
  ];
  let y = 40;
  for (const cell of cells.filter(({ mode }) => mode === 'frames')) {
    const finding = cellFinding(cell);
    if (finding === undefined) continue;
    parts.push(...group(cell, finding, y));
    y += HEAD + finding.rows.length * ROW + GAP;
  }
  return picture(WIDTH, y, parts);
}

function group(
  { network, link, precision }: Cell,
  { rows, ratio }: CellFinding,
  top: number,
): string[] {
  const longestMs = Math.max(...rows.map(({ p95Ms }) => p95Ms));
  const widthOf = (value: number): number => (value / longestMs) * (WIDTH - LEFT - RIGHT);
  const title = `${network}, ${link.uplinkMbps} Mbps, ${precision}: ${ratio.toFixed(2)} × the best baseline`;
  const bars = rows.flatMap(({ name, medianMs, p95Ms }, i) => {
    const y = top + HEAD + i * ROW;
    const middle = y + ROW / 2 - 2;
    const [from, to] = [LEFT + widthOf(medianMs), LEFT + widthOf(p95Ms)];
    return [
      label(LEFT - 8, y + 11, name, 'text-anchor="end"'),
      bar(LEFT, y, from - LEFT, ROW - 4, FILLS[i] ?? '#3b6fb6', `${name}: ${ms(medianMs)}`),
      `<path d="M${from.toFixed(1)} ${middle}H${to.toFixed(1)}M${to.toFixed(1)} ${middle - 4}v8" stroke="#333" fill="none"/>`,
      label(to + 6, y + 11, `${ms(medianMs)} / ${ms(p95Ms)}`, 'fill="#333"'),
    ];
  });
  return [label(12, top + 16, title, 'font-weight="bold"'), ...bars];
}
