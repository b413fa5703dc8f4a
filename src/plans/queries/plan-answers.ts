/** REST responses about plans. */
import { z } from 'zod';
import {
  chosenFields,
  instant,
  namedModel,
  pageOf,
  type ResponseOf,
  reportedFault,
} from '../../platform/index.js';
import { deadlineGoal, desiredPlan, ms, prediction } from '../../wire/index.js';

const reported = z
  .object({
    state: z.enum(['applied', 'refused']),
    at: instant,
    convergedMs: z.number().nullable().describe('From the making of the plan to its being applied'),
    fault: reportedFault.nullable(),
  })
  .describe('What a device reported of a version');
export type ReportedView = ResponseOf<typeof reported>;

const planView = z
  .object({
    desired: desiredPlan.meta({ id: 'DesiredPlan', description: 'As the device got it' }),
    reported: reported.nullable().describe('null until the device has reported it'),
  })
  .meta({ id: 'Plan', description: 'One version of a plan' });
export type PlanView = ResponseOf<typeof planView>;

const listedPlan = planView.extend({
  version: z.int().describe('That of `desired`, also where `desired` was not chosen'),
});
export type ListedPlan = ResponseOf<typeof listedPlan>;

/** The fields of plans in lists: plans have tables, mixes and alternatives, and are long. */
export const planFields = chosenFields(listedPlan, ['version'], 'ListedPlan');

export const plans = pageOf('plans', planFields.item);
export type PlansPage = ResponseOf<typeof plans>;

const explanation = z
  .object({
    model: namedModel,
    deviceBlocks: z.array(z.string()).describe('Names of the blocks the device runs'),
    cloudBlocks: z.array(z.string()),
    sentBytes: z.int(),
    follows: z
      .object({ cut: z.int(), since: instant.nullable() })
      .describe('The cut that the device follows: 0 is the plan’s own; another, by its choice'),
    uplinkMbps: z.number(),
    linkNow: z
      .object({ uplinkMbps: z.number(), rttMs: z.number(), ageMs: z.number() })
      .describe('The link as it is known now, which may be newer than the one planned for'),
  })
  .describe('The current plan, readable');
export type PlanExplanation = ResponseOf<typeof explanation>;

export const currentPlan = planView
  .extend({ device: z.string(), explanation })
  .meta({ id: 'CurrentPlan', description: 'The plan a device should follow' });
export type CurrentPlan = ResponseOf<typeof currentPlan>;

const candidate = z.object({
  cut: z.int().describe('Its number in the plan; 0 is the plan’s own'),
  blocksOnDevice: z.int(),
  uploads: z.array(z.object({ tensor: z.string(), encoding: z.string(), bytes: z.int() })),
  predicted: prediction.nullable().describe('By stage, now; null where it cannot be run'),
});
/** One cut that the device could follow. */
export type Candidate = ResponseOf<typeof candidate>;

const breakpoint = z
  .object({ uplinkMbps: z.number(), cut: z.int() })
  .describe('A link rate at which another cut becomes the best');
export type Breakpoint = ResponseOf<typeof breakpoint>;

const line = z
  .object({
    site: z.string(),
    mbps: z
      .number()
      .describe(
        'Rate of the line; of a site with many devices, of the part that these devices share',
      ),
    devices: z.int().nullable().describe('Devices that share it; null while that is not known'),
    load: z.number().nullable().describe('Share of the rate that their frames are planned to use'),
    bytesPrice: z
      .number()
      .nullable()
      .describe(
        'What the line adds to the price of bytes, in ms for each KB; 0 while it is not full',
      ),
    shareMbps: z
      .number()
      .nullable()
      .describe('Mean rate that the frames of the device may use; null: no limit'),
    intervalMs: ms.nullable().describe('Fair interval of its frames; null: as they come'),
    slowdown: z
      .number()
      .nullable()
      .describe('That interval over the shortest one that the device could have alone'),
    text: z.string(),
  })
  .describe('The line that the device shares with the other devices of its site');
export type LineView = ResponseOf<typeof line>;

const limits = z
  .object({
    bytesPrice: z
      .number()
      .nullable()
      .describe('Latency in ms that each KB must save, as set; a plan adds the price of the line'),
    deviceMemoryBytes: z.number().nullable().describe('Max bytes of the blocks on the device'),
    deadline: deadlineGoal
      .nullable()
      .describe('By when frames should have ended, and which share of them may end later'),
    maxFrameBytes: z.number().nullable().describe('What the month’s cap leaves for one frame'),
    uplink: line.nullable().describe('null for a device without a site'),
    month: z
      .object({
        monthlyBytes: z.number(),
        sentBytes: z.number().nullable().describe('null while it is unknown'),
        leftBytes: z.number().nullable(),
        framesLeft: z.number().nullable().describe('Frames expected until the month ends'),
        rateFrom: z
          .enum(['interval', 'history', 'unknown'])
          .describe('What that comes from: their interval, or the frames of the last days'),
        endsAt: instant.nullable(),
        text: z.string(),
      })
      .nullable()
      .describe('The cap of the calendar month (UTC); null without one'),
    unmet: z
      .string()
      .nullable()
      .describe('Why no plan keeps within the limits; null where one does'),
  })
  .describe('What plans of the device keep within now; null: no limit');
export type LimitsView = ResponseOf<typeof limits>;

const bytes = z
  .object({
    frameBytes: z.number().describe('Mean bytes of a frame of the best plan within the limits'),
    latencyMs: ms.describe('Its mean latency'),
    savedMsPerMegabyte: z
      .number()
      .nullable()
      .describe(
        'Latency, summed over frames, that each MB sent saves against the next plan that sends less',
      ),
    furtherMsPerMegabyte: z
      .number()
      .nullable()
      .describe(
        'Latency, summed over frames, that each further MB would save: the price of the limit',
      ),
    framesPerDay: z.number().nullable().describe('null while the rate of frames is unknown'),
    withOneMoreMegabyteADayMs: ms
      .nullable()
      .describe('Least latency of a frame if one more MB a day could be sent'),
    text: z.string(),
  })
  .describe('What a megabyte buys');
export type BytesView = ResponseOf<typeof bytes>;

const margin = z.object({
  share: z.number().describe('Share of the interval that the machine keeps free'),
  source: z
    .enum(['measured', 'assumed', 'line'])
    .describe(
      'assumed: too little was measured, so the margin is at least a tenth; line: the device has no larger share of the line of its site',
    ),
  spread: z
    .number()
    .nullable()
    .describe('Standard deviation of the times of frames, as a share of their mean; null: unknown'),
  slower: z
    .number()
    .nullable()
    .describe('Mean of measured over predicted times; null: unknown. Above 1 it reduces the rate'),
});
const paceMargins = z.object({
  device: margin,
  uplink: margin,
  cloud: margin,
  gapSpread: z
    .number()
    .nullable()
    .describe('Standard deviation of the gaps between frames, as a share of the interval'),
  promisedWait: z
    .number()
    .describe(
      'Mean wait for a machine, as a share of the interval, that measured margins below 0.3 keep',
    ),
});
export type PaceMargins = ResponseOf<typeof paceMargins>;

const reasons = z.object({
  because: z.string(),
  objective: z
    .enum(['frame', 'stream', 'paced'])
    .describe('What the plan is best at: a single frame, frames back to back, or at an interval'),
  intervalMs: z
    .number()
    .nullable()
    .describe('Interval of the frames as the device measured or set it; null while unknown'),
  loads: z
    .object({
      deviceMs: ms,
      uplinkMs: ms,
      cloudMs: ms.describe('On one of the workers that the device may count on'),
      shortestMs: ms.describe('Shortest interval that the busiest machine sustains'),
    })
    .nullable()
    .describe('How long a frame keeps each machine busy, on average; null where it cannot be run'),
  margins: paceMargins
    .nullable()
    .describe('What a plan for an interval keeps free because times vary; null for other plans'),
  candidates: z.array(candidate).describe('Best first'),
  strategies: z
    .array(z.object({ strategy: z.string(), totalMs: ms }))
    .describe('What simpler strategies would cost, as predicted with the plan'),
  breakpoints: z
    .object({ slower: breakpoint.nullable(), faster: breakpoint.nullable() })
    .describe('The nearest rates at which the best cut changes; null where none does'),
});
/** Why a device follows the plan it does. */
export type Explanation = ResponseOf<typeof reasons>;

const waiting = z
  .object({
    cause: z.string().describe('The weightiest cause that came meanwhile'),
    since: instant,
    until: instant.describe('When the device is planned for, by what is known then'),
  })
  .describe('A re-plan that waits because the device got plans shortly before');
export type WaitingView = ResponseOf<typeof waiting>;

export const explainedPlan = reasons
  .extend({
    device: z.string(),
    version: z.int(),
    follows: z.int().describe('The cut that the device follows'),
    waiting: waiting.nullable().describe('null where no re-plan waits'),
    limits,
    bytes: bytes
      .nullable()
      .describe(
        'null where bytes do not buy latency: frames back to back, an ordered strategy, or no plan within the limits',
      ),
  })
  .meta({ id: 'ExplainedPlan' });
export type ExplainedPlan = ResponseOf<typeof explainedPlan>;
