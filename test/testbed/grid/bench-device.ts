/** One device of the grid seen over REST: its plans, its frames, its link, and waiting until they are what a row asks for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LinkSettings } from '../../support/link-shaper.js';
import type { Service } from '../../support/processes.js';
import type { EmulatedDevice } from '../emulation/emulation.js';
import type { PlanState, PlanView } from '../fleet.js';
import type { GridFrame, MeasuredRow, Row } from './grid.js';

const LOOK_MS = 150;
/** A plan that stays for so long after it was asked for is the one that was asked for. */
const SETTLED_MS = 1200;
/** The first frames under a new plan load its blocks on both sides. */
const SETTLING_FRAMES = 2;
/** Packet headers are part of the rate, and the estimate sees tensors only: a little below is right. */
const NEAR = { least: 0.8, most: 1.15 };
/** Longer is not waited for an estimate; the cell then shows what the device believes. */
const LINK_PATIENCE_MS = 20_000;
const LIMIT_MS = 60_000;

export class BenchDevice {
  constructor(
    private readonly service: Service,
    private readonly id: string,
    private readonly emulated: EmulatedDevice,
  ) {}

  /** Waits until the device has measured its blocks and has a plan. Throws with the agent's last lines. */
  async untilPlanned(limitMs: number): Promise<PlanView> {
    const state = await this.until('a first plan', limitMs, () => this.plan());
    return state.desired;
  }

  /** Changes the link, and waits until the device has noticed by the frames it sends. */
  async changeLink(link: LinkSettings): Promise<void> {
    await this.emulated.setLink(link);
    await this.order('cloud');
    const endMs = performance.now() + LINK_PATIENCE_MS;
    let nearFrames = 0;
    await this.until('the link to be noticed', LINK_PATIENCE_MS + LIMIT_MS, async () => {
      const ratio = ((await this.plan())?.explanation.linkNow.uplinkMbps ?? 0) / link.uplinkMbps;
      nearFrames = ratio > NEAR.least && ratio < NEAR.most ? nearFrames + 1 : 0;
      return nearFrames * LOOK_MS > SETTLED_MS || performance.now() > endMs ? true : undefined;
    });
  }

  /** Has the plans made for a row, and collects frames that were begun under them. */
  async measure(row: Row, frames: number): Promise<MeasuredRow> {
    const plan = await this.follow(row);
    const fromMs = Date.now();
    const limitMs = LIMIT_MS + 4 * (frames + SETTLING_FRAMES) * plan.predicted.totalMs;
    const taken = await this.until(`${frames} frames, ${row.name}`, limitMs, async () => {
      const found = await this.framesSince(fromMs);
      return found.length < frames + SETTLING_FRAMES ? undefined : found;
    });
    const state = await this.plan();
    const kept = taken.slice(SETTLING_FRAMES, SETTLING_FRAMES + frames);
    return { row, plan: state?.desired ?? plan, frames: kept, periodMs: periodOf(kept) };
  }

  /** The plan of a row, once it is the one the device applied and stays. */
  private async follow(row: Row): Promise<PlanView> {
    await this.order(row.strategy);
    let plan: PlanView | undefined;
    let sinceMs = performance.now();
    return await this.until(`a plan of strategy ${row.strategy}`, LIMIT_MS, async () => {
      const state = await this.plan();
      if (state === undefined || state.reported?.state !== 'applied') return undefined;
      if (state.desired.version !== plan?.version) sinceMs = performance.now();
      plan = state.desired;
      const isSettled = performance.now() - sinceMs > SETTLED_MS;
      return isSettled && fits(row, plan) ? plan : undefined;
    });
  }

  private async order(strategy: Row['strategy']): Promise<void> {
    await this.service.request('PATCH', `/api/v1/devices/${this.id}`, { strategy });
  }

  private async plan(): Promise<(PlanState & Reported) | undefined> {
    return await this.service
      .request<PlanState & Reported>('GET', `/api/v1/devices/${this.id}/plan`)
      .catch(() => undefined);
  }

  /** Frames that began since then, oldest first. */
  private async framesSince(fromMs: number): Promise<GridFrame[]> {
    const path = `/api/v1/devices/${this.id}/frames?limit=1000&from=${fromMs}`;
    const { frames } = await this.service.request<{ frames: GridFrame[] }>('GET', path);
    return frames.reverse();
  }

  /** Asks until there is an answer; throws with the agent's last lines when it ends or time is up. */
  private async until<T>(
    what: string,
    limitMs: number,
    ask: () => Promise<T | undefined>,
  ): Promise<T> {
    const { agent } = this.emulated;
    const endMs = performance.now() + limitMs;
    for (;;) {
      const answer = await agent.whileRunning(ask());
      if (answer !== undefined) return answer;
      if (performance.now() > endMs) {
        const said = agent.lines.slice(-10).join('\n');
        throw new Error(`${this.id}: waited ${Math.round(limitMs)} ms for ${what}:\n${said}`);
      }
      await sleep(LOOK_MS);
    }
  }
}

interface Reported {
  readonly reported: { readonly state: string } | null;
}

/** From end to end of frames that follow each other; a single one has none, and counts as its own time. */
function periodOf(frames: readonly GridFrame[]): number {
  const ends = frames.map(({ startedAt, totalMs }) => Date.parse(startedAt) + totalMs);
  const [first, ...others] = ends.toSorted((a, b) => a - b);
  const last = others.at(-1);
  if (first === undefined || last === undefined) return frames[0]?.totalMs ?? 0;
  return (last - first) / others.length;
}

/** Whether a plan can be the one a row asked for. */
function fits({ strategy }: Row, { device, cloud }: PlanView): boolean {
  if (strategy === 'local') return cloud.length === 0;
  return strategy !== 'cloud' || device.length === 0;
}
