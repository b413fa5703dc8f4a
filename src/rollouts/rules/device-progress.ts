/** How far a device is with what a rollout gave it, or restored. Pure. */
import type { Convergence } from '../../plans/index.js';
import {
  type DeviceSettings,
  type Gates,
  hasSettings,
  type RolloutChange,
  type RolloutDevice,
} from './rollout.js';

/** A new policy may need no other plan: a device that still follows its plan this long after, with none to come, has it. */
const SETTLED_MS = 3000;

export interface Progress {
  readonly change: RolloutChange;
  readonly gates: Gates;
  /** Undefined for a device that is deleted. */
  readonly settings: DeviceSettings | undefined;
  readonly convergence: Convergence | undefined;
  /** Since when this service can know of devices, and devices can get anything of it. */
  readonly listeningSince: Date;
  readonly now: Date;
}

/** The device with its state of now; itself when nothing has changed. */
export function progressed(one: RolloutDevice, progress: Progress): RolloutDevice {
  if (one.state === 'waiting')
    return progress.settings === undefined ? { ...one, state: 'left' } : one;
  if (one.state === 'switching') return switched(one, progress);
  if (one.state === 'ready') return hasLeft(progress) ? { ...one, state: 'left' } : one;
  return one.state === 'restoring' ? restored(one, progress) : one;
}

/** True for a device that is deleted, or that an operator gave something else. */
function hasLeft({ change, settings }: Progress): boolean {
  return settings === undefined || !hasSettings(settings, change);
}

function switched(one: RolloutDevice, progress: Progress): RolloutDevice {
  const { change, gates, settings, convergence = {}, listeningSince, now } = progress;
  if (settings === undefined || hasLeft(progress)) return { ...one, state: 'left' };
  const { model, plan } = convergence;
  const refusal = refusalOf(model) ?? refusalOf(plan);
  if (refusal !== undefined) return { ...one, state: 'failed', fault: refusal };
  const readyAt =
    change.model === undefined ? policyReadyAt(one, progress) : modelReadyAt(progress);
  if (readyAt !== undefined) return { ...one, state: 'ready', readyAt };
  const switchedAt = one.switchedAt ?? now;
  const sinceMs = now.getTime() - Math.max(switchedAt.getTime(), listeningSince.getTime());
  const { lastSeenAt } = settings;
  // Switched while it was offline, by an earlier version.
  const isUnreached = one.onlineSince === null && (lastSeenAt === null || lastSeenAt <= switchedAt);
  if (isUnreached || sinceMs < 1000 * gates.convergeS) return one;
  return { ...one, state: 'failed', fault: `it was not ready within ${gates.convergeS} s` };
}

function restored(one: RolloutDevice, { settings, convergence = {} }: Progress): RolloutDevice {
  const { model, modelId } = convergence;
  if (settings === undefined || !hasSettings(settings, one.before))
    return { ...one, state: 'left' };
  const { before } = one;
  const isBack =
    before.model === undefined || (modelId === before.model && model?.appliedAt != null);
  return isBack ? { ...one, state: 'restored' } : one;
}

/** When the plan for the model was applied; a plan of before the model's document is none of it. */
function modelReadyAt({ change, convergence = {} }: Progress): Date | undefined {
  const { model, modelId, plan } = convergence;
  if (modelId !== change.model || model === undefined || model.appliedAt === null) return undefined;
  if (plan === undefined || plan.createdAt < model.createdAt) return undefined;
  return plan.appliedAt ?? undefined;
}

function policyReadyAt(
  one: RolloutDevice,
  { settings, convergence = {}, now }: Progress,
): Date | undefined {
  if (settings?.isConnected !== true) return undefined;
  const sinceMs = now.getTime() - (one.switchedAt ?? now).getTime();
  const { plan, isPlanning = false } = convergence;
  const isAwaited = isPlanning || (plan !== undefined && plan.appliedAt === null);
  return sinceMs < SETTLED_MS || isAwaited ? undefined : now;
}

function refusalOf(state: Convergence['model']): string | undefined {
  if (state === undefined || state.appliedAt !== null || state.reportedAt === null)
    return undefined;
  const { code = '', message = '' } = (state.refusal ?? {}) as { code?: string; message?: string };
  return `it refused the ${state.name}: ${code} ${message}`;
}
