/** One scene of the demo: every device runs one network; half-way one link changes; what was planned and measured is kept. */
import { setTimeout as sleep } from 'node:timers/promises';
import { cutsOf, type DesiredPlan } from '../../src/wire/index.js';
import type { LinkSettings } from '../support/mqtt/link-shaper.js';
import type { Service } from '../support/processes/processes.js';
import type { EmulatedPi, FrameView, PlanState, PlanView } from './fleet.js';
import { paint, say } from './terminal.js';

/** What one device did under one state of its link. */
export interface Act {
  readonly device: string;
  readonly network: string;
  readonly linkText: string;
  readonly plan: PlanView;
  /** False for a plan that was made for another link and kept. */
  readonly isOfThisLink: boolean;
  readonly frames: readonly FrameView[];
}

/** A registered network. */
export interface Network {
  readonly id: string;
  readonly name: string;
  readonly digest: string;
}

interface SceneOptions {
  readonly service: Service;
  readonly pis: readonly EmulatedPi[];
  readonly network: Network;
  readonly framesPerAct: number;
  /** The device whose link drops half-way, and to what. */
  readonly drop: { readonly device: string; readonly link: Partial<LinkSettings> };
}

/** Frames after a new plan that still belong to the change. */
const SETTLING_FRAMES = 1;
/** A plan that is kept for so long although the link is known outlives the change: two probes have passed, and the device believes them. */
const KEPT_MS = 6000;
/** Longer is not waited for the cloud to know the link. */
const PATIENCE_MS = 20_000;
/** An estimate this many times off is of another link. */
const ESTIMATE_RATIO = 2;
const LIMIT_MS = 60_000;

/** Runs the scene; acts in order of devices, the changed device with a second one. */
export async function playScene(options: SceneOptions): Promise<Act[]> {
  const { service, pis, network, drop } = options;
  await Promise.all(
    pis.map((pi) => service.request('PATCH', `/api/v1/devices/${pi.id}`, { model: network.id })),
  );
  const acts = await Promise.all(
    pis.map(async (pi) => {
      const first = await playAct(options, pi);
      if (pi.id !== drop.device) return [first];
      const text = `the link drops from ${pi.linkText} to ${drop.link.uplinkMbps} Mbps`;
      say(paint('yellow', `${pi.id}: ${text}`));
      pi.shaper.set(drop.link);
      return [first, await playAct(options, pi, first.plan)];
    }),
  );
  return acts.flat();
}

/** Waits until the plan fits the link, or is kept knowingly, then for enough frames under it. */
async function playAct(
  { service, network, framesPerAct }: SceneOptions,
  pi: EmulatedPi,
  before?: PlanView,
): Promise<Act> {
  const linkText = pi.linkText;
  const startMs = performance.now();
  const old = new Set((await framesOf(service, pi.id)).map((frame) => frame.frame));
  const isNear = (mbps: number): boolean => {
    const ratio = mbps / pi.shaper.settings.uplinkMbps;
    return ratio < ESTIMATE_RATIO && ratio > 1 / ESTIMATE_RATIO;
  };
  let knownSinceMs = Number.POSITIVE_INFINITY;
  let plan: PlanView | undefined;
  let isOfThisLink = true;
  let shown = 0;
  for (;;) {
    const nowMs = performance.now();
    const state = await planOf(service, pi.id);
    if (state !== undefined && state.desired.model === network.digest) {
      const { desired, explanation } = state;
      if (isNear(explanation.linkNow.uplinkMbps)) knownSinceMs = Math.min(knownSinceMs, nowMs);
      isOfThisLink = isNear(explanation.uplinkMbps);
      const isKept = nowMs - knownSinceMs > KEPT_MS || nowMs - startMs > PATIENCE_MS;
      if ((isOfThisLink || isKept) && !isSame(desired, plan)) {
        sayPlan(pi.id, desired, plan ?? before);
        plan = desired;
        shown = 0;
      }
    }
    const frames = plan ? await framesUnder(service, pi.id, plan, old) : [];
    if (plan && frames.length >= framesPerAct + SETTLING_FRAMES) {
      const kept = frames.slice(-framesPerAct);
      return { device: pi.id, network: network.name, linkText, plan, isOfThisLink, frames: kept };
    }
    if (plan && frames.length >= shown + 5) {
      shown = frames.length;
      sayFrame(pi.id, shown, frames.at(-1), plan);
    }
    if (nowMs - startMs > LIMIT_MS) {
      const said = pi.agent.lines.slice(-10).join('\n');
      throw new Error(`${pi.id} made no ${framesPerAct} frames in ${LIMIT_MS} ms:\n${said}`);
    }
    await pi.agent.whileRunning(sleep(200));
  }
}

interface Explained {
  readonly candidates: readonly {
    readonly cut: number;
    readonly predicted: PlanView['predicted'] | null;
  }[];
}

/** The plan as the device follows it: with the row it has chosen, priced for the link of now. */
async function planOf(service: Service, device: string): Promise<PlanState | undefined> {
  const path = `/api/v1/devices/${device}/plan`;
  const state = await service
    .request<PlanState & { readonly desired: DesiredPlan }>('GET', path)
    .catch(() => undefined);
  const cut = state?.explanation.follows.cut ?? 0;
  if (state === undefined || cut === 0) return state;
  const { candidates } = await service.request<Explained>('GET', `${path}/explain`);
  const predicted = candidates.find((one) => one.cut === cut)?.predicted;
  const row = cutsOf(state.desired)[cut];
  if (row === undefined || !predicted) return state;
  const { device: here, cloud, uploads } = row;
  return { ...state, desired: { ...state.desired, cut, device: here, cloud, uploads, predicted } };
}

const isSame = (one: PlanView, other: PlanView | undefined): boolean =>
  one.version === other?.version && (one.cut ?? 0) === (other.cut ?? 0);

/** The newest frames of a device, newest first. */
async function framesOf(service: Service, device: string): Promise<FrameView[]> {
  const path = `/api/v1/devices/${device}/frames?limit=200`;
  return (await service.request<{ frames: FrameView[] }>('GET', path)).frames;
}

/** New frames of a plan, oldest first. */
async function framesUnder(
  service: Service,
  device: string,
  plan: PlanView,
  old: ReadonlySet<string>,
): Promise<FrameView[]> {
  const isWanted = (frame: FrameView): boolean =>
    frame.planVersion === plan.version && !old.has(frame.frame);
  return (await framesOf(service, device)).filter(isWanted).reverse();
}

function sayPlan(device: string, plan: PlanView, before: PlanView | undefined): void {
  const isKept = plan.version === before?.version;
  const isRow = !isSame(plan, before);
  const kept = isRow
    ? 'a row of its table, by its own choice'
    : 'kept: no other is better by enough';
  const cause = isKept ? kept : plan.cause.text;
  const predicted = `predicted ${ms(plan.predicted.totalMs)}`;
  say(paint('cyan', `${device}: plan ${plan.version} – ${cutText(plan)}, ${predicted}`));
  say(paint('dim', `${' '.repeat(device.length)}  ${cause}`));
}

function sayFrame(
  device: string,
  count: number,
  frame: FrameView | undefined,
  plan: PlanView,
): void {
  if (!frame) return;
  say(
    `${device}: ${count} frames, the last in ${ms(frame.totalMs)} (predicted ${ms(plan.predicted.totalMs)}), ${frame.outcome}`,
  );
}

/** `3 of 7 blocks here, sends 24.5 KB`. */
export function cutText(plan: PlanView): string {
  const blocks = plan.device.length + plan.cloud.length;
  if (plan.cloud.length === 0) return `all ${blocks} blocks on the device`;
  const bytes = plan.uploads.reduce((sum, upload) => sum + upload.bytes, 0);
  const what = plan.uploads.every((upload) => upload.encoding === 'pixels')
    ? 'the picture'
    : `${plan.uploads.length} tensor${plan.uploads.length === 1 ? '' : 's'}`;
  return `${plan.device.length} of ${blocks} blocks on the device, sends ${what} (${(bytes / 1000).toFixed(1)} KB)`;
}

export function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}
