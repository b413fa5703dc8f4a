/** What the testbed measures: networks × links × rows, and what a measured cell holds. Plain data, saved as JSON. */
import type { LinkSettings } from '../../support/link-shaper.js';
import type { PlanView } from '../fleet.js';

/** A way to run a network, by the strategy that makes the device's plans. */
export interface Row {
  readonly name: string;
  readonly strategy: 'local' | 'cloud' | 'min-cut' | 'auto';
}

/** The baselines, and Flotilla last. */
export const ROWS: readonly Row[] = [
  { name: 'local-only', strategy: 'local' },
  { name: 'cloud-only, 8-bit image', strategy: 'cloud' },
  { name: 'partition-only', strategy: 'min-cut' },
  { name: 'Flotilla', strategy: 'auto' },
];

/** One frame after the other, or frames back to back and several in flight. */
export const MODES = ['frames', 'stream'] as const;
export type Mode = (typeof MODES)[number];
/** Whether tensors travel as they are, or may travel as bytes. */
export const PRECISIONS = ['exact', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

export const STAGES = ['device', 'encode', 'uplink', 'queue', 'cloud', 'downlink'] as const;
export type Stage = (typeof STAGES)[number];
export type StageMs = Readonly<Record<`${Stage}Ms`, number>>;

/** A frame of the history as REST shows it. */
export interface GridFrame {
  readonly frame: string;
  readonly startedAt: string;
  readonly planVersion: number;
  readonly outcome: 'cloud' | 'local-plan' | 'local-fallback' | 'failed';
  readonly totalMs: number;
  readonly measured: StageMs;
  readonly predicted: (StageMs & { readonly totalMs: number }) | null;
  readonly sentBytes: number;
}

export interface MeasuredRow {
  readonly row: Row;
  readonly plan: PlanView;
  readonly frames: readonly GridFrame[];
  /** From the end of a frame to the end of the next, on average. */
  readonly periodMs: number;
}

export interface Cell {
  readonly network: string;
  readonly link: LinkSettings;
  readonly mode: Mode;
  readonly precision: Precision;
  /** Load average of the last minute when the cell began; the testbed's own work is in it. */
  readonly load: number;
  readonly rows: readonly MeasuredRow[];
}
