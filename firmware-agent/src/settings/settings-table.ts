/**
 * Every setting of the agent: one row gives the flag, the variable, the file's key, the check and the sentence.
 * `--help` and the README's table are made from it.
 */
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { deviceId, trafficProfileNames } from '../../../src/wire/index.js';
import type { Throttle } from '../compute/compute-protocol.js';
import { rtspAddressOf } from '../inputs/camera/rtsp-address.js';
import { logFormats, logLevels } from '../log.js';
import { LEAST_CAP_BYTES } from '../traffic/monthly-cap.js';

interface Row<S extends z.ZodType> {
  readonly schema: S;
  /** How the text of a flag or variable becomes a value; a list is given by repeating the flag. */
  readonly kind: 'text' | 'number' | 'switch' | 'list';
  /** What stands for the value in the help. */
  readonly value: string;
  readonly unit?: string;
  /** A second name of the flag. */
  readonly alias?: string;
  /** True when its value is never printed. */
  readonly isSecret?: true;
  readonly about: string;
}

const row = <S extends z.ZodType>(r: Row<S>): Row<S> => r;
const port = z.int().min(0).max(65_535);
const count = z.int().min(1);
const MAX_CAMERAS = 32;
const NO_RTSP_ADDRESS =
  'one is no address like rtsp://user:password@192.168.1.20:554/stream (is the password percent-encoded?)';
const url = (protocols: RegExp, example: string) =>
  z.url({ protocol: protocols, error: `is no address like ${example}` });

export const settingsTable = {
  cloud: row({
    schema: url(/^https?$/, 'http://cloud.example:8080').default('http://127.0.0.1:8080'),
    kind: 'text',
    value: 'URL',
    about: 'Address of the Flotilla service; blocks are downloaded from it.',
  }),
  mqtt: row({
    schema: url(/^(mqtts?|wss?)$/, 'mqtt://cloud.example:1883').optional(),
    kind: 'text',
    value: 'URL',
    about:
      'Address of its broker, mqtt://, mqtts://, ws:// or wss://; by default as the service announces it (GET /api/v1/broker), else mqtt://<cloud host>:1883 for http, wss://<cloud>/mqtt for https.',
  }),
  device: row({
    schema: deviceId,
    kind: 'text',
    value: 'ID',
    about: 'Id of this device, as created with POST /api/v1/devices. Required.',
  }),
  secret: row({
    schema: z.string().min(1).max(1000).optional(),
    kind: 'text',
    value: 'TEXT',
    isSecret: true,
    about: 'Secret of this device. On a shared machine prefer the file: flags are seen by others.',
  }),
  secretFile: row({
    schema: z.string().min(1).optional(),
    kind: 'text',
    value: 'PATH',
    about: 'File that holds the secret; it is read again at every connection.',
  }),
  token: row({
    schema: z.string().min(1).max(200).optional(),
    kind: 'text',
    value: 'TEXT',
    isSecret: true,
    about:
      'Enrolment token: a device that has no secret yet makes one, enrols with the token, and keeps the secret in --secret-file, or in the data folder.',
  }),
  caFile: row({
    schema: z.string().min(1).optional(),
    kind: 'text',
    value: 'PATH',
    about:
      'Authorities, PEM, that the certificate of the service may be of, instead of those everybody trusts.',
  }),
  certFile: row({
    schema: z.string().min(1).optional(),
    kind: 'text',
    value: 'PATH',
    about:
      'Client certificate of this device, PEM, instead of a secret; its common name is the id.',
  }),
  keyFile: row({
    schema: z.string().min(1).optional(),
    kind: 'text',
    value: 'PATH',
    about: 'Private key of the client certificate, PEM.',
  }),
  data: row({
    schema: z.string().min(1).default('./flotilla-data'),
    kind: 'text',
    value: 'PATH',
    about: 'Folder for blocks, documents and unsent records; one agent at a time uses it.',
  }),
  input: row({
    schema: z.array(z.string().min(1)).default([]),
    kind: 'list',
    value: '[NAME=]PATH',
    alias: 'tensor',
    about:
      'Images (.jpg .jpeg .png .webp .gif) or tensors (.pb .npy): a file, a folder or a glob; repeatable. With NAME= it feeds that input of the model, and the n-th files of all names make frame n.',
  }),
  mjpeg: row({
    schema: z.string().min(1).optional(),
    kind: 'text',
    value: 'COMMAND',
    about: 'Shell command that writes MJPEG to standard output, e.g. "rpicam-vid --codec mjpeg …".',
  }),
  rtsp: row({
    schema: z
      .array(
        z.string().transform((text, context) => {
          const address = rtspAddressOf(text);
          if (address === undefined) context.addIssue({ code: 'custom', message: NO_RTSP_ADDRESS });
          return address ?? z.NEVER;
        }),
      )
      .max(MAX_CAMERAS)
      .default([]),
    kind: 'list',
    value: '[NAME=]URL',
    isSecret: true,
    about:
      'RTSP camera, rtsp://user:password@192.168.1.20:554/stream or rtsps://…, read by FFmpeg 5.1 or newer; repeatable. In a password write @ # / ? : , as %40 %23 %2F %3F %3A %2C. Logs show only NAME, or host and port. With --fps, pictures that come more often are left out.',
  }),
  cameraTimeoutMs: row({
    schema: z.int().min(1000).max(3_600_000).default(20_000),
    kind: 'number',
    value: 'N',
    unit: 'ms',
    about: 'A camera that brings no picture for so long is started again.',
  }),
  httpPort: row({
    schema: port.optional(),
    kind: 'number',
    value: 'PORT',
    about: 'Port on 127.0.0.1 for POST /infer and GET /status; 0 takes any free one.',
  }),
  frames: row({
    schema: count.optional(),
    kind: 'number',
    value: 'N',
    about: 'Ends the inputs after N frames; files are repeated as often as that needs.',
  }),
  loop: row({
    schema: z.boolean().default(false),
    kind: 'switch',
    value: '',
    about: 'Repeats the files for ever.',
  }),
  stay: row({
    schema: z.boolean().default(false),
    kind: 'switch',
    value: '',
    about: 'Stays connected when the files are done, instead of ending; --http-port does so too.',
  }),
  startOver: row({
    schema: z.boolean().default(false),
    kind: 'switch',
    value: '',
    about: 'Starts the files from the first one, though an earlier run over them was interrupted.',
  }),
  intervalMs: row({
    schema: z.number().min(0).default(0),
    kind: 'number',
    value: 'N',
    unit: 'ms',
    about:
      'Least time between the starts of two frames of the files. With a camera, the interval that it is set to, until its rate is measured.',
  }),
  fps: row({
    schema: z.number().positive().max(1000).optional(),
    kind: 'number',
    value: 'N',
    unit: 'frames/s',
    about: 'The same as a rate; give one of the two.',
  }),
  deadlineMs: row({
    schema: z.number().min(1).max(3_600_000).optional(),
    kind: 'number',
    value: 'N',
    unit: 'ms',
    about: 'Finishes a frame locally after this time, whatever the plan says.',
  }),
  risk: row({
    schema: z.number().min(0).max(0.5).optional(),
    kind: 'number',
    value: 'SHARE',
    about:
      'Share of the frames that may end after --deadline-ms. Frames follow the cut that sends least within this share. If no cut is within it, they follow the one that is late least often. Both win over a deadline that an operator set.',
  }),
  objective: row({
    schema: z.enum(['frame', 'stream']).optional(),
    kind: 'text',
    value: 'frame|stream',
    about:
      'What plans are to be best at: the latency of a frame alone, or the rate of a stream. By default the latency at the interval of the frames, where it is known and --in-flight is above 1. Where it is unknown: stream for a camera and for --loop without an interval, else frame.',
  }),
  inFlight: row({
    schema: z.int().min(1).max(64).default(8),
    kind: 'number',
    value: 'N',
    unit: 'frames',
    about:
      'Most frames in flight: the device computes the next ones while the cloud works on those before. 1 runs one frame at a time.',
  }),
  inFlightBytes: row({
    schema: z
      .int()
      .min(0)
      .default(128 * 2 ** 20),
    kind: 'number',
    value: 'N',
    unit: 'bytes',
    about: 'Memory for the tensors of all frames in flight; one frame is always let in.',
  }),
  threads: row({
    schema: z.int().min(1).max(256).default(Math.min(4, availableParallelism())),
    kind: 'number',
    value: 'N',
    about: 'Threads a block may use; by default the number of cores, at most 4.',
  }),
  slowdown: row({
    schema: z.number().min(1).max(1000).default(1),
    kind: 'number',
    value: 'F',
    about: 'Emulates a processor F times slower: every block is stretched by sleeping.',
  }),
  throttle: row({
    schema: z
      .string()
      .regex(/^\d{1,4}(\.\d+)?@\d{1,6}(\.\d+)?$/, 'is not like 2@60')
      .transform((text): Throttle => {
        const [factor = 1, afterS = 0] = text.split('@').map(Number);
        return { factor, afterS };
      })
      .optional(),
    kind: 'text',
    value: 'F@S',
    about:
      'Emulates a processor that becomes F times slower yet, S seconds after the start, as a hot one does.',
  }),
  json: row({
    schema: z.boolean().default(false),
    kind: 'switch',
    value: '',
    about: 'Writes one JSON object per frame instead of a readable line.',
  }),
  outputs: row({
    schema: z.boolean().default(false),
    kind: 'switch',
    value: '',
    about: 'Puts the output tensors into the JSON objects.',
  }),
  blocksLimitBytes: row({
    schema: z
      .int()
      .min(0)
      .default(4 * 2 ** 30),
    kind: 'number',
    value: 'N',
    unit: 'bytes',
    about: 'Blocks that no model needs any more are kept up to this size, the newest first.',
  }),
  spoolLimit: row({
    schema: z.int().min(1).max(1_000_000).default(50_000),
    kind: 'number',
    value: 'N',
    unit: 'records',
    about: 'Records kept while the cloud does not take them; beyond, the oldest are dropped.',
  }),
  receiptMs: row({
    schema: z.int().min(0).default(30_000),
    kind: 'number',
    value: 'N',
    unit: 'ms',
    about: 'How long an agent whose files are done waits until the cloud holds all records.',
  }),
  probeBytesPerDay: row({
    schema: z.int().min(0).optional(),
    kind: 'number',
    value: 'N',
    unit: 'bytes',
    about:
      'What may be sent in a day only to time the link, and only while frames run. By default 20 MB, 2 MB with --traffic saver, 200 kB with minimal.',
  }),
  traffic: row({
    schema: z.enum(trafficProfileNames).default('normal'),
    kind: 'text',
    value: 'normal|saver|minimal',
    about:
      'How much an idle agent may cost in a month, TLS and TCP included: at most 60, 10 or 2 MB. Less means later news: telemetry without news comes every minute, 10 minutes or hour, and records wait up to 50 ms, 30 s or 10 minutes for others.',
  }),
  monthlyBytes: row({
    schema: z.int().min(LEAST_CAP_BYTES).optional(),
    kind: 'number',
    value: 'N',
    unit: 'bytes',
    about:
      'Cap on all traffic of a calendar month (UTC), at least 10 MB. When it is spent, frames run on the device, records wait on the disk, and the agent only stays present. The time is that of the service, never the clock of the device.',
  }),
  logLevel: row({
    schema: z.enum(logLevels).default('info'),
    kind: 'text',
    value: 'LEVEL',
    about: `Least level of log lines: ${logLevels.join(', ')}.`,
  }),
  logFormat: row({
    schema: z.enum(logFormats).default('auto'),
    kind: 'text',
    value: 'FORMAT',
    about:
      'Form of log lines: auto (text on a terminal, JSON elsewhere), text or json. Colours only on a terminal, and not with NO_COLOR.',
  }),
} as const;

export type SettingKey = keyof typeof settingsTable;
export const settingKeys = Object.keys(settingsTable) as SettingKey[];

/** A complete configuration, every value checked. */
export type Settings = { [K in SettingKey]: z.output<(typeof settingsTable)[K]['schema']> };

/** intervalMs → interval-ms, the name of the flag. */
export function flagOf(key: SettingKey): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** intervalMs → FLOTILLA_AGENT_INTERVAL_MS, the name of the variable. */
export function variableOf(key: SettingKey): string {
  return `FLOTILLA_AGENT_${flagOf(key).replaceAll('-', '_').toUpperCase()}`;
}
