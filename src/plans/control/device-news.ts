/** News of devices: what they measured and reported, and what an operator set. Notable news leads to planning. */
import { Inject, Injectable } from '@nestjs/common';
import { Broker } from '../../broker/index.js';
import { Clock, EventBus, LimitedLog, Log } from '../../platform/index.js';
import {
  type Birth,
  type BlockProfile,
  Fault,
  type LinkEstimate,
  type Profile,
  type Reported,
  type SentBy,
  type Telemetry,
} from '../../wire/index.js';
import type { DeviceState } from '../state/device-state.js';
import { DeviceStates } from '../state/device-states.js';
import { type TwinName, TwinsStore } from '../state/twins.store.js';
import { CapWatch } from './cap-watch.js';
import { Replanner } from './replanner.js';
import { SiteWatch } from './site-watch.js';

/** Lines about documents that devices rejected: one device that rejects all must not fill the log. */
const REFUSALS = { burst: 50, perMinute: 60 };

/** The message that reports on a document. */
const REPORTS = { plan: 'reportedPlan', model: 'reportedModel' } as const;

@Injectable()
export class DeviceNews {
  private readonly lines: LimitedLog;

  constructor(
    @Inject(TwinsStore) private readonly store: TwinsStore,
    @Inject(DeviceStates) private readonly states: DeviceStates,
    @Inject(Replanner) private readonly replanner: Replanner,
    @Inject(CapWatch) private readonly caps: CapWatch,
    @Inject(SiteWatch) private readonly sites: SiteWatch,
    @Inject(Broker) private readonly broker: Broker,
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Log) log: Log,
  ) {
    this.lines = new LimitedLog(log.child({ part: 'plans' }), clock, REFUSALS);
  }

  /** Block times of a device. */
  async profiled(device: string, profile: Profile): Promise<void> {
    await this.states.inOrder(device, async ({ costs, documents }) => {
      if (!costs.runsBlocks) {
        return this.unused(device, 'profile', 'blocks: by its birth the device runs none');
      }
      const saved = await this.store.saveProfile(device, profile.blocks, this.clock.now());
      const isKnown = ({ digest }: BlockProfile): boolean => saved.has(digest);
      const known = profile.blocks.filter(isKnown);
      costs.blocksMeasured(known.map(({ digest, medianMs }) => [digest, medianMs]));
      const at = profile.blocks.findIndex((block) => !isKnown(block));
      if (at >= 0) {
        const text = `blocks.${at}.digest: no model has block ${profile.blocks[at]?.digest}`;
        this.unused(device, 'profile', text);
      }
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
    if (link.downlinkMsPerByte !== undefined) state.costs.downlinkIsMeasured();
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

  /** What a device did with a document. A report of the cut that frames follow says that the plan is applied. */
  async reported(device: string, name: TwinName, reported: Reported): Promise<void> {
    const { version, cut } = reported;
    await this.states.inOrder(device, async (state) => {
      const { documents } = state;
      const wrong = documents.reportFault(name, reported);
      if (wrong !== undefined) return this.unused(device, REPORTS[name], wrong);
      if (cut !== undefined) {
        state.row.followsRow({ version, cut, at: this.clock.now() });
        // Devices report each switch of rows: what is stored already is not stored again.
        if (documents.isApplied(name, version)) return;
      }
      const isKnown = await this.store.saveReport(device, name, reported, this.clock.now());
      if (!isKnown) {
        const text = `version: ${name} ${version} is no longer stored`;
        return this.unused(device, REPORTS[name], text);
      }
      if (name === 'plan') this.events.emit('plans.planReported', { device, reported });
      if (reported.state === 'applied') this.applied(device, state, name, version);
      else this.refused(device, state, name, reported);
    });
  }

  private refused(
    device: string,
    { documents }: DeviceState,
    name: TwinName,
    { version, fault }: Reported,
  ): void {
    documents.refused(name, version);
    this.lines.warn({ device, name, version, ...fault }, 'document rejected by device');
  }

  /** Answers a message that is not used. */
  private unused(device: string, about: SentBy<'device'>, text: string): void {
    this.broker.sendFault(device, about, new Fault('MESSAGE_UNUSED', text));
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
