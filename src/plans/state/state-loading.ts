/** Reads a device's planning state from the database: after a restart, or at the device's first use. */
import { z } from 'zod';
import type { Clock } from '../../platform/index.js';
import {
  type DesiredPlan,
  desiredModel,
  desiredPlan,
  leavesPolicy,
  type ModelDocument,
  withinRanges,
} from '../../wire/index.js';
import { isAutomatic } from '../budget/causes.js';
import type { PlanBudget } from '../budget/plan-budget.js';
import { aged } from '../pricing/link-estimates.js';
import { PLANS_REMEMBERED } from './device-documents.js';
import { DeviceState } from './device-state.js';
import type { ModelShelf } from './model-shelf.js';
import type { DeviceFacts, TwinsStore } from './twins.store.js';

/** What a plan's twin holds: the plan, and the model it was made for. */
const keptPlan = z.object({ modelId: z.string(), plan: desiredPlan });

/** What a model's twin holds: the document with the model's id in place of the model, and the policy and the content it went out with. */
const keptModel = desiredModel.extend({
  model: z.string().nullable(),
  leaves: leavesPolicy.optional(),
  content: z.string().optional(),
});

const planWithinRanges = withinRanges(keptPlan);
const modelWithinRanges = withinRanges(keptModel);

/** The plan of a twin; undefined where the document is none. Numbers that an earlier version stored outside their ranges are clamped. */
export function planIn(document: unknown): z.output<typeof keptPlan> | undefined {
  return keptPlan.safeParse(planWithinRanges(document)).data;
}

/** The state of a device; undefined when there is no such device. */
export async function loadState(
  device: string,
  store: TwinsStore,
  shelf: ModelShelf,
  clock: Clock,
): Promise<DeviceState | undefined> {
  const facts = await store.facts(device);
  if (facts === undefined) return undefined;
  const state = new DeviceState();
  state.settingsRead(facts);
  state.documents.assignmentRead(facts.modelId);
  takeStoredRate(state, facts, clock);
  if (facts.birth !== undefined) state.born(facts.birth);
  const jpegBytes = facts.telemetry?.jpegBytes;
  if (jpegBytes !== undefined) state.costs.filesMeasured(jpegBytes);
  state.costs.blocksMeasured(await store.profileOf(device));
  takeStoredLink(state, facts, clock);
  await loadModel(state, device, store, shelf);
  await loadPlans(state, device, { store, shelf, clock });
  return state;
}

/** Before the birth: it is not known which of the two came last. */
function takeStoredRate({ rate }: DeviceState, facts: DeviceFacts, clock: Clock): void {
  const { telemetry, telemetryAt } = facts;
  if (telemetryAt === null) return;
  const sinceMs = clock.now().getTime() - telemetryAt.getTime();
  const atMs = clock.monotonicMs() - sinceMs;
  rate.report(telemetry?.intervalMs, atMs, telemetry?.intervalSpread);
}

function takeStoredLink(state: DeviceState, facts: DeviceFacts, clock: Clock): void {
  const link = facts.telemetry?.link;
  if (!link || facts.telemetryAt === null) return;
  const sinceMs = clock.now().getTime() - facts.telemetryAt.getTime();
  state.link.estimated(aged(link, sinceMs), clock.monotonicMs());
}

async function loadModel(
  { documents }: DeviceState,
  device: string,
  store: TwinsStore,
  shelf: ModelShelf,
): Promise<void> {
  const [newest] = await store.versions(device, 'model', 1);
  if (newest === undefined) return;
  documents.versionRead('model', newest.version, newest.appliedAt !== null);
  const { leaves, content, ...kept } = keptModel.parse(modelWithinRanges(newest.document));
  const model = kept.model === null ? undefined : await shelf.find(kept.model);
  if (kept.model !== null && model === undefined) return;
  const sent = model === undefined ? null : issued(model.document, leaves);
  documents.modelRead({ ...kept, model: sent }, model, content);
}

/** The model as it went out: the shelf's own object, which all devices share, unless its policy has changed since. */
function issued(document: ModelDocument, leaves: ModelDocument['leaves']): ModelDocument {
  return document.leaves === leaves ? document : { ...document, leaves };
}

interface Sources {
  readonly store: TwinsStore;
  readonly shelf: ModelShelf;
  readonly clock: Clock;
}

/**
 * Oldest first. Plans whose model was deleted run nothing, but their versions stay in use. They count in the budget: a restart gives no
 * new one.
 */
async function loadPlans(
  { documents, budget }: DeviceState,
  device: string,
  { store, shelf, clock }: Sources,
): Promise<void> {
  const newest = await store.versions(device, 'plan', PLANS_REMEMBERED);
  for (const { version, document, appliedAt } of newest.toReversed()) {
    documents.versionRead('plan', version, appliedAt !== null);
    const kept = planIn(document);
    if (kept !== undefined) countIn(budget, kept.plan, clock);
    const model = kept && (await shelf.find(kept.modelId));
    if (model) documents.planIssued({ ...kept, model: model.document });
  }
}

function countIn(budget: PlanBudget, { at, cause }: DesiredPlan, clock: Clock): void {
  const sinceMs = Math.max(0, clock.now().getTime() - Date.parse(at));
  if (isAutomatic(cause.code)) budget.issued(clock.monotonicMs() - sinceMs);
}
