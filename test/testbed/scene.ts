/** One scene of the demo: every device runs one network; half-way one link changes; what was planned and measured is kept. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LinkSettings } from '../support/link-shaper.js';
import type { Service } from '../support/processes.js';
import type { EmulatedPi, FrameView, PlanView } from './fleet.js';
import { paint, say } from './terminal.js';

/** What one device did under one state of its link. */
export interface Act {
  readonly device: string;
  readonly network: string;
  readonly linkText: string;
  readonly plan: PlanView;
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

/** Frames after a change of link or plan that still belong to the change. */
const SETTLING_FRAMES = 1;
const LIMIT_MS = 60_000;

/** Runs the scene; acts in order of devices, the changed device with a second one. */
export async function playScene(options: SceneOptions): Promise<Act[]> {
  const { service, pis, network, drop } = options;
  await Promise.all(
    pis.map((pi) => service.request('PATCH', `/api/v1/devices/${pi.id}`, { model: network.id })),
  );
  const acts = await Promise.all(
    pis.map(async (pi) => {
      const first = await playAct(options, pi, 0);
      if (pi.id !== drop.device) return [first];
      say(
        paint(
          'yellow',
          `${pi.id}: the link drops from ${pi.linkText} to ${drop.link.uplinkMbps} Mbps`,
        ),
      );
      pi.shaper.set(drop.link);
      return [first, await playAct(options, pi, first.plan.version)];
    }),
  );
  return acts.flat();
}

/** Waits for a plan newer than `afterVersion` and for enough frames under one and the same plan. */
async function playAct(
  { service, network, framesPerAct }: SceneOptions,
  pi: EmulatedPi,
  afterVersion: number,
): Promise<Act> {
  const linkText = pi.linkText;
  const endMs = performance.now() + LIMIT_MS;
  let plan: PlanView | undefined;
  let shown = 0;
  for (;;) {
    const current = await planOf(service, pi.id);
    if (
      current?.model === network.digest &&
      current.version > afterVersion &&
      current.version !== plan?.version
    ) {
      plan = current;
      shown = 0;
      sayPlan(pi.id, current);
    }
    const frames = plan ? await framesUnder(service, pi.id, plan) : [];
    if (plan && frames.length >= framesPerAct + SETTLING_FRAMES) {
      return {
        device: pi.id,
        network: network.name,
        linkText,
        plan,
        frames: frames.slice(SETTLING_FRAMES),
      };
    }
    if (plan && frames.length >= shown + 5) {
      shown = frames.length;
      sayFrame(pi.id, shown, frames.at(-1), plan);
    }
    if (performance.now() > endMs)
      throw new Error(
        `${pi.id} made no ${framesPerAct} frames in ${LIMIT_MS} ms:\n${pi.agent.lines.slice(-10).join('\n')}`,
      );
    await pi.agent.whileRunning(sleep(200));
  }
}

async function planOf(service: Service, device: string): Promise<PlanView | undefined> {
  const answer = await service
    .request<{ desired: PlanView }>('GET', `/api/v1/devices/${device}/plan`)
    .catch(() => undefined);
  return answer?.desired;
}

/** Frames of a plan, oldest first. */
async function framesUnder(service: Service, device: string, plan: PlanView): Promise<FrameView[]> {
  const { frames } = await service.request<{ frames: FrameView[] }>(
    'GET',
    `/api/v1/devices/${device}/frames?limit=200`,
  );
  return frames.filter((frame) => frame.planVersion === plan.version).reverse();
}

function sayPlan(device: string, plan: PlanView): void {
  const text = `${device}: plan ${plan.version} (${plan.cause.text}) – ${cutText(plan)}, predicted ${ms(plan.predicted.totalMs)}`;
  say(paint('cyan', text));
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
