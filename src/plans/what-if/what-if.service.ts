/** What frames of a device would have cost over a bandwidth trace: given, synthetic, or as the device saw its link. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { HistoryService } from '../../history/index.js';
import { type ResponseOf, underSomeOf } from '../../platform/index.js';
import {
  type Comparison,
  policyNames,
  type Trace,
  traceOf,
  traceRequest,
} from '../../replay/index.js';
import { deviceId, Fault, rowsOfPlan } from '../../wire/index.js';
import { PlansService } from '../control/plans.service.js';
import type { ReplayQuestion } from './what-if-worker.js';

/** What may be asked. */
export const whatIfRequest = z.strictObject({
  /** The device whose plan table is replayed. */
  device: deviceId,
  /** A trace; or `recorded`: the link of the device's last so many frames. */
  trace: traceRequest.optional(),
  recorded: z.strictObject({ frames: z.int().min(2).max(1000).default(500) }).optional(),
  policies: z.array(z.enum(policyNames)).min(1).optional(),
  /** From picture to picture. */
  periodMs: z.int().min(10).max(600_000).default(1000),
});
export type WhatIfRequest = z.infer<typeof whatIfRequest>;

const replayed = z.object({
  frames: z.int(),
  meanMs: z.number(),
  p50Ms: z.number(),
  p95Ms: z.number(),
  p99Ms: z.number(),
  maxMs: z.number(),
  switches: z.int().describe('Frames under another row than the one before, whoever decided it'),
  switchesPerMinute: z.number(),
  maxSwitchesInAMinute: z.int(),
  suppressed: z.int(),
  fallbacks: z.int().describe('Frames that were sent and finished on the device'),
  row: z.int().exactOptional().describe('Of best-fixed: the row that in hindsight was best'),
});

/** The answer: latencies in ms and switches, by policy. */
export const whatIf = z
  .object({
    device: z.string(),
    planVersion: z.int(),
    rows: z.int(),
    seconds: z.number(),
    policies: underSomeOf(policyNames, replayed),
  })
  .meta({ id: 'WhatIf' });
export type WhatIf = ResponseOf<typeof whatIf>;

export const WHAT_IF_EXAMPLE: WhatIf = {
  ...{ device: 'pi-kitchen', planVersion: 7, rows: 4, seconds: 600 },
  policies: {
    adaptive: {
      ...{ frames: 600, meanMs: 118, p50Ms: 104, p95Ms: 201, p99Ms: 260, maxMs: 312 },
      ...{ switches: 14, switchesPerMinute: 1.4, maxSwitchesInAMinute: 4 },
      ...{ suppressed: 3, fallbacks: 1 },
    },
  },
};

const LAST_POINT_MS = 1000;
/** Some seconds of a thread. */
const MOST_FRAMES = 500_000;
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
    const plan = (await this.plans.state(device)).current?.plan;
    const rows = plan === undefined ? [] : rowsOfPlan(plan).map(({ times }) => times);
    if (plan === undefined || rows.length === 0) {
      throw new Fault('PLAN_NONE', `${device} has no plan with a plan table to replay`);
    }
    const { trace, lastsMs, rttMs } = await this.traceFor(request);
    const frames = (lastsMs / periodMs) * policies.length * rows.length;
    if (frames > MOST_FRAMES) {
      const text = `${Math.round(frames)} frames would be replayed, ${MOST_FRAMES} are allowed: a shorter trace, a longer period or fewer policies`;
      throw new Fault('REQUEST_INVALID', text);
    }
    const { points } = trace;
    const known = { rows, rttMs: rttMs ?? plan.link.rttMs, periodMs, lastsMs, points, policies };
    return {
      ...{ device, planVersion: plan.version, rows: rows.length, seconds: lastsMs / 1000 },
      policies: await this.inTurn(known),
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
      throw new Fault('REQUEST_INVALID', 'either trace or recorded is to be given');
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
      throw new Fault('REQUEST_INVALID', 'no frame of the device told its link');
    const points = [first, ...others].map(({ atMs, mbps }): [number, number] => [
      atMs - first.atMs,
      mbps,
    ]);
    const lastMs = (points.at(-1)?.[0] ?? 0) + LAST_POINT_MS;
    return { points, seconds: Math.min(3600, lastMs / 1000), seed: 0 };
  }
}
