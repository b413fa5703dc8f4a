/** News of devices: what they measured and reported, and what an operator set. Notable news leads to planning. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock, EventBus, LimitedLog, Log } from '../../platform/index.js';
import type { Birth, LinkEstimate, Profile, Reported, Telemetry } from '../../wire/index.js';
import type { DeviceState } from '../state/device-state.js';
import { DeviceStates } from '../state/device-states.js';
import { type TwinName, TwinsStore } from '../state/twins.store.js';
import { CapWatch } from './cap-watch.js';
import { Replanner } from './replanner.js';
import { SiteWatch } from './site-watch.js';

/** Lines about documents that devices rejected: one device that rejects all must not fill the log. */
const REFUSALS = { burst: 50, perMinute: 60 };

@Injectable()
export class DeviceNews {
  private readonly lines: LimitedLog;

  constructor(
    @Inject(TwinsStore) private readonly store: TwinsStore,
    @Inject(DeviceStates) private readonly states: DeviceStates,
    @Inject(Replanner) private readonly replanner: Replanner,
    @Inject(CapWatch) private readonly caps: CapWatch,
    @Inject(SiteWatch) private readonly sites: SiteWatch,
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Log) log: Log,
  ) {
    this.lines = new LimitedLog(log.child({ part: 'plans' }), clock, REFUSALS);
  }

  /** Block times of a device. */
  async profiled(device: string, profile: Profile): Promise<void> {
    await this.states.inOrder(device, async ({ costs, documents }) => {
      const saved = await this.store.saveProfile(device, profile.blocks, this.clock.now());
      const known = profile.blocks.filter(({ digest }) => saved.has(digest));
      costs.blocksMeasured(known.map(({ digest, medianMs }) => [digest, medianMs]));
      if (profile.overheads !== undefined) costs.overheadsMeasured(profile.overheads);
      const cause = profile.because ?? 'profile';
      if (profile.model === documents.model?.document.digest) {
        this.replanner.request(device, cause);
      }
    });
  }

  /** What a device's frames are, how they come, and how the device can send them. */
  async born(device: string, birth: Birth): Promise<void> {
    await this.states.inOrder(device, async (state) => {
      const news = state.born(birth);
      if (news !== undefined) this.replanner.request(device, news);
    });
  }

  /** The usual length of the files that a device's frames come as. */
  async filesMeasured(device: string, jpegBytes: number): Promise<void> {
    await this.states.inOrder(device, async ({ costs }) => {
      if (costs.filesMeasured(jpegBytes)) this.replanner.request(device, 'source');
    });
  }

  /** The interval that a device measured between its frames, and its spread; undefined where it knows none. */
  async rateMeasured(
    device: string,
    { intervalMs, intervalSpread }: Pick<Telemetry, 'intervalMs' | 'intervalSpread'>,
  ): Promise<void> {
    const { rate } = await this.loaded(device);
    if (!rate.report(intervalMs, this.clock.monotonicMs(), intervalSpread)) return;
    this.replanner.request(device, rate.cause);
  }

  /** A new estimate of a device's link; most estimates change nothing and cost nothing. */
  async linkEstimated(device: string, link: LinkEstimate): Promise<void> {
    const state = await this.loaded(device);
    const hasMoved = state.link.estimated(link, this.clock.monotonicMs());
    if (hasMoved) this.replanner.request(device, 'link');
  }

  /** An operator may have changed what the device's plans depend on. A cap leads to a plan once the bytes of its month are known, a line once it is judged. */
  async settingsChanged(device: string): Promise<void> {
    await this.states.inOrder(device, async (state) => {
      const facts = await this.store.facts(device);
      if (facts !== undefined && state.settingsRead(facts)) {
        this.replanner.request(device, 'operator');
        if (facts.limits.monthlyBytes !== null) this.caps.look();
        if (facts.limits.uplink !== null) this.sites.look();
      }
    });
  }

  /** What a device did with a document. */
  async reported(device: string, name: TwinName, reported: Reported): Promise<void> {
    const { version, cut } = reported;
    await this.states.inOrder(device, async (state) => {
      if (name === 'plan' && cut !== undefined) {
        state.row.followsRow({ version, cut, at: this.clock.now() });
        return;
      }
      const isKnown = await this.store.saveReport(device, name, reported, this.clock.now());
      if (!isKnown) return;
      if (name === 'plan') this.events.emit('plans.planReported', { device, reported });
      if (reported.state === 'applied') this.applied(device, state, name, version);
      if (reported.state === 'refused') {
        const fields = { device, name, version, ...reported.fault };
        this.lines.warn(fields, 'document rejected by device');
      }
    });
  }

  /** Without a turn of its own for a device that is loaded: telemetry is frequent, and mostly no news. */
  private async loaded(device: string): Promise<DeviceState> {
    return this.states.get(device) ?? this.states.inOrder(device, async (state) => state);
  }

  private applied(device: string, { documents }: DeviceState, name: TwinName, version: number) {
    const issuedAt = documents.applied(name, version);
    if (issuedAt === undefined) return;
    const convergedMs = this.clock.now().getTime() - issuedAt.getTime();
    this.events.emit('plans.converged', { device, name, convergedMs });
  }
}
