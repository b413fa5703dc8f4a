/** What the testbed measures: networks × links × modes × encodings × rows, and what a measured cell holds. Plain data, saved as JSON. */
import type { LinkSettings } from '../../../support/mqtt/link-shaper.js';
import type { PlanView } from '../../fleet.js';
import type { Agreement } from './reference-answers.js';

/** What a device is fed with: the camera's JPEG files, the same pictures as 8-bit pixels (PNG), or ready tensors. */
export type Feed = 'camera' | 'pixels' | 'tensors';

/** A way to run a network, by the strategy that makes the device's plans and what frames come as. */
export interface Row {
  readonly name: string;
  readonly strategy: 'local' | 'cloud' | 'min-cut' | 'auto';
  /** Of a network over pictures; one over tensors has no row of pixels. */
  readonly feed: 'camera' | 'pixels';
  /** Whether tensors between blocks may be on the link, so that a model's policy makes a difference. */
  readonly hasPolicy: boolean;
}

/** The baselines, and Flotilla last. */
export const ROWS = [
  { name: 'local-only', strategy: 'local', feed: 'camera', hasPolicy: false },
  { name: 'cloud-only, 8-bit image', strategy: 'cloud', feed: 'pixels', hasPolicy: false },
  { name: 'cloud-only, JPEG', strategy: 'cloud', feed: 'camera', hasPolicy: false },
  { name: 'partition-only', strategy: 'min-cut', feed: 'camera', hasPolicy: true },
  { name: 'Flotilla', strategy: 'auto', feed: 'camera', hasPolicy: true },
] as const satisfies readonly Row[];

/** What `cloud-only, JPEG` is of a network that is fed with tensors. */
export const CLOUD_TENSOR = 'cloud-only, tensor';

/** One frame after the other, or frames back to back and several in flight. */
export const MODES = ['frames', 'stream'] as const;
export type Mode = (typeof MODES)[number];
/** The policy of the model: whether tensors travel as they are, or may travel as bytes. */
export const POLICIES = ['exact', 'int8'] as const;
export type Policy = (typeof POLICIES)[number];

export const STAGES = ['device', 'encode', 'uplink', 'queue', 'cloud', 'downlink'] as const;
export type Stage = (typeof STAGES)[number];
export type StageMs = Readonly<Record<`${Stage}Ms`, number>>;

/** A frame as the agent prints it, without its outputs. */
export interface GridFrame {
  readonly frame: string;
  /** In ms since 1970. Frames are printed in the order in which they began, so one that ended may wait for another. */
  readonly endedMs: number;
  readonly planVersion: number;
  readonly outcome: 'cloud' | 'local-plan' | 'local-fallback' | 'failed';
  readonly totalMs: number;
  readonly measured: StageMs;
  readonly predicted: (StageMs & { readonly totalMs: number }) | null;
  readonly sentBytes: number;
  /** How its outputs compare with those of the unsplit network; null for a frame without outputs. */
  readonly agreement: Agreement | null;
}

/** Frames of a row that followed each other. */
export interface Turn {
  readonly frames: readonly GridFrame[];
  /** From the end of the frame before the first to the end of the last. */
  readonly spanMs: number;
}

export interface MeasuredRow {
  readonly name: string;
  readonly strategy: Row['strategy'];
  readonly policy: Policy;
  /** The plan that most frames ran under, and how many others there were. */
  readonly plan: PlanView;
  readonly otherPlans: number;
  /** Of a stream: the period that the plans in force say, by frame. */
  readonly plannedPeriodMs: number | null;
  /** One for each round; rows of a cell take their turns one after the other. */
  readonly turns: readonly Turn[];
}

export interface Cell {
  readonly network: string;
  readonly link: LinkSettings;
  readonly mode: Mode;
  readonly policy: Policy;
  /** Load average of the last minute when the cell began; the testbed's own work is in it. */
  readonly load: number;
  readonly rows: readonly MeasuredRow[];
}
