/** JSON payloads about a device: presence, birth, telemetry, block times. */
import { z } from 'zod';
import { digest, frameInterval, isoTime, linkEstimate, ms, sid, v } from '../fields.js';
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
  /** Encoding time per byte of a float32 tensor; an encoding without it is not planned. */
  encodeMsPerByte: z.object({ f16: ms, u8: ms }).partial().optional(),
  /** image: frames are pictures, so an image input may travel as pixels; tensor: they are ready tensors. */
  source: z.enum(['image', 'tensor']),
  /** What plans optimise: single frames (the default) or a stream of frames. */
  objective: z.enum(['frame', 'stream']).optional(),
  /** Interval of frames that the device is set to; absent when it is set to none. */
  intervalMs: frameInterval.optional(),
  /** Factor by which the device is slowed down to emulate a slower one; 1 on a real device. */
  slowdown: z.number().min(1),
  /** Digests of the blocks on the device. */
  blocks: z.array(digest).max(10_000),
});
export type Birth = z.infer<typeof birth>;

/** Irregular beyond any plan: a few gaps among many that are next to nothing. */
export const MAX_INTERVAL_SPREAD = 10;

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
  /** Mean interval of the frames that came lately; absent while unknown. */
  intervalMs: frameInterval.optional(),
  /** Standard deviation of the gaps between these frames, as a share of the mean; absent while unknown. */
  intervalSpread: z.number().min(0).max(MAX_INTERVAL_SPREAD).optional(),
  /** Better rows of plan tables not followed since the start, because their gain was too small. */
  suppressed: z.int().min(0).optional(),
  /** Median length of recent JPEG frames. */
  jpegBytes: z.int().min(1).optional(),
  /** Frame records without a receipt. */
  recordsWaiting: z.int().min(0).optional(),
  /** Records dropped since the start because too many waited. */
  recordsDropped: z.int().min(0).optional(),
  /** Why the disk of the device is not writable now; absent while it is. */
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
  /** Costs of frames in addition to their blocks: hand-over per block, start and end per frame. */
  overheads: z.object({ handOverMs: ms, frameMs: ms }).optional(),
  /** drift: frame times changed so much that all blocks were measured again; a new plan is needed. */
  because: z.enum(['drift']).optional(),
});
export type Profile = z.infer<typeof profile>;
