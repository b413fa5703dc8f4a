/** JSON payloads about a device: presence, birth, telemetry, block times. */
import { z } from 'zod';
import { digest, frameInterval, isoTime, linkEstimate, sid, v } from '../fields.js';
import { numberIn, ranges } from '../ranges.js';
import { encodings } from '../tensors/encoding.js';

const encodeMsPerByte = numberIn(ranges.encodeMsPerByte);
const count = numberIn(ranges.count, 'clamped');

export const status = z.object({ v, state: z.enum(['online', 'offline']), sid, at: isoTime });
export type Status = z.infer<typeof status>;

/** What an agent spends bytes on; `overhead` is all that no other kind has: MQTT, TLS, TCP, IP, pings. */
export const byteKinds = [
  ...(['tensors', 'pictures', 'results', 'telemetry', 'records', 'blocks'] as const),
  ...(['probes', 'documents', 'overhead'] as const),
] as const;
export type ByteKind = (typeof byteKinds)[number];

export const trafficProfileNames = ['normal', 'saver', 'minimal'] as const;

/** How freely a device uses its link, and how long it may be silent while it is well. */
const trafficClaim = z.object({
  profile: z.enum(trafficProfileNames),
  /** Longest time between two messages, such as telemetry or the record of a frame; absent: as for every device. Two hours at most. */
  silenceS: numberIn(ranges.silenceS, 'clamped').optional(),
});

const linkBytes = numberIn(ranges.trafficBytes, 'clamped');

/** Bytes of a device on its link, both directions, those of TCP and IP estimated. */
const trafficFigures = z.object({
  profile: z.enum(trafficProfileNames),
  /** Since the agent started. */
  bytes: z.object(
    Object.fromEntries(byteKinds.map((kind) => [kind, linkBytes])) as Record<
      ByteKind,
      typeof linkBytes
    >,
  ),
  /** The cap of a calendar month (UTC); absent where the agent has none. */
  month: z
    .object({
      capBytes: linkBytes,
      usedBytes: linkBytes,
      /** The month of the count; null while the agent knows no time. */
      month: z
        .string()
        .regex(/^\d{4}-\d{2}$/)
        .nullable(),
      /** open: within the cap. spent: frames run on the device, and only presence is left. over: the device is about to disconnect. */
      state: z.enum(['open', 'spent', 'over']),
    })
    .optional(),
});
export type TrafficFigures = z.infer<typeof trafficFigures>;

export const birth = z.object({
  v,
  sid,
  agent: z.string().max(64),
  platform: z.string().max(64),
  cores: numberIn(ranges.cores, 'clamped'),
  memoryBytes: numberIn(ranges.memoryBytes, 'clamped'),
  runtimes: z.record(z.string().max(64), z.string().max(64)),
  encodings: z.array(z.enum(encodings)),
  /** Encoding time per byte of a float32 tensor; an encoding without it is not planned. */
  encodeMsPerByte: z.object({ f16: encodeMsPerByte, u8: encodeMsPerByte }).partial().optional(),
  /** image: frames are pictures, so an image input may travel as pixels; tensor: they are ready tensors. */
  source: z.enum(['image', 'tensor']),
  /** What plans optimise: single frames (the default) or a stream of frames. */
  objective: z.enum(['frame', 'stream']).optional(),
  /** Interval of frames that the device is set to; absent when it is set to none. */
  intervalMs: frameInterval.optional(),
  /** False: the device runs no blocks, needs no profile, and sends its inputs whole. Absent: it does. */
  runsBlocks: z.boolean().optional(),
  /** small: plans without table, mix and alternatives. Absent: whole. */
  planForm: z.enum(['whole', 'small']).optional(),
  /** Factor by which the device is slowed down to emulate a slower one; 1 on a real device. */
  slowdown: numberIn(ranges.slowdown),
  /** Absent: the agent knows no profiles; it is silent for no longer than its keep-alive. */
  traffic: trafficClaim.optional(),
  /** Digests of the blocks on the device. */
  blocks: z.array(digest).max(10_000),
});
export type Birth = z.infer<typeof birth>;

/** A camera of a device, as it is now. */
export const inputFigures = z.object({
  /** As it stands in the log of the agent; no secret of its address is in it. */
  name: z.string().min(1).max(100),
  /** starting: no picture since its command started. live: pictures come. waiting: it is started again soon. ended: all frames were taken. */
  state: z.enum(['starting', 'live', 'waiting', 'ended']),
  /** Pictures a second lately; absent while unknown. */
  fps: numberIn(ranges.fps, 'clamped').optional(),
  /** Absent before the first picture. */
  lastPictureAgeMs: numberIn(ranges.ageMs, 'clamped').optional(),
  /** Pictures since the start that no frame was made of: a newer one came first, or they were too large. */
  dropped: count,
  /** Those among them that were too large; absent while there are none, or the agent does not count them. */
  tooLarge: count.optional(),
  /** Starts of its command after the first. */
  restarts: count,
  /** Why no picture comes, in the last words of its command; absent while pictures come. */
  fault: z.string().max(500).optional(),
});
export type InputFigures = z.infer<typeof inputFigures>;

/** Something that is wrong with a device now, and that it mends by itself or reports until an operator does. */
export const deviceFault = z.object({
  /** A code of docs/errors.md; a newer agent may send one that is not in it yet. */
  code: z.string().min(1).max(64),
  message: z.string().max(500),
  /** How long it has lasted, by the monotonic clock of the device. */
  forMs: numberIn(ranges.ageMs, 'clamped'),
});

export const telemetry = z.object({
  v,
  sid,
  at: isoTime,
  link: linkEstimate.nullable(),
  load: numberIn(ranges.load, 'clamped'),
  freeMemoryBytes: numberIn(ranges.memoryBytes, 'clamped'),
  temperatureC: numberIn(ranges.temperatureC, 'clamped').optional(),
  isThrottled: z.boolean().optional(),
  framesWaiting: count,
  /** Mean interval of the frames that came lately; absent while unknown. */
  intervalMs: frameInterval.optional(),
  /** Standard deviation of the gaps between these frames, as a share of the mean; absent while unknown. */
  intervalSpread: numberIn(ranges.intervalSpread, 'clamped').optional(),
  /** Better rows of plan tables not followed since the start, because their gain was too small. */
  suppressed: count.optional(),
  /** Median length of recent JPEG frames. */
  jpegBytes: numberIn(ranges.jpegBytes).optional(),
  /** Frame records without a receipt. */
  recordsWaiting: count.optional(),
  /** Records dropped since the start because too many waited. */
  recordsDropped: count.optional(),
  /** Why the disk of the device is not writable now; absent while it is. */
  diskFault: z.string().max(500).optional(),
  /** Documents, blocks and messages, and groups of lines of the ledger, found damaged and not used since the start; absent: none. */
  damageFound: count.optional(),
  /** The last of them. */
  lastDamage: z.string().max(500).optional(),
  /** Cameras; empty where the agent has none, absent where it does not say. */
  inputs: z.array(inputFigures).max(64).optional(),
  /** What is wrong now, such as a desired model that cannot be fetched; empty while nothing is known to be. Absent: unknown, from older agents. */
  faults: z.array(deviceFault).max(16).optional(),
  /** Absent: the agent does not count. */
  traffic: trafficFigures.optional(),
});
export type Telemetry = z.infer<typeof telemetry>;

export const blockProfile = z.object({
  digest,
  medianMs: numberIn(ranges.blockMs),
  /** Half the distance between the quartiles. */
  spreadMs: numberIn(ranges.blockMs),
  runs: numberIn(ranges.runs, 'clamped'),
});
export type BlockProfile = z.infer<typeof blockProfile>;

/** Block times of one model on one device, measured by themselves or in frames. */
export const profile = z.object({
  v,
  model: digest,
  blocks: z
    .array(blockProfile)
    .min(1)
    .max(1000)
    .refine((blocks) => blocks.some(({ medianMs }) => medianMs > 0), 'take no time at all'),
  /** Costs of frames in addition to their blocks: hand-over per block, start and end per frame. */
  overheads: z
    .object({ handOverMs: numberIn(ranges.blockMs), frameMs: numberIn(ranges.blockMs) })
    .optional(),
  /** drift: frame times changed so much that all blocks were measured again; a new plan may be needed. */
  because: z.enum(['drift']).optional(),
});
export type Profile = z.infer<typeof profile>;
