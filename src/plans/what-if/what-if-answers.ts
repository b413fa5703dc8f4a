/** Requests and responses of replays. */
import { z } from 'zod';
import { type ResponseOf, underSomeOf } from '../../platform/index.js';
import { policyNames, traceRequest } from '../../replay/index.js';
import { deviceId } from '../../wire/index.js';

export const whatIfRequest = z.strictObject({
  /** The device whose plan table is replayed. */
  device: deviceId,
  /** A trace; or `recorded`: the link of the device's last frames. */
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
  switches: z.int().describe('Frames under another row than the frame before'),
  switchesPerMinute: z.number(),
  maxSwitchesInAMinute: z.int(),
  suppressed: z.int(),
  fallbacks: z.int().describe('Frames that were sent and finished on the device'),
  bytesPerFrame: z.number().describe('Bytes of the chosen rows, on average over all frames'),
  late: z
    .int()
    .exactOptional()
    .describe('Frames that ended after the deadline of the plan; absent without one'),
  row: z
    .int()
    .exactOptional()
    .describe('Of best-fixed: the row that was best over the whole trace'),
});

/** Latencies in ms and switches, by policy. */
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
      ...{ suppressed: 3, fallbacks: 1, bytesPerFrame: 20_480 },
    },
  },
};
