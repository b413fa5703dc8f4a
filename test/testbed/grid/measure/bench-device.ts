/** One device of the grid: the plans that are ordered for it over REST, and the frames it prints under them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LinkSettings } from '../../../support/mqtt/link-shaper.js';
import type { Service } from '../../../support/processes/processes.js';
import type { EmulatedDevice } from '../../emulation/emulation.js';
import type { PlanState, PlanView } from '../../fleet.js';
import type { FrameLog } from './frame-log.js';
import type { GridFrame, Row, Turn } from './grid.js';

const LOOK_MS = 20;
/** Packet headers are part of the rate, and the estimate sees tensors only: a little below is right. */
const NEAR = { least: 0.85, most: 1.1 };
/** Looks in a row, `LINK_LOOK_MS` apart, at which the estimate must be near. */
const NEAR_LOOKS = 3;
const LINK_LOOK_MS = 150;
/** Longer is not waited for an estimate; the cell then shows what the device believes. */
const LINK_PATIENCE_MS = 12_000;
const LIMIT_MS = 60_000;
/** Far beyond every prediction, and different with every order: the plan that carries it answers that order. */
const DEADLINE_MS = 60_000;

/** How long a turn of a row is. */
export interface TurnLength {
  /** Frames that are left out first: they load blocks, fill the pipeline, or are still of the plan before. */
  readonly settlingFrames: number;
  readonly frames: number;
  /** So long at least, however many frames that are: what is measured is a rate. */
  readonly minMs: number;
  /** After so long fewer frames are enough. */
  readonly maxMs: number;
  readonly minFrames: number;
}

/** A turn, and the plans in force in it by version. */
export interface PlannedTurn {
  readonly turn: Turn;
  readonly plans: ReadonlyMap<number, PlanView>;
}

export class BenchDevice {
  private orders = 0;

  constructor(
    private readonly service: Service,
    private readonly id: string,
    private readonly emulated: EmulatedDevice,
    private readonly log: FrameLog,
  ) {}

  /** Waits until the device has measured its blocks and runs frames by a plan. Throws with the agent's last lines. */
  async untilPlanned(limitMs: number): Promise<PlanView> {
    const state = await this.until('a first plan', limitMs, () => this.plan());
    await this.until('a first frame', limitMs, async () => this.log.frames[0]);
    return state.desired;
  }

  /** Changes the link, and waits until the device has noticed by the frames it sends. */
  async changeLink(link: LinkSettings): Promise<void> {
    await this.emulated.setLink(link);
    await this.order('cloud');
    const endMs = performance.now() + LINK_PATIENCE_MS;
    for (let near = 0; near < NEAR_LOOKS && performance.now() < endMs; ) {
      const ratio = ((await this.plan())?.explanation.linkNow.uplinkMbps ?? 0) / link.uplinkMbps;
      near = ratio > NEAR.least && ratio < NEAR.most ? near + 1 : 0;
      await sleep(LINK_LOOK_MS);
    }
  }

  /** Has a plan made for a row, and collects frames that were begun under it or under plans that followed it. */
  async measure(strategy: Row['strategy'], length: TurnLength): Promise<PlannedTurn> {
    const { settlingFrames, frames, minMs, maxMs, minFrames } = length;
    const first = await this.order(strategy);
    const isOfRow = ({ planVersion }: GridFrame): boolean => planVersion >= first.version;
    let sinceMs: number | undefined;
    const taken = await this.until(`frames under ${strategy}`, LIMIT_MS, async () => {
      const from = this.log.frames.findIndex(isOfRow);
      const found = from < 0 ? [] : this.log.frames.slice(from + settlingFrames - 1);
      if (found.length > 0) sinceMs ??= performance.now();
      const isLong = performance.now() - (sinceMs ?? Number.POSITIVE_INFINITY) > maxMs;
      const isEnough = found.length > (isLong ? minFrames : frames);
      return isEnough && spanOf(found) >= minMs ? found : undefined;
    });
    const kept = taken.toSorted((a, b) => a.endedMs - b.endedMs).slice(1);
    const spanMs = spanOf(taken);
    this.log.frames.length = 0;
    return { turn: { frames: kept, spanMs }, plans: await this.plansOf(kept, first) };
  }

  /** The plan that answers this very order, once the device runs it. */
  private async order(strategy: Row['strategy']): Promise<PlanView> {
    this.orders += 1;
    const deadlineMs = DEADLINE_MS + this.orders;
    await this.service.request('PATCH', `/api/v1/devices/${this.id}`, { strategy, deadlineMs });
    return await this.until(`a plan of strategy ${strategy}`, LIMIT_MS, async () => {
      const state = await this.plan();
      const isApplied = state?.reported?.state === 'applied';
      return isApplied && state.desired.deadlineMs === deadlineMs ? state.desired : undefined;
    });
  }

  private async plan(): Promise<(PlanState & Reported) | undefined> {
    return await this.service
      .request<PlanState & Reported>('GET', `/api/v1/devices/${this.id}/plan`)
      .catch(() => undefined);
  }

  private async plansOf(
    frames: readonly GridFrame[],
    first: PlanView,
  ): Promise<ReadonlyMap<number, PlanView>> {
    const known = new Map([[first.version, first]]);
    if (frames.every(({ planVersion }) => known.has(planVersion))) return known;
    const path = `/api/v1/devices/${this.id}/plans?limit=20`;
    const { plans } = await this.service.request<{ plans: PlanState[] }>('GET', path);
    return new Map(plans.map(({ desired }) => [desired.version, desired]));
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
      const answer = await ask();
      agent.assertRunning();
      if (this.log.fault !== undefined) throw this.log.fault;
      if (answer !== undefined) return answer;
      if (performance.now() > endMs) {
        const said = agent.lines.filter((line) => !line.startsWith('{')).slice(-10);
        throw new Error(
          `${this.id}: waited ${Math.round(limitMs)} ms for ${what}:\n${said.join('\n')}`,
        );
      }
      await sleep(LOOK_MS);
    }
  }
}

/** From the first end of a frame to the last. */
function spanOf(frames: readonly GridFrame[]): number {
  const ends = frames.map(({ endedMs }) => endedMs);
  return Math.max(...ends) - Math.min(...ends);
}

interface Reported {
  readonly reported: { readonly state: string } | null;
}
