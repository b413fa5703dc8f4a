/** Requests for a bandwidth trace: a synthetic uplink by name, or custom points. */
import { z } from 'zod';
import { Trace, withOutage } from './trace.js';
import { type Uplink, uplinks, uplinkTrace } from './uplinks.js';

const names = uplinks.map(({ name }) => name);
const MAX_SECONDS = 3600;
const seconds = z.number().positive().max(MAX_SECONDS);

export const traceRequest = z.strictObject({
  /** One of the synthetic uplinks; or points. */
  uplink: z
    .string()
    .refine((name) => names.includes(name), `is one of ${names.join('; ')}`)
    .optional(),
  /** Milliseconds and Mbps from then on; 0 in an outage. */
  points: z
    .array(z.tuple([z.number().min(0), z.number().min(0).max(100_000)]))
    .min(1)
    .max(100_000)
    .optional(),
  seconds: seconds.default(600),
  seed: z.int().min(0).default(1),
  /** An outage from `atSeconds` on, of `seconds`. */
  outage: z.strictObject({ atSeconds: z.number().min(0), seconds }).optional(),
});
export type TraceRequest = z.infer<typeof traceRequest>;

/** The trace of a request, how long it lasts, and the round trip that belongs to it; a text where it asks for neither or both. */
export function traceOf(
  request: TraceRequest,
): { trace: Trace; lastsMs: number; rttMs: number | undefined } | string {
  const { points, seed, outage } = request;
  const uplink = uplinks.find(({ name }) => name === request.uplink);
  if ((points === undefined) === (uplink === undefined)) {
    return 'trace: takes either uplink or points';
  }
  const lastsMs = 1000 * request.seconds;
  const made = points === undefined ? synthetic(uplink, seed, lastsMs) : given(points, lastsMs);
  if (typeof made === 'string' || outage === undefined) {
    return typeof made === 'string' ? made : { trace: made, lastsMs, rttMs: uplink?.rttMs };
  }
  const trace = withOutage(made, 1000 * outage.atSeconds, 1000 * outage.seconds);
  return { trace, lastsMs, rttMs: uplink?.rttMs };
}

function synthetic(uplink: Uplink | undefined, seed: number, lastsMs: number): Trace | string {
  return uplink === undefined ? 'trace.uplink: is missing' : uplinkTrace(uplink, seed, lastsMs);
}

function given(points: readonly (readonly [number, number])[], lastsMs: number): Trace | string {
  const isRising = points.every(([atMs], i) => i === 0 || atMs > (points[i - 1]?.[0] ?? 0));
  if (!isRising || points[0]?.[0] !== 0) return 'trace.points: must begin at 0 ms and rise';
  const within = points.filter(([atMs]) => atMs < lastsMs);
  if (within.every(([, mbps]) => mbps === 0)) return 'trace.points: must have a rate above 0';
  return new Trace(
    within.map(([atMs, mbps]) => ({ atMs, mbps })),
    lastsMs,
  );
}
