/**
 * Watches how much devices with a monthly cap have sent, and plans for them when that leaves notably more or less for a frame.
 *
 * The history sums up in its own thread, for all devices that are due at once. Where it does not answer, devices keep their plans.
 */
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HistoryService } from '../../history/index.js';
import { Clock, LimitedLog, Log, Sweep } from '../../platform/index.js';
import { monthOf, rateFromMs } from '../pricing/byte-cap.js';
import type { DeviceState } from '../state/device-state.js';
import { DeviceStates } from '../state/device-states.js';
import { Replanner } from './replanner.js';
import { Situations } from './situations.js';

const TICK_MS = 5_000;
/** Devices of one question to the history. */
const DEVICES = 500;

@Injectable()
export class CapWatch implements OnModuleInit, OnModuleDestroy {
  private readonly looking: Sweep;

  constructor(
    @Inject(DeviceStates) private readonly states: DeviceStates,
    @Inject(Situations) private readonly situations: Situations,
    @Inject(Replanner) private readonly replanner: Replanner,
    @Inject(HistoryService) private readonly history: HistoryService,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Log) log: Log,
  ) {
    const lines = new LimitedLog(log.child({ part: 'plans' }), clock);
    const failed = 'bytes of the month not read; retrying';
    this.looking = new Sweep({ everyMs: TICK_MS, clock, log: lines, failed }, () => this.lookNow());
  }

  onModuleInit(): void {
    this.looking.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.looking.stop();
  }

  /** Asks the history about devices that are due, and plans for those whose limit has moved. */
  look(): void {
    this.looking.run();
  }

  private async lookNow(): Promise<void> {
    const due = this.capped().filter(([, { cap, settings }]) =>
      cap.isDue(settings.limits.monthlyBytes ?? 0, this.clock.now(), this.clock.monotonicMs()),
    );
    for (let at = 0; at < due.length; at += DEVICES) await this.learn(due.slice(at, at + DEVICES));
    for (const [device, state] of this.capped()) {
      const now = state.documents.model && this.situations.capOf(state);
      if (now === undefined) continue;
      if (this.replanner.resume(device)) continue;
      const isNews = state.cap.isNews(now.maxFrameBytes, this.clock.monotonicMs());
      if (isNews) this.replanner.request(device, 'cap');
    }
  }

  private async learn(due: readonly (readonly [string, DeviceState])[]): Promise<void> {
    const now = this.clock.now();
    const month = monthOf(now);
    const devices = due.map(([device]) => device);
    for (const [, { cap }] of due) cap.asked();
    const traffic = await this.history.traffic(devices, month.fromMs, rateFromMs(now));
    for (const [device, { cap }] of due) {
      const none = { sentBytes: 0, frames: 0, firstMs: null };
      cap.learned(traffic.get(device) ?? none, month, this.clock.monotonicMs());
    }
  }

  private capped(): (readonly [string, DeviceState])[] {
    return this.states.ids().flatMap((device) => {
      const state = this.states.get(device);
      const isCapped = state !== undefined && state.settings.limits.monthlyBytes !== null;
      return isCapped ? [[device, state] as const] : [];
    });
  }
}
