/** A device whose block times are modelled, not run: all its messages go over real MQTT, and its link follows a trace. */
import type { Trace } from '../../src/replay/index.js';
import {
  cutsOf,
  type DesiredPlan,
  type FrameRecord,
  LinkForecast,
  latencyOver,
  RowChoice,
  rowsOfPlan,
} from '../../src/wire/index.js';
import { linkOf, newFrameId, PlayedDevice } from '../support/devices/played-device.js';

/** What the device's own clock says of the world. */
export interface Simulated {
  readonly id: string;
  readonly secret: string;
  readonly trace: Trace;
  /** Where in the trace it begins. */
  readonly offsetMs: number;
}

/** All blocks of a model together, on the device. */
const DEVICE_MS = 1500;
const LEAST_MBPS = 0.05;

export class SimulatedDevice {
  readonly sent = { telemetry: 0, records: 0, switches: 0, suppressed: 0 };
  latenciesMs: number[] = [];
  private mbps = 1;
  private readonly forecast = new LinkForecast();
  private choice: { readonly plan: DesiredPlan; readonly rows: RowChoice } | undefined;

  /** Of the row in force: it stays in force under a new version that has it. */
  private blocks = '';

  private constructor(
    private readonly of: Simulated,
    private readonly device: PlayedDevice,
  ) {}

  static async join(port: number, of: Simulated): Promise<SimulatedDevice> {
    const device = await PlayedDevice.connect(port, of.id, of.secret);
    const self = new SimulatedDevice(of, device);
    const at = new Date().toISOString();
    await device.send('status', { v: 1, state: 'online', sid: 's', at });
    await device.birth('tensor');
    const model = await device.model();
    await self.changeLink(0);
    await device.reportProfile(model, DEVICE_MS / model.blocks.length);
    return self;
  }

  get plans(): number {
    return this.device.plans.length;
  }

  /** Sets the link to what the trace gives now and reports it to the cloud. */
  async changeLink(atMs: number): Promise<void> {
    this.mbps = Math.max(LEAST_MBPS, this.of.trace.mbpsAt(atMs + this.of.offsetMs));
    await this.reportLink();
  }

  async reportLink(): Promise<void> {
    this.sent.telemetry += 1;
    await this.device.reportLink(linkOf(this.mbps));
  }

  /** One frame under the row that suits the link. */
  async runFrame(atMs: number): Promise<void> {
    const plan = this.device.plans.at(-1);
    if (plan === undefined) return;
    const rows = rowsOfPlan(plan);
    const now = { atMs, link: linkOf(this.mbps), assumedMsPerByte: plan.link.uplinkMsPerByte };
    const chosen = this.choiceFor(plan).choose(now);
    const row = rows[chosen.row];
    if (row === undefined) return;
    this.blocks = blocksOf(plan, row.cut);
    if (chosen.isSwitch) await this.reportRow(plan, row.cut);
    const startMs = atMs + this.of.offsetMs;
    let freeMs = startMs;
    const totalMs = latencyOver(row.times, (readyMs, bytes) => {
      freeMs = this.of.trace.endOf(Math.max(freeMs, startMs + readyMs), bytes);
      return freeMs - startMs;
    });
    this.latenciesMs.push(totalMs);
    this.sent.records += 1;
    await this.device.send('record', {
      v: 1,
      records: [recordOf(plan, row.cut, totalMs, now.link)],
    });
  }

  private async reportRow({ version }: DesiredPlan, cut: number): Promise<void> {
    this.sent.switches += 1;
    const at = new Date().toISOString();
    await this.device.send('reportedPlan', { v: 1, version, at, state: 'applied', cut });
  }

  leave(): Promise<void> {
    return this.device.leave();
  }

  private choiceFor(plan: DesiredPlan): RowChoice {
    if (this.choice?.plan !== plan) {
      const rows = rowsOfPlan(plan);
      const times = rows.map((row) => row.times);
      const start = rows.findIndex(({ cut }) => blocksOf(plan, cut) === this.blocks);
      const choice = new RowChoice(times, this.forecast, Math.max(0, start), this.choice?.rows);
      this.choice = { plan, rows: choice };
    }
    return this.choice.rows;
  }
}

function blocksOf(plan: DesiredPlan, cut: number): string {
  return (cutsOf(plan)[cut] ?? plan).device.join();
}

function recordOf(
  plan: DesiredPlan,
  cut: number,
  totalMs: number,
  link: NonNullable<FrameRecord['link']>,
): FrameRecord {
  const own = cutsOf(plan)[cut] ?? plan;
  const { totalMs: _, ...measured } = own.predicted;
  return {
    ...{ frame: newFrameId(), model: plan.model, planVersion: plan.version, cut },
    ...{ at: new Date().toISOString(), ageMs: totalMs, deadlineMs: plan.deadlineMs, totalMs },
    outcome: own.cloud.length > 0 ? 'cloud' : 'local-plan',
    ...{ measured, predicted: own.predicted, link, sentBytes: 0 },
  };
}
