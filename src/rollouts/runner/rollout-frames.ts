/** What frames of the devices of a rollout cost before and after their switch, and which devices have run any. */
import { Inject, Injectable } from '@nestjs/common';
import { type FrameCosts, type FrameSpan, HistoryService } from '../../history/index.js';
import { ModelsService } from '../../models/index.js';
import type { Comparison } from '../rules/breaches.js';
import type { RolloutDevice } from '../rules/rollout.js';
import { isIdle } from '../rules/silence.js';
import { DeviceSettingsStore } from '../store/device-settings.store.js';
import { storedOf } from '../store/rollout-view.js';
import type { RolloutRow } from '../store/rollouts.store.js';

/** How far back frames are looked at, from the switch and from now. */
const SPAN_MS = 15 * 60_000;
/** Devices of a wave whose frames are compared: enough to judge, and quick to count. */
const COMPARED = 100;
/** Devices whose frames are counted in one question. */
const AT_ONCE = 500;

const NOTHING: FrameCosts = { frames: 0, failed: 0, fallbacks: 0, p95Ms: null };

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
    @Inject(DeviceSettingsStore) private readonly settings: DeviceSettingsStore,
  ) {}

  /** Another rollout is over, or is to be read again. */
  forget(rollout: string): void {
    this.before.delete(rollout);
  }

  /** The devices, with what is found of their frames before the switch, and with the time of the first look that finds one since. */
  async counted(
    rollout: RolloutRow,
    devices: readonly RolloutDevice[],
    now: Date,
  ): Promise<RolloutDevice[]> {
    const idle = devices.filter((one) => one.wave <= rollout.wave && isIdle(one));
    if (idle.length === 0 || rollout.state === 'rolling-back') return [...devices];
    const unknown = idle.filter(({ ranBefore }) => ranBefore === null);
    const ran = await this.counts(unknown.map((one) => spanBefore(one, now)));
    const digest = await this.digestOf(rollout);
    const since = await this.counts(
      idle.map((one) => spanSince(one, now)),
      digest,
    );
    const asked = new Set(idle);
    return devices.map((one) => {
      if (!asked.has(one)) return one;
      const ranBefore = one.ranBefore ?? ran.get(one.device) ?? 0;
      const ranAt = since.has(one.device) ? now : null;
      return ranBefore === one.ranBefore && ranAt === null ? one : { ...one, ranBefore, ranAt };
    });
  }

  /** What frames of the wave under way cost, before and since; frames of a time without this service are not held against it. */
  async compare(
    rollout: RolloutRow,
    devices: readonly RolloutDevice[],
    { now, listeningSince }: { readonly now: Date; readonly listeningSince: Date },
  ): Promise<Comparison> {
    const ready = devices
      .filter((one) => one.wave === rollout.wave && one.state === 'ready')
      .slice(0, COMPARED);
    if (ready.length === 0) return { before: NOTHING, after: NOTHING, comparedFrames: 0 };
    const warmUpMs = 1000 * storedOf(rollout).gates.warmUpS;
    const before = await this.costsBefore(
      rollout.id,
      ready.flatMap((one) => warmSpan(one, warmUpMs) ?? []),
    );
    const digest = await this.digestOf(rollout);
    // Devices return one by one after a start of the service, and their frames fall back until then.
    const servedMs = listeningSince.getTime() + warmUpMs;
    const spanOf = (one: RolloutDevice) => {
      const isInterrupted = one.readyAt !== null && one.readyAt < listeningSince;
      return spanSince(one, now, isInterrupted ? servedMs : 0);
    };
    const after = await this.history.costs(ready.map(spanOf), digest);
    const compared = ready.filter(({ device }) => before.devices.has(device));
    const sessions = await this.settings.settingsOf(compared.map(({ device }) => device));
    const warm = compared.flatMap((one) => {
      const session = sessions.get(one.device);
      if (session?.isConnected !== true) return [];
      const { device, fromMs, toMs } = spanOf(one);
      const warmMs = Math.max(fromMs, session.stateAt.getTime() + warmUpMs);
      return warmMs < toMs ? [{ device, fromMs: warmMs, toMs }] : [];
    });
    const own = warm.length === 0 ? NOTHING : await this.history.costs(warm, digest);
    return {
      before: before.costs,
      after: { ...after, p95Ms: own.p95Ms },
      comparedFrames: own.frames,
    };
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
    const devices = new Set((await this.counts(spans)).keys());
    const costs = spans.length === 0 ? NOTHING : await this.history.costs(spans);
    const before = { of, costs, devices };
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

function spanSince({ device, readyAt }: RolloutDevice, now: Date, leastMs = 0): FrameSpan {
  const toMs = now.getTime();
  const fromMs = Math.max((readyAt ?? now).getTime(), toMs - SPAN_MS, leastMs);
  return { device, fromMs: Math.min(fromMs, toMs), toMs };
}
