/** The Gantt chart of a timeline as an SVG picture, with the lanes and bars of the terminal. */
import type { Bar, Lane } from '../../planner/index.js';
import { formatMs } from './gantt.js';

const LANES: readonly Lane[] = ['device', 'uplink', 'cloud', 'downlink'];
const COLOURS: Record<Lane, string> = {
  device: '#3b6fb6',
  uplink: '#b5740f',
  cloud: '#3f9b62',
  downlink: '#9a5bb0',
};
const WIDTH = 960;
const LEFT = 80;
const ROW = 34;
const TOP = 12;

/** Draws every bar with its unit and times as a tooltip, and its name where there is room. */
export function ganttSvg(timeline: readonly Bar[]): string {
  const endMs = timeline.reduce((most, bar) => Math.max(most, bar.endMs), Number.MIN_VALUE);
  const shown = timeline.filter((bar) => bar.endMs > bar.startMs);
  const lanes = LANES.filter((lane) => shown.some((bar) => bar.lane === lane));
  const height = TOP + lanes.length * ROW + 28;
  const xOf = (ms: number): number => LEFT + (ms / endMs) * (WIDTH - LEFT - 10);
  const rows = lanes.map((lane, i) => {
    const y = TOP + i * ROW;
    const bars = shown
      .filter((bar) => bar.lane === lane)
      .map((bar) => barSvg(bar, xOf(bar.startMs), xOf(bar.endMs), y));
    return `<text x="4" y="${y + 19}">${lane}</text>${bars.join('')}`;
  });
  const axisY = TOP + lanes.length * ROW + 14;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...rows,
    `<text x="${LEFT}" y="${axisY}">0</text>`,
    `<text x="${WIDTH - 10}" y="${axisY}" text-anchor="end">${formatMs(endMs)}</text>`,
    '</svg>\n',
  ].join('\n');
}

function barSvg(
  { lane, id, startMs, endMs, frame }: Bar,
  x: number,
  endX: number,
  y: number,
): string {
  const name = escapeXml(frame === undefined ? id : `${id} (frame ${frame})`);
  const width = (endX - x).toFixed(2);
  const label =
    endX - x > 8 * id.length + 8
      ? `<text x="${(x + 4).toFixed(2)}" y="${y + 19}" fill="#ffffff">${escapeXml(id)}</text>`
      : '';
  return (
    `<g><title>${name}: ${formatMs(startMs)} to ${formatMs(endMs)}</title>` +
    `<rect x="${x.toFixed(2)}" y="${y}" width="${width}" height="${ROW - 8}" ` +
    `fill="${COLOURS[lane]}"${isOdd(frame) ? ' fill-opacity="0.7"' : ''} stroke="#ffffff"/>${label}</g>`
  );
}

/** Every other frame is paler, so that neighbours differ. */
function isOdd(frame: number | undefined): boolean {
  return frame !== undefined && frame % 2 === 1;
}

export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
