/** What frames of the devices of a rollout cost before and after their switch, and which devices have run any. */
import { Inject, Injectable } from '@nestjs/common';
import { FleetService } from '../../fleet/index.js';
import { type FrameCosts, type FrameSpan, HistoryService } from '../../history/index.js';
import { ModelsService } from '../../models/index.js';
import type { Comparison } from '../rules/breaches.js';
import type { RolloutDevice } from '../rules/rollout.js';
import { judgedFromMs, type LiveSession } from '../rules/sessions.js';
import { isIdle } from '../rules/silence.js';
import { storedOf } from '../store/rollout-view.js';
import type { RolloutRow } from '../store/rollouts.store.js';

/** How far back frames are looked at, from the switch and from now. */
const SPAN_MS = 15 * 60_000;
/** Devices of a wave whose frames are compared: enough to judge, and quick to count. */
const COMPARED = 100;
/** Devices whose frames are counted in one question. */
const AT_ONCE = 500;

const NOTHING: FrameCosts = { frames: 0, failed: 0, fallbacks: 0, p95Ms: null };
const NOTHING_COMPARED: Comparison = {
  ...{ before: NOTHING, after: NOTHING, comparedFrames: 0 },
  unheard: new Set(),
};

interface Before {
  readonly of: string;
  readonly costs: FrameCosts;
  /** Devices that ran frames then. */
  readonly devices: ReadonlySet<string>;
}

@Injectable()
export class RolloutFrames {
  private readonly before = new Map<string, Before>();

  constructor(
    @Inject(HistoryService) private readonly history: HistoryService,
    @Inject(ModelsService) private readonly models: ModelsService,
    @Inject(FleetService) private readonly fleet: FleetService,
  ) {}

  /** Another rollout is over, or is to be read again. */
  forget(rollout: string): void {
    this.before.delete(rollout);
  }

  /**
   * The devices, with what is found of their frames before the switch, and with the time of the first look that finds one since. How
   * many a device ran before stays unknown where some may be missing: retention has removed them, or the device has not sent them.
   */
  async counted(
    rollout: RolloutRow,
    devices: readonly RolloutDevice[],
    now: Date,
  ): Promise<RolloutDevice[]> {
    const idle = devices.filter((one) => one.wave <= rollout.wave && isIdle(one));
    if (idle.length === 0 || rollout.state === 'rolling-back') return [...devices];
    const unknown = idle.filter(({ ranBefore }) => ranBefore === null);
    const ran = await this.counts(unknown.map((one) => spanBefore(one, now)));
    // Asked afterwards: retention raises its mark before it removes frames.
    const wholeFromMs = unknown.length === 0 ? 0 : await this.history.wholeFromMs();
    const isWhole = (one: RolloutDevice) =>
      spanBefore(one, now).fromMs >= wholeFromMs && !this.hasBacklog(one.device);
    const digest = await this.digestOf(rollout);
    const since = await this.counts(
      idle.map((one) => spanSince(one, now)),
      digest,
    );
    const asked = new Set(idle);
    return devices.map((one) => {
      if (!asked.has(one)) return one;
      const none = isWhole(one) ? 0 : null;
      const ranBefore = one.ranBefore ?? ran.get(one.device) ?? none;
      const ranAt = since.has(one.device) ? now : null;
      return ranBefore === one.ranBefore && ranAt === null ? one : { ...one, ranBefore, ranAt };
    });
  }

  /**
   * What frames of the wave under way cost, before and since. All frames of the times that are judged count; which times these are
   * depends on sessions alone, never on what became of a frame.
   */
  async compare(
    rollout: RolloutRow,
    devices: readonly RolloutDevice[],
    live: ReadonlyMap<string, LiveSession>,
    now: Date,
  ): Promise<Comparison> {
    const { gates } = storedOf(rollout);
    const ready = devices
      .filter((one) => one.wave === rollout.wave && one.state === 'ready')
      .slice(0, COMPARED);
    if (ready.length === 0) return NOTHING_COMPARED;
    const warmUpMs = 1000 * gates.warmUpS;
    const before = await this.costsBefore(
      rollout.id,
      ready.flatMap((one) => warmSpan(one, warmUpMs) ?? []),
    );
    const digest = await this.digestOf(rollout);
    const judged = ready.flatMap((one) => {
      return spanFrom(one.device, judgedFromMs(one, live.get(one.device), gates), now);
    });
    const after = await this.costs(judged, digest);
    const warm = judged.flatMap(({ device, fromMs }) => {
      const begunMs = live.get(device)?.beganAt.getTime() ?? now.getTime();
      if (!before.devices.has(device)) return [];
      return spanFrom(device, Math.max(fromMs, begunMs + warmUpMs), now);
    });
    const own = await this.costs(warm, digest);
    return {
      ...{ before: before.costs, after: { ...after, p95Ms: own.p95Ms } },
      comparedFrames: own.frames,
      unheard: await this.unheardOf(ready, judged, live, digest),
    };
  }

  /** Devices that are connected again since they were ready, ran frames before, and have run none in what is judged of their session. */
  private async unheardOf(
    ready: readonly RolloutDevice[],
    judged: readonly FrameSpan[],
    live: ReadonlyMap<string, LiveSession>,
    digest: string | undefined,
  ): Promise<ReadonlySet<string>> {
    const again = new Set(
      ready.flatMap(({ device, readyAt, ranBefore }) => {
        const beganAt = live.get(device)?.beganAt;
        const isAgain = readyAt !== null && beganAt !== undefined && beganAt > readyAt;
        return isAgain && ranBefore !== 0 ? [device] : [];
      }),
    );
    const ran = await this.counts(
      judged.filter(({ device }) => again.has(device)),
      digest,
    );
    return new Set([...again].filter((device) => !ran.has(device)));
  }

  private costs(spans: readonly FrameSpan[], digest?: string): Promise<FrameCosts> {
    return spans.length === 0 ? Promise.resolve(NOTHING) : this.history.costs(spans, digest);
  }

  /** True for a device with records that this service has not got: that it has none of a time says nothing. */
  private hasBacklog(device: string): boolean {
    const { recordsWaiting = 0 } = this.fleet.heardOf(device)?.telemetry ?? {};
    return recordsWaiting > 0;
  }

  private async digestOf(rollout: RolloutRow): Promise<string | undefined> {
    const { model } = storedOf(rollout).change;
    const document = model === undefined ? undefined : await this.models.documentOf(model);
    return document?.digest;
  }

  private async counts(
    spans: readonly FrameSpan[],
    digest?: string,
  ): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    for (let at = 0; at < spans.length; at += AT_ONCE) {
      const some = await this.history.frameCounts(spans.slice(at, at + AT_ONCE), digest);
      for (const [device, frames] of some) found.set(device, frames);
    }
    return found;
  }

  /** What was before does not change: it is counted once for the same devices. */
  private async costsBefore(rollout: string, spans: readonly FrameSpan[]): Promise<Before> {
    const of = spans.map(({ device, toMs }) => `${device} ${toMs}`).join();
    const known = this.before.get(rollout);
    if (known?.of === of) return known;
    const wholeFromMs = await this.history.wholeFromMs();
    const whole = spans
      .map((span) => ({ ...span, fromMs: Math.max(span.fromMs, wholeFromMs) }))
      .filter(({ fromMs, toMs }) => fromMs < toMs);
    const devices = new Set((await this.counts(whole)).keys());
    const before = { of, costs: await this.costs(whole), devices };
    // Retention has removed frames meanwhile.
    if ((await this.history.wholeFromMs()) !== wholeFromMs) return this.costsBefore(rollout, spans);
    this.before.set(rollout, before);
    return before;
  }
}

function spanBefore({ device, switchedAt }: RolloutDevice, now: Date): FrameSpan {
  const toMs = (switchedAt ?? now).getTime();
  return { device, fromMs: toMs - SPAN_MS, toMs };
}

/** Without the first frames of its session; undefined where nothing else is known of it. */
function warmSpan(one: RolloutDevice, warmUpMs: number): FrameSpan | undefined {
  const { device, switchedAt, onlineSince } = one;
  if (switchedAt === null || onlineSince === null) return undefined;
  const toMs = switchedAt.getTime();
  const fromMs = Math.max(toMs - SPAN_MS, onlineSince.getTime() + warmUpMs);
  return fromMs < toMs ? { device, fromMs, toMs } : undefined;
}

function spanSince({ device, readyAt }: RolloutDevice, now: Date): FrameSpan {
  const toMs = now.getTime();
  const fromMs = Math.max((readyAt ?? now).getTime(), toMs - SPAN_MS);
  return { device, fromMs: Math.min(fromMs, toMs), toMs };
}

/** The last minutes until now, from a time on; none where that is unknown or in the future. */
function spanFrom(device: string, leastMs: number | undefined, now: Date): FrameSpan[] {
  if (leastMs === undefined) return [];
  const toMs = now.getTime();
  const fromMs = Math.max(leastMs, toMs - SPAN_MS);
  return fromMs < toMs ? [{ device, fromMs, toMs }] : [];
}
