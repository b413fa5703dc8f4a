/** A device's planning state as the database has it: after a restart, or when a device is heard of for the first time. */
import { z } from 'zod';
import type { Clock } from '../../platform/index.js';
import { desiredModel, desiredPlan } from '../../wire/index.js';
import { aged } from '../pricing/link-estimates.js';
import { DeviceState, PLANS_REMEMBERED } from './device-state.js';
import type { ModelShelf } from './model-shelf.js';
import type { DeviceFacts, PlansStore } from './twins.store.js';

/** What a plan's twin holds: the plan, and the model it was made for. */
export const keptPlan = z.object({ modelId: z.string(), plan: desiredPlan });

/** What a model's twin holds: the document with the model's id in place of the model. */
export const keptModel = desiredModel.extend({ model: z.string().nullable() });

/** The state of a device; undefined when there is no such device. */
export async function loadState(
  device: string,
  store: PlansStore,
  shelf: ModelShelf,
  clock: Clock,
): Promise<DeviceState | undefined> {
  const facts = await store.facts(device);
  if (facts === undefined) return undefined;
  const state = new DeviceState();
  state.deadlineMs = facts.deadlineMs;
  state.strategy = facts.strategy;
  state.objective = facts.birth?.objective ?? state.objective;
  const jpegBytes = facts.telemetry?.jpegBytes;
  state.abilities = {
    ...(facts.birth ?? state.abilities),
    ...(jpegBytes !== undefined && { jpegBytes }),
  };
  state.deviceMs = await store.profileOf(device);
  learnStoredLink(state, facts, clock);
  await loadModel(state, device, store, shelf);
  await loadPlans(state, device, store, shelf);
  return state;
}

function learnStoredLink(state: DeviceState, facts: DeviceFacts, clock: Clock): void {
  const link = facts.telemetry?.link;
  if (!link || facts.telemetryAt === null) return;
  const sinceMs = clock.now().getTime() - facts.telemetryAt.getTime();
  state.learnLink(aged(link, sinceMs), clock.monotonicMs());
}

async function loadModel(
  state: DeviceState,
  device: string,
  store: PlansStore,
  shelf: ModelShelf,
): Promise<void> {
  const [newest] = await store.versions(device, 'model', 1);
  if (newest === undefined) return;
  state.modelVersion = newest.version;
  if (newest.appliedAt !== null) state.converged.model = newest.version;
  const kept = keptModel.parse(newest.document);
  const model = kept.model === null ? undefined : await shelf.find(kept.model);
  if (kept.model !== null && model === undefined) return;
  state.model = model;
  state.desiredModel = { ...kept, model: model?.document ?? null };
}

/** Oldest first; plans whose model is gone run nothing any more, but their versions are taken. */
async function loadPlans(
  state: DeviceState,
  device: string,
  store: PlansStore,
  shelf: ModelShelf,
): Promise<void> {
  const newest = await store.versions(device, 'plan', PLANS_REMEMBERED);
  for (const { version, document, appliedAt } of newest.toReversed()) {
    state.planVersion = version;
    if (appliedAt !== null) state.converged.plan = version;
    const kept = keptPlan.safeParse(document).data;
    const model = kept && (await shelf.find(kept.modelId));
    if (model) state.remember({ ...kept, model: model.document });
  }
}
