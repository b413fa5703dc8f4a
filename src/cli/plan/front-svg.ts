/** The front of rate against latency as an SVG picture: frames a second to the right, latency upwards. */
import type { FrontPoint } from '../../planner/index.js';
import { formatMs } from './gantt.js';
import { escapeXml } from './gantt-svg.js';
import { cutsText } from './plan-front.js';

const WIDTH = 720;
const HEIGHT = 420;
const LEFT = 80;
const RIGHT = 20;
const TOP = 24;
const BOTTOM = 48;
/** The picture ends this much beyond the largest value. */
const MARGIN = 1.08;
/** Labels on each axis, at most. */
const TICKS = 6;

/** Draws every point with its plan as a tooltip; full circles are single cuts, open ones patterns. */
export function frontSvg(points: readonly FrontPoint[]): string {
  const rateOf = ({ intervalMs }: FrontPoint): number => 1000 / intervalMs;
  const maxRate = MARGIN * Math.max(...points.map(rateOf));
  const maxMs = MARGIN * Math.max(...points.map(({ meanLatencyMs }) => meanLatencyMs));
  const xOf = (rate: number): number => LEFT + (rate / maxRate) * (WIDTH - LEFT - RIGHT);
  const yOf = (ms: number): number => HEIGHT - BOTTOM - (ms / maxMs) * (HEIGHT - TOP - BOTTOM);
  const placed = points.map((point) => ({
    point,
    x: xOf(rateOf(point)).toFixed(1),
    y: yOf(point.meanLatencyMs).toFixed(1),
  }));
  const base = HEIGHT - BOTTOM;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<path d="M${LEFT} ${TOP}V${base}H${WIDTH - RIGHT}" fill="none" stroke="#555555"/>`,
    ...ticksTo(maxRate).map(
      (rate) =>
        `<text x="${xOf(rate).toFixed(1)}" y="${base + 18}" text-anchor="middle">${rate}</text>`,
    ),
    ...ticksTo(maxMs).map(
      (ms) =>
        `<text x="${LEFT - 6}" y="${(yOf(ms) + 4).toFixed(1)}" text-anchor="end">${ms} ms</text>`,
    ),
    `<text x="${WIDTH - RIGHT}" y="${HEIGHT - 8}" text-anchor="end">frames a second</text>`,
    `<text x="${LEFT + 6}" y="${TOP - 8}">mean latency</text>`,
    // Every plan also serves all lower rates, down to that of the plan before.
    `<path d="M${LEFT} ${placed[0]?.y}${placed.map(({ x, y }) => `V${y}H${x}`).join('')}" fill="none" stroke="#3b6fb6"/>`,
    ...placed.map(({ point, x, y }) => {
      const fill = point.cuts.length === 1 ? '#3b6fb6' : '#ffffff';
      const name = `${rateOf(point).toFixed(2)} frames a second, ${formatMs(point.meanLatencyMs)}: ${cutsText(point)}`;
      return `<g><title>${escapeXml(name)}</title><circle cx="${x}" cy="${y}" r="4" fill="${fill}" stroke="#3b6fb6"/></g>`;
    }),
    '</svg>\n',
  ].join('\n');
}

/** Multiples of 1, 2 or 5 times a power of ten, from 0. */
function ticksTo(max: number): number[] {
  const power = 10 ** Math.floor(Math.log10(max / TICKS));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power * TICKS >= max) ?? 10);
  const count = Math.floor(max / step) + 1;
  return Array.from({ length: count }, (_, i) => Number((i * step).toPrecision(3)));
}
