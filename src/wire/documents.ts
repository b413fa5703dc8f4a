/** The JSON payloads of the wire: what a Pi and the cloud tell each other, field by field. */
import { z } from 'zod';
import { encodings } from './chunk.js';
import { imageSpec, tensorSpec } from './manifest.js';
import { dtypes } from './tensor.js';

const v = z.literal(1);
const ms = z.number().min(0);
const version = z.int().min(1);
const text = z.string().max(500);
export const deviceId = z.string().regex(/^[a-z0-9-]{1,64}$/, 'is 1–64 of a-z, 0-9 and -');
const sid = z.string().min(1).max(64);
const isoTime = z.iso.datetime();
export const digest = z.string().regex(/^[0-9a-f]{64}$/, 'is 64 lower-case hex digits (SHA-256)');
export const frameId = z.string().regex(/^[0-9a-f]{32}$/, 'is 32 lower-case hex digits');

/** The link as the device sees it; seconds per byte, in ms, because averages of the rate mislead. */
export const linkEstimate = z.object({
  uplinkMsPerByte: z.number().positive(),
  rttMs: ms,
  /** Age of the newest sample. */
  ageMs: ms,
  /** 0: a guess; 1: many fresh samples that agree. */
  confidence: z.number().min(0).max(1),
  samples: z.int().min(0),
});
export type LinkEstimate = z.infer<typeof linkEstimate>;

/** Where the time of a frame goes. device … downlink, in ms of work or waiting; they may overlap, so they need not add up to the total. */
export const stageTimes = z.object({
  deviceMs: ms,
  encodeMs: ms,
  uplinkMs: ms,
  queueMs: ms,
  cloudMs: ms,
  downlinkMs: ms,
});
export type StageTimes = z.infer<typeof stageTimes>;
export const stageNames = ['device', 'encode', 'uplink', 'queue', 'cloud', 'downlink'] as const;

export const prediction = stageTimes.extend({ totalMs: ms });
export type Prediction = z.infer<typeof prediction>;

export const status = z.object({ v, state: z.enum(['online', 'offline']), sid, at: isoTime });
export type Status = z.infer<typeof status>;

export const birth = z.object({
  v,
  sid,
  agent: z.string().max(64),
  platform: z.string().max(64),
  cores: z.int().min(1),
  memoryBytes: z.int().min(0),
  runtimes: z.record(z.string().max(64), z.string().max(64)),
  encodings: z.array(z.enum(encodings)),
  /** image: frames are pictures, so an image input may travel as pixels; tensor: they are ready tensors. */
  source: z.enum(['image', 'tensor']),
  /** How much slower than its own processor the device is told to be; 1 on a real one. */
  slowdown: z.number().min(1),
  /** Digests of the blocks it holds. */
  blocks: z.array(digest).max(10_000),
});
export type Birth = z.infer<typeof birth>;

export const telemetry = z.object({
  v,
  sid,
  at: isoTime,
  link: linkEstimate.nullable(),
  load: z.number().min(0),
  freeMemoryBytes: z.int().min(0),
  temperatureC: z.number().optional(),
  isThrottled: z.boolean().optional(),
  framesWaiting: z.int().min(0),
});
export type Telemetry = z.infer<typeof telemetry>;

export const blockProfile = z.object({
  digest,
  medianMs: ms,
  /** Half the distance between the quartiles. */
  spreadMs: ms,
  runs: z.int().min(1),
});
export type BlockProfile = z.infer<typeof blockProfile>;

/** Measured block times of one model on one device. */
export const profile = z.object({
  v,
  model: digest,
  blocks: z.array(blockProfile).min(1).max(1000),
});
export type Profile = z.infer<typeof profile>;

/** A block: an ONNX sub-model named by the SHA-256 of its bytes; inputs and outputs are tensor names. */
export const blockSpec = z.object({
  digest,
  name: z.string().max(256),
  bytes: z.int().min(1),
  inputs: z.array(z.string()),
  outputs: z.array(z.string()),
});
export type BlockSpec = z.infer<typeof blockSpec>;

/** All a device needs to run any part of a model: blocks in a topological order, and every tensor between them. */
export const modelDocument = z.object({
  id: z.string(),
  name: z.string(),
  version,
  digest,
  inputs: z.array(z.object({ name: z.string(), image: imageSpec.optional() })),
  outputs: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['classes', 'raw']),
      labels: z.array(z.string()).optional(),
    }),
  ),
  tensors: z.array(tensorSpec),
  blocks: z.array(blockSpec),
});
export type ModelDocument = z.infer<typeof modelDocument>;

/** Desired model; null: run nothing. */
export const desiredModel = z.object({
  v,
  version,
  cause: text,
  at: isoTime,
  model: modelDocument.nullable(),
});
export type DesiredModel = z.infer<typeof desiredModel>;

export const planCauses = ['first', 'link', 'profile', 'model', 'source', 'operator'] as const;

/** A schedule handed to a device. Blocks are digests; `uploads[i]` is tensor index i of the chunks. */
export const desiredPlan = z.object({
  v,
  version,
  at: isoTime,
  cause: z.object({ code: z.enum(planCauses), text }),
  model: digest,
  /** Blocks the device runs, in this order. */
  device: z.array(digest),
  /** Blocks the cloud runs, in this order. */
  cloud: z.array(digest),
  uploads: z
    .array(z.object({ tensor: z.string(), encoding: z.enum(encodings), bytes: z.int().min(0) }))
    .max(0xffff),
  /** A frame not answered this long after its start is finished on the device. */
  deadlineMs: z.number().positive(),
  /** Most tensor bytes the device may have in flight without an answer. */
  creditBytes: z.int().min(0),
  chunkBytes: z
    .int()
    .min(1024)
    .max(1 << 20),
  /** What the plan was made for. ageMs and confidence say how far to trust it. */
  link: linkEstimate,
  predicted: prediction,
  /** What other plans would cost on the same link, best first. */
  alternatives: z.array(z.object({ strategy: z.string(), totalMs: ms })),
});
export type DesiredPlan = z.infer<typeof desiredPlan>;

/** What became of a desired document. */
export const reported = z.object({
  v,
  version,
  at: isoTime,
  state: z.enum(['applied', 'refused']),
  fault: z.object({ code: z.string().max(64), message: text }).optional(),
});
export type Reported = z.infer<typeof reported>;

const outputSpec = z.object({
  name: z.string(),
  dtype: z.enum(dtypes),
  dims: z.array(z.int().min(0)).max(8),
  bytes: z.int().min(0),
});

/** An answer to one frame. The body of a result holds the outputs' bytes, one after the other. */
export const resultHead = z.discriminatedUnion('kind', [
  z.object({
    v,
    kind: z.literal('result'),
    frame: frameId,
    queueMs: ms,
    cloudMs: ms,
    outputs: z.array(outputSpec),
  }),
  z.object({
    v,
    kind: z.literal('fault'),
    /** Absent when the chunk was too broken to tell. */
    frame: frameId.optional(),
    code: z.string().max(64),
    message: z.string().max(1000),
    retryAfterMs: ms.optional(),
  }),
]);
export type ResultHead = z.infer<typeof resultHead>;

export const outcomes = ['cloud', 'local-plan', 'local-fallback', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];

/** One frame as the device lived it. Durations come from its monotonic clock; `at` is only for people. */
export const frameRecord = z.object({
  frame: frameId,
  model: digest,
  planVersion: z.int().min(0),
  at: isoTime,
  /** Since the frame's start, when this message was made: places the frame on the cloud's clock. */
  ageMs: ms,
  outcome: z.enum(outcomes),
  fault: z.object({ code: z.string().max(64), message: text }).optional(),
  deadlineMs: ms,
  totalMs: ms,
  measured: stageTimes,
  predicted: prediction.nullable(),
  link: z.object({ uplinkMsPerByte: z.number().positive(), rttMs: ms, ageMs: ms }).nullable(),
  sentBytes: z.int().min(0),
  source: z.string().max(256).optional(),
  /** The best class, where the model has a classes output. */
  answer: z
    .object({ index: z.int().min(0), score: z.number(), label: z.string().optional() })
    .optional(),
});
export type FrameRecord = z.infer<typeof frameRecord>;

export const recordMessage = z.object({ v, records: z.array(frameRecord).min(1).max(500) });
export type RecordMessage = z.infer<typeof recordMessage>;

/** Frames whose records are committed; the device forgets them only now. */
export const receipt = z.object({ v, frames: z.array(frameId).min(1).max(500) });
export type Receipt = z.infer<typeof receipt>;
