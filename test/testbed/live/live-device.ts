/** One real agent behind a link that follows a trace: orders for it over REST, and the frames it prints meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DesiredPlan } from '../../../src/wire/index.js';
import type { LineListener, Service } from '../../support/processes/processes.js';
import type { EmulatedDevice } from '../emulation/emulation.js';
import type { LiveFrame, Plans } from './live-frames.js';
import type { LivePolicy } from './live-options.js';
import { playSteps, type TraceStep } from './trace-steps.js';

const LOOK_MS = 100;
/** A large network is profiled and loaded slowly on a slow processor. */
const PLAN_LIMIT_MS = 300_000;
const PAGE = 100;

interface PlanAnswer {
  readonly desired: DesiredPlan;
  readonly reported: { readonly state: string } | null;
}

/** Frames of a while, and the plans they name. */
export interface LiveTake {
  readonly frames: readonly LiveFrame[];
  readonly plans: Plans;
  readonly beganMs: number;
  readonly versions: number;
}

/** Frames as an agent prints them; `take` is to be given every line of it. */
export class LiveFrames {
  readonly all: LiveFrame[] = [];

  readonly take: LineListener = (line, stream) => {
    if (stream !== 'stdout' || !line.startsWith('{')) return;
    this.all.push({ ...(JSON.parse(line) as LiveFrame), endedMs: performance.now() });
  };
}

export class LiveDevice {
  constructor(
    private readonly service: Service,
    private readonly id: string,
    private readonly emulated: EmulatedDevice,
    private readonly frames: LiveFrames,
  ) {}

  /**
   * Orders a policy, and waits until frames run under its plan. Only a plan by strategy `auto` has a table, so every order
   * between that and another leads to a new version.
   */
  async order(policy: LivePolicy): Promise<DesiredPlan> {
    const isAdaptive = policy === 'adaptive';
    const strategy = isAdaptive ? 'auto' : policy;
    await this.service.request('PATCH', `/api/v1/devices/${this.id}`, { strategy });
    const plan = await this.until(`a plan by ${strategy}`, async () => {
      const answer = await this.plan();
      const isApplied = answer?.reported?.state === 'applied';
      const hasTable = answer?.desired.table !== undefined;
      return isApplied && hasTable === isAdaptive ? answer.desired : undefined;
    });
    await this.until('a frame under it', async () =>
      this.frames.all.findLast((frame) => (frame.plan?.version ?? 0) >= plan.version),
    );
    return plan;
  }

  /** Plays the steps; the frames that began meanwhile. */
  async play(steps: readonly TraceStep[], lastsMs: number): Promise<LiveTake> {
    const first = (await this.plan())?.desired.version ?? 1;
    this.frames.all.length = 0;
    const beganMs = performance.now();
    const { agent, setUplink } = this.emulated;
    await agent.whileRunning(playSteps(steps, lastsMs, setUplink));
    // The link may end in an outage: the frame that is out then has to be answered, too.
    await setUplink(Math.max(1, steps.at(-1)?.mbps ?? 1));
    const isOver = ({ endedMs, totalMs }: LiveFrame): boolean =>
      endedMs - totalMs >= beganMs + lastsMs;
    await this.until('the last frame', async () => this.frames.all.find(isOver));
    const plans = await this.plansSince(first);
    const frames = this.frames.all.filter(
      (frame) => frame.endedMs - frame.totalMs >= beganMs && !isOver(frame),
    );
    return { frames, plans, beganMs, versions: plans.size - 1 };
  }

  private async plan(): Promise<PlanAnswer | undefined> {
    return await this.service
      .request<PlanAnswer>('GET', `/api/v1/devices/${this.id}/plan`)
      .catch(() => undefined);
  }

  /** Plans from a version on. */
  private async plansSince(first: number): Promise<Plans> {
    const found = new Map<number, DesiredPlan>();
    for (let cursor = ''; ; ) {
      const path = `/api/v1/devices/${this.id}/plans?limit=${PAGE}${cursor}`;
      const page = await this.service.request<{ plans: PlanAnswer[]; next: string | null }>(
        'GET',
        path,
      );
      for (const { desired } of page.plans) {
        if (desired.version < first) return found;
        found.set(desired.version, desired);
      }
      if (page.next === null) return found;
      cursor = `&cursor=${page.next}`;
    }
  }

  private async until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
    const endMs = performance.now() + PLAN_LIMIT_MS;
    for (;;) {
      const answer = await ask();
      this.emulated.agent.assertRunning();
      if (answer !== undefined) return answer;
      if (performance.now() > endMs) {
        const said = this.emulated.agent.lines.filter((line) => !line.startsWith('{')).slice(-10);
        throw new Error(`${this.id}: waited in vain for ${what}:\n${said.join('\n')}`);
      }
      await sleep(LOOK_MS);
    }
  }
}
