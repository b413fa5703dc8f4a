/**
 * A modelled fleet under a rollout, second by second: what devices do in truth, and what a service that is killed now and then
 * sees of it. Steps are those of the real rules; what becomes of devices is not.
 */
import { nextStep, type Step } from '../../../src/rollouts/rules/next-step.js';
import {
  gates as gatesOf,
  type RolloutDevice,
  waitingDevice,
} from '../../../src/rollouts/rules/rollout.js';
import { type LiveSession, SessionWatch } from '../../../src/rollouts/rules/sessions.js';
import { judged, standingOf } from '../../../src/rollouts/rules/silence.js';
import {
  isInLoopOff,
  MAX_OUTAGE_S,
  MAX_TIMING_S,
  type TrueDevice,
  trueDevices,
} from './true-device.js';

const COSTS = { frames: 100, failed: 0, fallbacks: 0, p95Ms: 100 };
const COMPARISON = { before: COSTS, after: COSTS, comparedFrames: 100, unheard: new Set<string>() };
const [SILENT_S, CONVERGE_S, OBSERVE_S] = [40, 60, 5];
const MAX_RETURN_S = 8;
const MAX_KILLS = 3;
const WAVES = [[1], [0.5, 1], [0.1, 0.5, 1]];

const dateOf = (s: number) => new Date(1_000 * s);

export class RolloutWorld {
  readonly devices: TrueDevice[];
  readonly maxFailures: number;
  end: Step | undefined;
  because = '';
  /** Seconds in which the service ran. */
  runningS = 0;
  private readonly shares: readonly number[];
  private readonly gates: ReturnType<typeof gatesOf.parse>;
  private readonly known: Map<string, RolloutDevice>;
  private now = 0;
  private wave = 0;
  private listeningSince = 0;
  private sessions = new SessionWatch();
  private kills = 0;

  constructor(private readonly random: () => number) {
    const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
    this.shares = one(WAVES);
    this.maxFailures = one([0, 0.25, 0.5]);
    this.gates = gatesOf.parse({
      ...{ maxFailures: this.maxFailures, minFrames: 1, observeS: OBSERVE_S, warmUpS: 0 },
      ...{ convergeS: CONVERGE_S, silentS: SILENT_S, absentS: one([0, 60, 300]) },
    });
    const trouble = one([0, 0, 0.1, 0.3]);
    this.devices = trueDevices(random, trouble);
    const waiting = this.devices.map(({ id }) => waitingDevice(id, this.shares.length, {}));
    this.known = new Map(waiting.map((device) => [device.device, device]));
  }

  /** Generous: what each device, restart and wave can take at most, one after the other. */
  get maxRunningS(): number {
    const eachS = 5 * SILENT_S + CONVERGE_S + OBSERVE_S + MAX_OUTAGE_S + MAX_TIMING_S;
    return this.gates.absentS + (this.devices.length + MAX_KILLS + 4) * eachS;
  }

  isDead({ diedAt }: TrueDevice): boolean {
    return diedAt !== undefined;
  }

  /** True for a device that has the change and is dead, lost, cannot take it, or runs nothing with it. */
  isBad(device: TrueDevice): boolean {
    const { wasGiven, refuses, hangs, ranBefore, isLost } = device;
    return wasGiven && (this.isDead(device) || isLost || refuses || (hangs && ranBefore));
  }

  waveOf(id: string): number {
    return this.known.get(id)?.wave ?? 0;
  }

  /** True for a device that is online before absent devices have had their time. */
  isInTime({ comesAt }: TrueDevice): boolean {
    return comesAt < this.gates.absentS - 1;
  }

  /** Devices that the end names. */
  named(): Set<string> {
    const { failed, silent, restarted, idle, absent } = standingOf(
      [...this.known.values()],
      this.presence(),
      this.gates,
      dateOf(this.now),
    );
    const lists = [failed, silent, restarted, idle, absent].flatMap(({ devices }) => devices);
    return new Set(lists.map(({ device }) => device));
  }

  /** Until the rollout is done or goes back, or twice the time it may take. */
  run(): void {
    while (this.end === undefined && this.runningS <= 2 * this.maxRunningS) {
      this.now += 1;
      this.runningS += 1;
      this.live();
      this.observe();
      if (this.kills < MAX_KILLS && this.random() < 0.01) this.restart();
      else this.take(this.step());
    }
  }

  private step(): Step {
    return nextStep({
      ...{ state: 'running', wave: this.wave, shares: this.shares, gates: this.gates },
      ...{ devices: [...this.known.values()], there: new Set(), comparison: COMPARISON },
      ...{ ...this.presence(), createdAt: dateOf(0), now: dateOf(this.now) },
    });
  }

  private take(step: Step): void {
    if ('because' in step) this.because = step.because;
    if (step.kind === 'draw') this.note(step.devices);
    if (step.kind === 'switch') for (const one of step.devices) this.give(one, true);
    if (step.kind === 'advance') this.wave += 1;
    if (step.kind === 'expire') {
      this.note(step.devices.map((one) => ({ ...one, state: 'absent' as const })));
    }
    if (step.kind === 'complete' || step.kind === 'roll back') this.end = step;
  }

  /** The change of a device; where the service is killed before it is written, the device still waits, with a time. */
  private give(one: RolloutDevice, isWritten: boolean): void {
    const device = this.trueOf(one.device);
    const onlineSince = device.isOnline ? dateOf(device.stateAt) : one.onlineSince;
    const switchedAt = dateOf(this.now);
    this.note([{ ...one, onlineSince, switchedAt, ...(isWritten && { state: 'switching' }) }]);
    if (device.wasGiven) return;
    device.wasGiven = true;
    device.givenAt = this.now;
    if (device.dies === 'on receipt') this.die(device);
  }

  /** Kill −9, at times in the middle of a switch: what the service knew of presence is gone. */
  private restart(): void {
    this.kills += 1;
    const step = this.step();
    const half = step.kind === 'switch' ? step.devices : [];
    for (const one of half) if (this.random() < 0.5) this.give(one, this.random() < 0.5);
    this.now += Math.floor(this.random() * 500);
    this.listeningSince = this.now;
    this.sessions = new SessionWatch();
    for (const device of this.devices) {
      device.awayUntil = this.now + 1 + Math.floor(this.random() * MAX_RETURN_S);
      if (device.isOnline) this.connect(device, false);
    }
  }

  /** A second of every device's life. */
  private live(): void {
    for (const device of this.devices) {
      if (device.diedAt !== undefined) continue;
      const sinceS = this.now - device.givenAt;
      if (device.wasGiven && sinceS === device.restartsAfterS) {
        device.awayUntil = this.now + device.outageS;
      }
      const isUp = this.now >= device.comesAt && this.now >= device.awayUntil;
      const isOff = isInLoopOff(device, this.now);
      if (isOff) device.isLost = true;
      const isOnline = isUp && !isOff;
      if (isOnline !== device.isOnline) this.connect(device, isOnline);
      const isQuiet = device.wasGiven && sinceS >= device.fallsSilentAfterS;
      if (isOnline && !isQuiet) device.heardAt = this.now;
      if (isOnline && !isQuiet && device.wasGiven) this.work(device);
      if (isOnline && isQuiet && this.now - device.heardAt >= SILENT_S) device.isLost = true;
      if (this.isDue(device)) this.die(device);
    }
  }

  private connect(device: TrueDevice, isOnline: boolean): void {
    const at = dateOf(this.now);
    const source = { device: device.id, connection: 'one' };
    if (isOnline) this.sessions.connected(source, at);
    else this.sessions.disconnected(source, at);
    Object.assign(device, { isOnline, stateAt: this.now });
    if (isOnline) device.heardAt = this.now;
  }

  private work(device: TrueDevice): void {
    if (device.readyAt === undefined) device.timedS += 1;
    else if (!device.hangs) device.hasRun = true;
    if (device.timedS === device.timingS && !device.refuses) device.readyAt ??= this.now;
  }

  private isDue({ dies, wasGiven, timedS, timingS, readyAt, ...device }: TrueDevice): boolean {
    if (dies === 'any time') return this.now >= device.diesAfterS;
    if (dies === 'while timing') return wasGiven && timedS >= timingS / 2;
    if (dies === 'after ready') return readyAt !== undefined;
    return dies === 'later' && readyAt !== undefined && this.now - readyAt >= device.diesAfterS;
  }

  private die(device: TrueDevice): void {
    device.diedAt = this.now;
    if (device.isOnline) this.connect(device, false);
  }

  /** What the service finds out by itself: refusals, readiness, frames, silence. */
  private observe(): void {
    const now = dateOf(this.now);
    for (const one of this.known.values()) {
      const device = this.trueOf(one.device);
      let seen = one;
      if (one.state === 'switching' && device.isOnline) {
        if (device.refuses && device.timedS >= device.timingS) {
          seen = { ...seen, state: 'failed', fault: 'it refused the model' };
        } else if (device.readyAt !== undefined) {
          seen = { ...seen, state: 'ready', readyAt: now };
        }
      }
      if (seen.state === 'ready') {
        const ranAt = seen.ranAt ?? (device.hasRun && device.ranBefore ? now : null);
        seen = { ...seen, ranBefore: device.ranBefore ? 7 : 0, ranAt };
      }
      this.note([judged(seen, this.presence(), this.gates, now)]);
    }
  }

  private presence() {
    const present = new Map<string, Date>();
    const gone = new Map<string, Date>();
    const live = new Map<string, LiveSession>();
    for (const { id, isOnline, stateAt, heardAt } of this.devices) {
      const state = this.known.get(id)?.state;
      if (state === 'waiting' && isOnline) present.set(id, dateOf(stateAt));
      const hasIt = state === 'switching' || state === 'ready';
      if (hasIt && !isOnline) gone.set(id, dateOf(stateAt));
      const session = { beganAt: dateOf(stateAt), heardAt: dateOf(heardAt), sendsTelemetry: true };
      if (hasIt && isOnline) live.set(id, session);
    }
    const { ended } = this.sessions;
    return { present, gone, live, ended, listeningSince: dateOf(this.listeningSince) };
  }

  private note(devices: readonly RolloutDevice[]): void {
    for (const one of devices) this.known.set(one.device, one);
  }

  private trueOf(id: string): TrueDevice {
    const device = this.devices.find((one) => one.id === id);
    if (device === undefined) throw new Error(`no device ${id}`);
    return device;
  }
}
