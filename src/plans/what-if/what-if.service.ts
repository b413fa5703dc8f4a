/** Replays of a device's frames over a bandwidth trace: given, synthetic, or recorded by the device. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Inject, Injectable } from '@nestjs/common';
import { HistoryService } from '../../history/index.js';
import { type Comparison, policyNames, type Trace, traceOf } from '../../replay/index.js';
import { Fault, rowsOfPlan } from '../../wire/index.js';
import { PlansService } from '../control/plans.service.js';
import type { WhatIf, WhatIfRequest } from './what-if-answers.js';
import type { ReplayQuestion } from './what-if-worker.js';

const LAST_POINT_MS = 1000;
/** Some seconds of a thread. */
const MAX_FRAMES = 500_000;
const ENTRY = new URL('./what-if-worker.js', import.meta.url);

async function inThread(workerData: ReplayQuestion): Promise<Partial<Comparison>> {
  const worker = new Worker(ENTRY, { workerData });
  const [found] = await once(worker, 'message');
  return found as Partial<Comparison>;
}

@Injectable()
export class WhatIfService {
  private turns: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(PlansService) private readonly plans: PlansService,
    @Inject(HistoryService) private readonly history: HistoryService,
  ) {}

  /** Throws DEVICE_UNKNOWN, PLAN_NONE without a plan table, REQUEST_INVALID for a trace that makes no sense. */
  async answer(request: WhatIfRequest): Promise<WhatIf> {
    const { device, policies = policyNames, periodMs } = request;
    const plan = (await this.plans.state(device)).documents.current?.plan;
    const rows = plan === undefined ? [] : rowsOfPlan(plan).map(({ times }) => times);
    if (plan === undefined || rows.length === 0) {
      throw new Fault('PLAN_NONE', `device '${device}' has no plan with a plan table to replay`);
    }
    const { trace, lastsMs, rttMs } = await this.traceFor(request);
    const frames = (lastsMs / periodMs) * policies.length * rows.length;
    if (frames > MAX_FRAMES) {
      const text = `${Math.round(frames)} frames exceed the limit of ${MAX_FRAMES}; use a shorter trace, a longer period or fewer policies`;
      throw new Fault('REQUEST_INVALID', text);
    }
    const { points } = trace;
    const aim = { deadline: plan.deadline, bytesPrice: plan.limits?.bytesPrice };
    const over = { rttMs: rttMs ?? plan.link.rttMs, periodMs, lastsMs, points };
    return {
      ...{ device, planVersion: plan.version, rows: rows.length, seconds: lastsMs / 1000 },
      policies: await this.inTurn({ rows, aim, ...over, policies }),
    };
  }

  /** One replay at a time, in a thread of its own. */
  private inTurn(question: ReplayQuestion): Promise<Partial<Comparison>> {
    const replayed = this.turns.then(() => inThread(question));
    this.turns = replayed.catch(() => undefined);
    return replayed;
  }

  private async traceFor({
    device,
    trace,
    recorded,
  }: WhatIfRequest): Promise<{ trace: Trace; lastsMs: number; rttMs: number | undefined }> {
    if ((trace === undefined) === (recorded === undefined)) {
      throw new Fault('REQUEST_INVALID', 'specify exactly one of `trace` and `recorded`');
    }
    const made = traceOf(trace ?? (await this.recordedTrace(device, recorded?.frames ?? 0)));
    if (typeof made === 'string') throw new Fault('REQUEST_INVALID', made);
    return made;
  }

  private async recordedTrace(device: string, limit: number) {
    const { frames } = await this.history.frames(device, { limit });
    const seen = frames
      .flatMap(({ link, startedAt }) =>
        link === null ? [] : [{ atMs: Date.parse(startedAt), mbps: 0.008 / link.uplinkMsPerByte }],
      )
      .reverse();
    const [first, ...others] = seen.filter(
      ({ atMs }, i) => i === 0 || atMs > (seen[i - 1]?.atMs ?? 0),
    );
    if (first === undefined)
      throw new Fault('REQUEST_INVALID', 'no recorded frame of this device has a link estimate');
    const points = [first, ...others].map(({ atMs, mbps }): [number, number] => [
      atMs - first.atMs,
      mbps,
    ]);
    const lastMs = (points.at(-1)?.[0] ?? 0) + LAST_POINT_MS;
    return { points, seconds: Math.min(3600, lastMs / 1000), seed: 0 };
  }
}
