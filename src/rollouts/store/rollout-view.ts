/** A stored rollout as REST shows it, and the list of what happened to it. */
import type { DeviceTargetRequest } from '../../platform/index.js';
import { type Gates, gates, type RolloutChange, type RolloutState } from '../rules/rollout.js';
import type { Measurements, RolloutEvent, RolloutView } from '../schemas/rollout-answers.js';
import type { RolloutRow, WaveCounts } from './rollouts.store.js';

const MAX_EVENTS = 200;

/** What the columns that hold JSON are; only this service writes them. */
export interface StoredRollout {
  readonly change: RolloutChange;
  readonly gates: Gates;
  readonly waves: readonly number[];
  readonly events: readonly RolloutEvent[];
}

export function storedOf(row: RolloutRow): StoredRollout {
  return {
    change: row.change as RolloutChange,
    gates: gates.parse(row.gates),
    waves: row.waves as number[],
    events: row.events as unknown as RolloutEvent[],
  };
}

/** The events of a rollout with another one; the oldest but the first give way. */
export function withEvent(row: RolloutRow, text: string, now: Date): RolloutEvent[] {
  const [first, ...rest] = [...storedOf(row).events, { at: now.toISOString(), text }];
  return first === undefined ? [] : [first, ...rest.slice(1 - MAX_EVENTS)];
}

export function rolloutViewOf(row: RolloutRow, counts: WaveCounts): RolloutView {
  const { id, wave, because, createdAt, endedAt, target, measured } = row;
  const { waves, ...stored } = storedOf(row);
  return {
    ...{ id, wave, because, ...stored },
    state: row.state as RolloutState,
    target: targetOf(target as DeviceTargetRequest),
    waves: waves.map((share, i) => ({ share, devices: counts.get(i) ?? {} })),
    measured: measured === null ? null : measuredOf(measured as unknown as StoredMeasurements),
    createdAt: createdAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
  };
}

/** Targets without a condition meant every device before `all` did. */
function targetOf(target: DeviceTargetRequest): DeviceTargetRequest {
  const { devices, group, tags = [] } = target;
  const namesSome = devices !== undefined || group !== undefined || tags.length > 0;
  return namesSome ? target : { all: true };
}

type StoredMeasurements = Pick<Measurements, 'at' | 'before' | 'after'> & Partial<Measurements>;

/** Figures of an earlier version name no devices, and compare all frames. */
function measuredOf(stored: StoredMeasurements): Measurements {
  const none = { count: 0, devices: [] };
  const comparedFrames = stored.after.frames;
  const standing = { failed: none, silent: none, restarted: none, idle: none, absent: none };
  return { comparedFrames, ...standing, ...stored };
}
