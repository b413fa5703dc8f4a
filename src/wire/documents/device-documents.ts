/** JSON payloads in which a device tells of itself: presence, what it is, how it fares, how quick its blocks are. */
import { z } from 'zod';
import { digest, isoTime, linkEstimate, ms, sid, v } from '../fields.js';
import { encodings } from '../tensors/encoding.js';

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
  /** What a byte of a float32 tensor costs to encode; an encoding without it is not planned. */
  encodeMsPerByte: z.object({ f16: ms, u8: ms }).partial().optional(),
  /** image: frames are pictures, so an image input may travel as pixels; tensor: they are ready tensors. */
  source: z.enum(['image', 'tensor']),
  /** What plans should be best at: a frame alone, which is what absence means, or frames that come back to back. */
  objective: z.enum(['frame', 'stream']).optional(),
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
  /** Better rows of plan tables that were not followed since the start, because they were not better by enough. */
  suppressed: z.int().min(0).optional(),
  /** Median length of the JPEG files that frames came as lately. */
  jpegBytes: z.int().min(1).optional(),
  /** Records of frames that the cloud has not receipted. */
  recordsWaiting: z.int().min(0).optional(),
  /** Records that were dropped since the start because too many waited. */
  recordsDropped: z.int().min(0).optional(),
  /** Why the device's disk takes nothing at the moment; absent while it does. */
  diskFault: z.string().max(500).optional(),
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

/** Block times of one model on one device, measured by themselves or in frames. */
export const profile = z.object({
  v,
  model: digest,
  blocks: z.array(blockProfile).min(1).max(1000),
  /** What frames cost beside their blocks: for every block its hand-over, for every frame its beginning and end. */
  overheads: z.object({ handOverMs: ms, frameMs: ms }).optional(),
  /** drift: frames took so much longer, or less, that all blocks were measured anew; the plan is to be another. */
  because: z.enum(['drift']).optional(),
});
export type Profile = z.infer<typeof profile>;
