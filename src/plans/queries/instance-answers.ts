/** REST responses about the planning problem of a device. */
import { z } from 'zod';
import type { ResponseOf } from '../../platform/index.js';
import { ms } from '../../wire/index.js';

const layer = z.object({
  id: z.string().describe('Name of a block, or an input of the model'),
  deviceMs: ms,
  cloudMs: ms,
  outputBytes: z.number(),
  memoryBytes: z.number().exactOptional().describe('Memory that the device needs to hold it'),
  encodings: z
    .array(z.object({ name: z.string(), bytes: z.number(), encodeMs: ms, decodeMs: ms }))
    .describe('How its output may be sent; empty where it must not be'),
});

export const planningInstance = z
  .object({
    name: z.string().describe('The device'),
    layers: z.array(layer),
    edges: z.array(z.tuple([z.string(), z.string()])).describe('The second reads the first'),
    link: z.object({
      uplinkMbps: z.number(),
      latencyMs: ms.describe('One way'),
      perTensorMs: ms,
      resultBytes: z.number(),
      downlinkMbps: z.number(),
    }),
    objective: z.enum(['frame', 'stream', 'paced']),
    intervalMs: ms.exactOptional().describe('Of paced: from frame to frame'),
    slack: z
      .object({ device: z.number(), uplink: z.number(), cloud: z.number() })
      .exactOptional()
      .describe('Of paced: share of its time that each machine keeps free'),
    deviceMemoryBytes: z.number().exactOptional(),
    maxFrameBytes: z.number().exactOptional(),
    bytesPrice: z.number().exactOptional().describe('ms per KB'),
    workers: z.int().describe('Tails of a stream that the cloud runs at a time'),
  })
  .meta({
    id: 'PlanningInstance',
    description: 'The planning problem of a device, as measured now',
  });
/** What `flotilla plan` reads. */
export type PlanningInstance = ResponseOf<typeof planningInstance>;
