/**
 * A frame's stages as predicted above the same as measured, for every row of a cell. A frame's record holds how long its
 * stages took; the device begins the frame, the others end it, so what overlaps shows as overlap.
 */
import { ms } from '../../scene.js';
import { plainFrames } from '../findings/findings.js';
import { median } from '../findings/statistics.js';
import type { Cell, GridFrame, MeasuredRow, StageMs } from '../measure/grid.js';
import { bar, COLOURS, label, picture } from './svg.js';

const WIDTH = 900;
const LEFT = 190;
const LANE = 9;
const ROW = 2 * (3 * LANE + 4) + 16;

interface Span {
  readonly stage: keyof typeof COLOURS;
  readonly lane: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** One row: the frame of median length. */
export interface GanttPart {
  readonly name: string;
  readonly predicted: readonly Span[];
  readonly measured: readonly Span[];
}

/** Undefined where no frame has a prediction. */
export function ganttOf(row: MeasuredRow): GanttPart | undefined {
  const frames = plainFrames(row);
  const medianMs = median(frames.map(({ totalMs }) => totalMs));
  const frame: GridFrame | undefined = frames.find(({ totalMs }) => totalMs === medianMs);
  if (!frame?.predicted) return undefined;
  return {
    name: row.name,
    predicted: spansOf(frame.predicted, frame.predicted.totalMs),
    measured: spansOf(frame.measured, frame.totalMs),
  };
}

/** Device from the start; downlink, cloud and uplink backwards from the end. */
function spansOf(times: StageMs, totalMs: number): Span[] {
  const cloudEnd = totalMs - times.downlinkMs;
  const uplinkEnd = cloudEnd - times.cloudMs - times.queueMs;
  const spans: Span[] = [
    { stage: 'device', lane: 0, startMs: 0, endMs: times.deviceMs },
    { stage: 'uplink', lane: 1, startMs: uplinkEnd - times.uplinkMs, endMs: uplinkEnd },
    { stage: 'cloud', lane: 2, startMs: cloudEnd - times.cloudMs, endMs: cloudEnd },
    { stage: 'downlink', lane: 2, startMs: cloudEnd, endMs: totalMs },
  ];
  return spans.filter(({ startMs, endMs }) => endMs > startMs);
}

/** A picture of a cell, all rows on one scale. */
export function frameGantt({ network, link, policy }: Cell, parts: readonly GanttPart[]): string {
  const spans = parts.flatMap(({ predicted, measured }) => [...predicted, ...measured]);
  const endMs = Math.max(1, ...spans.map((span) => span.endMs));
  const title = `${network}, ${link.uplinkMbps} Mbps, ${policy}: predicted (pale) over measured, the frame of median length. Emulated device.`;
  const legend = Object.entries(COLOURS).flatMap(([stage, fill], i) => [
    bar(LEFT + i * 110, 34, 12, 12, fill, stage),
    label(LEFT + i * 110 + 18, 44, stage),
  ]);
  const rows = parts.flatMap((part, i) => rowSvg(part, 60 + i * ROW, endMs));
  const axisY = 60 + parts.length * ROW + 6;
  return picture(WIDTH, axisY + 12, [
    label(12, 20, title, 'font-size="14"'),
    ...legend,
    ...rows,
    label(LEFT, axisY, '0'),
    label(WIDTH - 12, axisY, ms(endMs), 'text-anchor="end"'),
  ]);
}

function rowSvg({ name, predicted, measured }: GanttPart, y: number, endMs: number): string[] {
  const xOf = (at: number): number => LEFT + (at / endMs) * (WIDTH - LEFT - 12);
  const draw = (spans: readonly Span[], top: number, what: string): string =>
    spans
      .map(({ stage, lane, startMs, endMs: end }) =>
        bar(
          xOf(Math.max(0, startMs)),
          top + lane * LANE,
          xOf(end) - xOf(Math.max(0, startMs)),
          LANE - 1,
          COLOURS[stage],
          `${stage}, ${what}: ${ms(end - startMs)}`,
        ),
      )
      .join('');
  return [
    label(LEFT - 8, y + 3 * LANE + 6, name, 'text-anchor="end"'),
    `<g opacity="0.5">${draw(predicted, y, 'predicted')}</g>`,
    draw(measured, y + 3 * LANE + 4, 'measured'),
  ];
}
