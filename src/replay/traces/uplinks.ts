/**
 * Synthetic uplinks: the rate is log-normal, its logarithm an AR(1) process in steps of half a second, broken by outages.
 * Parameters were fitted to public drive and static traces; the mean rate follows from them.
 */
import { Random } from './random.js';
import { Trace, type TracePoint } from './trace.js';

/** How an uplink behaves. */
export interface Uplink {
  readonly name: string;
  /** Of the natural logarithm of the rate in Mbps. */
  readonly logMean: number;
  readonly logSd: number;
  /** Correlation from one step to the next. */
  readonly correlation: number;
  /** Share of the time in outages, and how long one lasts on average and at most. */
  readonly outageShare: number;
  readonly outageMs: number;
  readonly longestOutageMs: number;
  /** Assumed round trip; the traces do not hold it. */
  readonly rttMs: number;
}

type Row = readonly [string, number, number, number, number, number, number, number];

/** Name, ln-rate mean and sd, AR(1), outage share, mean and longest in s, round trip in ms. */
const TABLE: readonly Row[] = [
  ['3G EVDO driving', -0.236, 0.595, 0.75, 0.055, 1.8, 11.2, 80],
  ['3G UMTS driving', -0.121, 0.585, 0.77, 0.062, 1.5, 5.8, 80],
  ['LTE driving, poor', -0.157, 0.561, 0.77, 0.12, 5.1, 78.3, 60],
  ['LTE short', 1.613, 0.677, 0.83, 0.014, 1, 1.7, 40],
  ['4G static', 0.868, 0.231, 0.86, 0, 0, 0, 40],
  ['4G highway', 1.479, 1.168, 0.96, 0.131, 3, 6, 40],
  ['LTE good', 2.371, 0.744, 0.93, 0.011, 1.5, 3, 40],
  ['Wi-Fi restaurant', 2.99, 0.563, 0.76, 0.07, 2.8, 14, 10],
  ['Wi-Fi office', 3.236, 0.522, 0.87, 0.036, 2.2, 11, 10],
];

/** The nine of them. Where the longest outage is unknown, or said to be shorter than the mean, it is 2 or 5 means. */
export const uplinks: readonly Uplink[] = TABLE.map(
  ([name, logMean, logSd, correlation, outageShare, outageS, longestS, rttMs]) => ({
    ...{ name, logMean, logSd, correlation, outageShare, rttMs },
    outageMs: 1000 * outageS,
    longestOutageMs: 1000 * longestS,
  }),
);

const STEP_MS = 500;
/** Limits of the rate: a slower step would never end, and no radio is faster. */
const LEAST_MBPS = 0.01;
const MAX_MBPS = 1000;

/** One run of an uplink, the same for the same seed. Its longest outage is in it once, where its share of time allows. */
export function uplinkTrace(uplink: Uplink, seed: number, lastsMs: number): Trace {
  const random = new Random(seed);
  const rates: TracePoint[] = [];
  let z = random.normal();
  for (let atMs = 0; atMs < lastsMs; atMs += STEP_MS) {
    const mbps = Math.exp(uplink.logMean + uplink.logSd * z);
    rates.push({ atMs, mbps: Math.min(MAX_MBPS, Math.max(LEAST_MBPS, mbps)) });
    z = uplink.correlation * z + Math.sqrt(1 - uplink.correlation ** 2) * random.normal();
  }
  return new Trace(interrupted(rates, outagesOf(uplink, random, lastsMs)), lastsMs);
}

interface Outage {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Outages of exponential length with exponential times between, as an alternating renewal process. */
function outagesOf(uplink: Uplink, random: Random, lastsMs: number): Outage[] {
  const { outageShare, outageMs, longestOutageMs } = uplink;
  if (outageShare === 0) return [];
  const hasLongest = longestOutageMs <= outageShare * lastsMs;
  const longestAtMs = hasLongest ? random.next() * (lastsMs - longestOutageMs) : lastsMs;
  const shareLeft = hasLongest ? outageShare - longestOutageMs / lastsMs : outageShare;
  const outages: Outage[] = hasLongest
    ? [{ fromMs: longestAtMs, toMs: longestAtMs + longestOutageMs }]
    : [];
  if (shareLeft <= 0) return outages;
  const betweenMs = (outageMs * (1 - shareLeft)) / shareLeft;
  for (let atMs = random.exponential(betweenMs); atMs < lastsMs; ) {
    const toMs = Math.min(lastsMs, atMs + Math.min(longestOutageMs, random.exponential(outageMs)));
    outages.push({ fromMs: atMs, toMs });
    atMs = toMs + random.exponential(betweenMs);
  }
  return outages.sort((a, b) => a.fromMs - b.fromMs);
}

/** Rates with nothing passing in the outages, which may overlap. */
function interrupted(rates: readonly TracePoint[], outages: readonly Outage[]): TracePoint[] {
  const isOut = (atMs: number): boolean =>
    outages.some(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs);
  const edges = outages.flatMap(({ fromMs, toMs }) => [fromMs, toMs]);
  const times = [...new Set([...rates.map(({ atMs }) => atMs), ...edges])].sort((a, b) => a - b);
  let rate = 0;
  return times.map((atMs) => {
    rate = rates[Math.min(rates.length - 1, Math.floor(atMs / STEP_MS))]?.mbps ?? rate;
    return { atMs, mbps: isOut(atMs) ? 0 : rate };
  });
}
