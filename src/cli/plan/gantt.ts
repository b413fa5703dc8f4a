/**
 * Draws a timeline as text: one row per machine, time from left to right.
 *
 * A unit's bar alternates between two shades, so that neighbours differ without colour.
 */
import type { Bar, Lane } from '../../planner/index.js';

const LANES: readonly Lane[] = ['device', 'uplink', 'cloud', 'downlink'];
const SHADES = ['█', '▓'] as const;
const COLOURS: Record<Lane, number> = { device: 34, uplink: 33, cloud: 32, downlink: 35 };

/** How to draw: characters across the time axis, and whether the terminal shows colour. */
export interface GanttStyle {
  readonly columns: number;
  readonly hasColour: boolean;
}

/** Lines of the picture, the last one being the axis. */
export function ganttLines(timeline: readonly Bar[], { columns, hasColour }: GanttStyle): string[] {
  const endMs = timeline.reduce((most, bar) => Math.max(most, bar.endMs), 0);
  const rows = LANES.flatMap((lane) => {
    const bars = timeline.filter((bar) => bar.lane === lane && bar.endMs > bar.startMs);
    if (bars.length === 0) return [];
    const row = laneRow(bars, endMs, columns);
    const shown = hasColour ? `\u001b[${COLOURS[lane]}m${row}\u001b[0m` : row;
    return [`${lane.padEnd(9)}│${shown}│`];
  });
  const end = formatMs(endMs);
  return [...rows, `${' '.repeat(9)}└0${end.padStart(columns - 1, ' ')}┘`];
}

/** The unit that holds the middle of a column fills it; a bar too short for one still shows. */
function laneRow(bars: readonly Bar[], endMs: number, columns: number): string {
  const cells = Array.from({ length: columns }, () => ' ');
  for (const [i, bar] of bars.entries()) {
    const from = Math.min(columns - 1, Math.floor((bar.startMs / endMs) * columns));
    const to = Math.max(from + 1, Math.round((bar.endMs / endMs) * columns));
    cells.fill(SHADES[i % 2] ?? '█', from, to);
  }
  return cells.join('');
}

/** Milliseconds as text: three significant digits and the unit. */
export function formatMs(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms >= 100 ? ms.toFixed(1) : ms.toFixed(2)} ms`;
}
