/**
 * Physical ranges of the numbers on the wire. A number outside its range is rejected, and the fault names the field. Or it is moved
 * to the nearer edge: where a rejection would lose a frame, or all news of a device. docs/protocol.md lists every field.
 */
import { z } from 'zod';

/** `clamped`: moved to the nearest number that is allowed. */
export type Outside = 'rejected' | 'clamped';

export interface Range {
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly isInteger?: true;
  /** Zero and less are rejected in any case: they are no small amount, but an error. */
  readonly isPositive?: true;
}

export const DAY_MS = 86_400_000;
const YEAR_DAYS = 366;
/** The integers of the database's smaller columns. */
const MAX_INT32 = 2 ** 31 - 1;
/** Fields of the chunk header: deadline, lengths, dims. */
const MAX_UINT32 = 2 ** 32 - 1;
const MAX_FLOAT32 = 3.4028234663852886e38;
const TIB = 2 ** 40;

export const ranges = {
  /** Work or waiting in one frame, as measured. */
  durationMs: { unit: 'ms', min: 0, max: DAY_MS },
  /** Computed times, which add up blocks and bytes: three hundred years. Sums over any number of frames stay finite. */
  computedMs: { unit: 'ms', min: 0, max: 1e13 },
  /** Computed intervals between frames, which rates are made of. */
  periodMs: { unit: 'ms', min: 1e-6, max: 1e13 },
  blockMs: { unit: 'ms', min: 0, max: 3_600_000 },
  /** Records and estimates may wait on a device for a year. */
  ageMs: { unit: 'ms', min: 0, max: YEAR_DAYS * DAY_MS },
  /** Longer than messages travel: the device's clock was set, or the link was away. */
  rttMs: { unit: 'ms', min: 0, max: 60_000 },
  /** 100 Gbps to 1 kbps. */
  uplinkMsPerByte: { unit: 'ms/byte', min: 8e-8, max: 8, isPositive: true },
  downlinkMsPerByte: { unit: 'ms/byte', min: 8e-8, max: 8, isPositive: true },
  encodeMsPerByte: { unit: 'ms/byte', min: 0, max: 1 },
  deadlineMs: { unit: 'ms', min: 0, max: MAX_UINT32 },
  /** What an operator, or the agent's own setting, may ask of frames. */
  goalMs: { unit: 'ms', min: 1, max: 3_600_000 },
  risk: { unit: '1', min: 0, max: 0.5 },
  bytesPrice: { unit: 'ms/KB', min: 0.001, max: 10_000 },
  expiryMs: { unit: 'ms', min: 0, max: 7 * DAY_MS },
  frameIntervalMs: { unit: 'ms', min: 1, max: DAY_MS },
  /** Of pictures a camera brings. */
  fps: { unit: '1/s', min: 0, max: 10_000 },
  /** Standard deviation of gaps as a share of their mean. Beyond: a few gaps among many that are next to nothing. */
  intervalSpread: { unit: '1', min: 0, max: 10 },
  /** Of a tensor. */
  element: { unit: '1', min: -MAX_FLOAT32, max: MAX_FLOAT32 },
  /** Share of the time that a machine keeps free. */
  margin: { unit: '1', min: 0, max: 0.9 },
  share: { unit: '1', min: 0, max: 1 },
  slowdown: { unit: '1', min: 1, max: 1000 },
  load: { unit: '1', min: 0, max: 1e6 },
  cores: { unit: '1', min: 1, max: 65_536, isInteger: true },
  count: { unit: '1', min: 0, max: MAX_INT32, isInteger: true },
  /** Of things that were measured at least once. */
  runs: { unit: '1', min: 1, max: MAX_INT32, isInteger: true },
  version: { unit: '1', min: 1, max: MAX_INT32, isInteger: true },
  /** Of a cut, among those of a plan. */
  cut: { unit: '1', min: 0, max: 65_535, isInteger: true },
  /** Of a class, among the outputs of a model. */
  classIndex: { unit: '1', min: 0, max: MAX_INT32, isInteger: true },
  score: { unit: '1', min: -MAX_FLOAT32, max: MAX_FLOAT32 },
  dim: { unit: '1', min: 0, max: MAX_UINT32, isInteger: true },
  pixels: { unit: 'px', min: 1, max: 8192, isInteger: true },
  /** Scale, mean and deviation of a picture's channels. */
  channel: { unit: '1', min: -1e9, max: 1e9 },
  memoryBytes: { unit: 'bytes', min: 0, max: 1024 * TIB, isInteger: true },
  tensorBytes: { unit: 'bytes', min: 0, max: TIB, isInteger: true },
  fileBytes: { unit: 'bytes', min: 1, max: TIB, isInteger: true },
  /** Lengths in the chunk header. */
  encodedBytes: { unit: 'bytes', min: 0, max: MAX_UINT32, isInteger: true },
  jpegBytes: { unit: 'bytes', min: 1, max: MAX_UINT32, isInteger: true },
  chunkBytes: { unit: 'bytes', min: 1024, max: 2 ** 20, isInteger: true },
  sentBytes: { unit: 'bytes', min: 0, max: MAX_INT32, isInteger: true },
  /** Planned bytes on the link, overheads included. */
  linkBytes: { unit: 'bytes', min: 0, max: TIB },
  /** Of all traffic of an agent since its start, or in a month. */
  trafficBytes: { unit: 'bytes', min: 0, max: 1024 * TIB, isInteger: true },
  /** What a device may claim: a dead one is known as such after this at the latest. */
  silenceS: { unit: 's', min: 1, max: 7200 },
  /** From absolute zero to where no board works. */
  temperatureC: { unit: '°C', min: -273.15, max: 1000 },
} as const satisfies Readonly<Record<string, Range>>;

/** A field of a schema: its unit, and what becomes of numbers outside its range. */
export const numberNotes = z.registry<{ readonly unit: string; readonly outside: Outside }>();

/** The number, or the nearer edge of a range. */
export function clamp(value: number, { min, max }: Pick<Range, 'min' | 'max'>): number {
  return Math.min(max, Math.max(min, value));
}

/** The schema of a number within a range. */
export function numberIn(range: Range, outside: Outside = 'rejected'): z.ZodNumber {
  const { unit, min, max, isInteger = false, isPositive = false } = range;
  const moved = (value: number): number => {
    if (isPositive && value <= 0) return value;
    return clamp(isInteger ? Math.round(value) : value, range);
  };
  const number = outside === 'clamped' ? z.number().overwrite(moved) : z.number();
  const bounded = (isInteger ? number.int() : number).min(min).max(max);
  return bounded.register(numberNotes, { unit, outside });
}

type Clamping = (value: unknown) => unknown;

const unchanged: Clamping = (value) => value;

/**
 * Moves the numbers of a stored value to the edges of their ranges in a schema: an earlier version stored it under wider ones.
 * The schema is read once; after that the cost is that of the fields with numbers.
 */
export function withinRanges(schema: z.ZodType): <T>(stored: T) => T {
  const clamping = clampingOf(schema);
  return <T>(stored: T): T => clamping(stored) as T;
}

function clampingOf(schema: unknown): Clamping {
  if (schema instanceof z.ZodNumber) return clampingOfNumber(schema);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return clampingOf(schema.unwrap());
  }
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodCatch) {
    return clampingOf(schema.unwrap());
  }
  if (schema instanceof z.ZodObject) return clampingOfObject(schema);
  if (schema instanceof z.ZodArray) {
    const one = clampingOf(schema.element);
    return one === unchanged
      ? unchanged
      : (value) => (Array.isArray(value) ? value.map(one) : value);
  }
  if (!(schema instanceof z.ZodUnion)) return unchanged;
  // Each changes only values of its own kind.
  const some = schema.options.map(clampingOf).filter((one) => one !== unchanged);
  return some.length === 0 ? unchanged : (value) => some.reduce((now, one) => one(now), value);
}

function clampingOfNumber(schema: z.ZodNumber): Clamping {
  const min = schema.minValue ?? Number.NEGATIVE_INFINITY;
  const max = schema.maxValue ?? Number.POSITIVE_INFINITY;
  return (value) => (typeof value === 'number' ? clamp(value, { min, max }) : value);
}

function clampingOfObject(schema: z.ZodObject): Clamping {
  const fields = Object.entries(schema.shape)
    .map(([name, field]) => [name, clampingOf(field)] as const)
    .filter(([, one]) => one !== unchanged);
  if (fields.length === 0) return unchanged;
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const given = value as Readonly<Record<string, unknown>>;
    const moved = fields.flatMap(([name, one]) =>
      name in given ? [[name, one(given[name])] as const] : [],
    );
    return { ...given, ...Object.fromEntries(moved) };
  };
}
