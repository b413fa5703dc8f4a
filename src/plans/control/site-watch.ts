/**
 * Watches the lines that devices of a site share, and plans the devices together when something moved notably.
 *
 * The planning thread answers one question at a time for all lines. Devices get the price of their line, and plan for themselves with
 * it. Where a line cannot be judged, its devices keep what they have of it.
 */
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { FleetService, type SiteUplink } from '../../fleet/index.js';
import { Clock, LimitedLog, Log, Sweep } from '../../platform/index.js';
import { PlanningThread } from '../decision/planning-thread.js';
import type { LineShare } from '../pricing/pace-margin.js';
import { type Judgement, LineJudge, sharesAfter } from '../sites/line-judge.js';
import type { LineMember } from '../sites/line-question.js';
import { isJudged } from '../sites/line-standing.js';
import { type LineDevice, linesOf, type SiteLine } from '../sites/site-lines.js';
import type { DeviceState } from '../state/device-state.js';
import { DeviceStates } from '../state/device-states.js';
import { Replanner } from './replanner.js';
import { fixedMbpsOf, Situations } from './situations.js';

const TICK_MS = 5_000;
/** A device that went away keeps its share for this time, so that one that comes and goes changes nothing. */
const AWAY_MS = 60_000;

/** What was seen of a device last. */
interface Seen {
  readonly onlineAtMs: number;
  /** While it loads another model its frames run on under the old one. */
  readonly member: LineMember | undefined;
}

/** Of a line that one device has alone. */
const FREE: Judgement = { kind: 'free', load: null };

type Sited = readonly [device: string, state: DeviceState, uplink: SiteUplink];

@Injectable()
export class SiteWatch implements OnModuleInit, OnModuleDestroy {
  private readonly lines: LimitedLog;
  private readonly looking: Sweep;
  private readonly seen = new Map<string, Seen>();
  private judges = new Map<string, LineJudge>();

  constructor(
    @Inject(DeviceStates) private readonly states: DeviceStates,
    @Inject(Situations) private readonly situations: Situations,
    @Inject(Replanner) private readonly replanner: Replanner,
    @Inject(PlanningThread) private readonly thread: PlanningThread,
    @Inject(FleetService) private readonly fleet: FleetService,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Log) log: Log,
  ) {
    this.lines = new LimitedLog(log.child({ part: 'plans' }), clock);
    const failed = 'lines of sites not judged; retrying';
    this.looking = new Sweep({ everyMs: TICK_MS, clock, log: this.lines, failed }, (closing) =>
      this.lookNow(closing),
    );
  }

  onModuleInit(): void {
    this.looking.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.looking.stop();
  }

  /** Judges the lines that are due, one after the other. */
  look(): void {
    this.looking.run();
  }

  private async lookNow(closing: AbortSignal): Promise<void> {
    const sited = this.sited();
    await this.see(sited);
    const lines = linesOf(sited.flatMap((one) => this.lineDevice(one)));
    this.judges = new Map(lines.map(({ key }) => [key, this.judges.get(key) ?? new LineJudge()]));
    for (const line of lines) {
      const judge = this.judges.get(line.key);
      if (judge?.isDue(line, this.clock.monotonicMs())) await this.judge(line, judge, closing);
      if (closing.aborted) return;
    }
  }

  /** Devices with the setting whose states are loaded. */
  private sited(): Sited[] {
    return this.states.ids().flatMap((device): Sited[] => {
      const state = this.states.get(device);
      const uplink = state?.settings.limits.uplink;
      return state && uplink ? [[device, state, uplink]] : [];
    });
  }

  private async see(sited: readonly Sited[]): Promise<void> {
    const ids = sited.map(([device]) => device);
    const online = await this.fleet.connectedOf(ids);
    const nowMs = this.clock.monotonicMs();
    const known = new Set(ids);
    for (const device of this.seen.keys()) if (!known.has(device)) this.seen.delete(device);
    for (const [device, state, uplink] of sited) {
      const member =
        this.situations.memberOf(device, state, uplink.mbps) ?? this.seen.get(device)?.member;
      if (online.has(device)) this.seen.set(device, { onlineAtMs: nowMs, member });
      else if (!this.isHere(device)) this.passOver(device, state, uplink);
    }
  }

  private isHere(device: string): boolean {
    const { onlineAtMs = Number.NEGATIVE_INFINITY } = this.seen.get(device) ?? {};
    return this.clock.monotonicMs() - onlineAtMs <= AWAY_MS;
  }

  /** A device that is away has no part of a line; its plans do not wait for it to come back. */
  private passOver(device: string, state: DeviceState, { site, mbps }: SiteUplink): void {
    if (isJudged(state.settings.limits.uplink, state.line)) return;
    state.lineJudged({ site, mbps, devices: 0, load: null, share: null });
    this.replanner.resume(device);
  }

  private lineDevice([device, state, uplink]: Sited): LineDevice[] {
    const member = this.seen.get(device)?.member;
    if (member === undefined || !this.isHere(device)) return [];
    return [{ uplink, member, fixedMbps: fixedMbpsOf(state, member) }];
  }

  private async judge(line: SiteLine, judge: LineJudge, closing: AbortSignal): Promise<void> {
    const isNewRate = judge.isNewRate(line);
    judge.asked(line, this.clock.monotonicMs());
    const { site, members } = line.question;
    const isAlone = line.devices.length < 2 || members.length === 0;
    const answer = isAlone ? FREE : await this.thread.share(line.question);
    if (closing.aborted) return;
    judge.answered(answer.kind !== 'impossible');
    if (answer.kind === 'impossible') {
      this.lines.warn({ site, because: answer.because }, 'devices of a site not planned together');
    }
    this.handOut(line, answer, isNewRate);
  }

  /** Devices get their shares, and a plan where they are others. */
  private handOut(line: SiteLine, answer: Judgement, isNewRate: boolean): void {
    const { mbps, devices, question } = line;
    const { site } = question;
    const before = devices.map((device) => this.shareOf(device, site));
    const shares = sharesAfter(line, answer, before, isNewRate);
    for (const [i, device] of devices.entries()) {
      const share = shares[i] ?? null;
      this.states.get(device)?.lineJudged({
        ...{ site, mbps, devices: devices.length, share },
        ...(answer.kind === 'impossible'
          ? { load: null, fault: answer.because }
          : { load: loadOf(answer.load, mbps, question.mbps) }),
      });
      // A device whose line is judged for the first time may have a plan with a price from before a restart.
      const isOther = JSON.stringify(before[i]) !== JSON.stringify(share);
      if (!this.replanner.resume(device) && isOther) this.replanner.request(device, 'site');
    }
  }

  /** Undefined for a device whose line was not judged. */
  private shareOf(device: string, site: string): LineShare | null | undefined {
    const standing = this.states.get(device)?.line;
    return standing?.site === site ? standing.share : undefined;
  }
}

/** Share of a line that is used, where some of its devices follow no prices and leave only a part of it to the others. */
function loadOf(load: number | null, mbps: number, sharedMbps: number): number | null {
  return load === null ? null : 1 - ((1 - load) * sharedMbps) / mbps;
}
