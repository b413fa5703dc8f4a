/** Answers of the history as the pages of the REST interface show them. */
import type { LatencyAnswer } from '../latency/latency-answers.js';
import type { TimedFrame } from '../views/frame-answers.js';

const AT = '2026-11-23T09:30:00.000Z';
const MEASURED = {
  deviceMs: 21,
  encodeMs: 1.5,
  uplinkMs: 48,
  queueMs: 0.4,
  cloudMs: 9,
  downlinkMs: 17,
};

const { timeline, ...FRAME } = {
  frame: '0123456789abcdef0123456789abcdef',
  device: 'pi-kitchen',
  startedAt: AT,
  receivedAt: '2026-11-23T09:30:00.260Z',
  skewMs: 3.1,
  clockErrorMs: 4.2,
  model: '9b1c0f3a5d7e2468'.repeat(4),
  planVersion: 7,
  outcome: 'cloud',
  fault: null,
  deadlineMs: 1500,
  totalMs: 96.9,
  measured: MEASURED,
  predicted: { ...MEASURED, uplinkMs: 44, totalMs: 92.9 },
  cloud: {
    arrivedMs: 40,
    completeMs: 70.5,
    endedMs: 79.9,
    endedAs: 'result',
    queueMs: 0.4,
    runMs: 9,
  },
  linkClass: '4g',
  link: { uplinkMsPerByte: 0.0014, rttMs: 34 },
  sentBytes: 31_360,
  source: 'door-0412.jpg',
  answer: { index: 207, score: 0.82, label: 'golden retriever' },
  timeline: {
    measured: [
      { stage: 'device', fromMs: 0, toMs: 21 },
      { stage: 'uplink', fromMs: 22.5, toMs: 70.5 },
    ],
    predicted: null,
  },
} satisfies TimedFrame;

export const FRAME_EXAMPLE = FRAME;
export const TIMED_FRAME_EXAMPLE = { ...FRAME, timeline };

const cost = (count: number, meanMs: number) => ({
  ...{ count, meanMs },
  percentilesMs: { p50: meanMs, p95: 1.5 * meanMs, p99: 2 * meanMs },
});

export const LATENCY_EXAMPLE: LatencyAnswer = {
  from: AT,
  to: '2026-11-23T09:31:00.000Z',
  bucketMs: 60_000,
  tz: null,
  percentiles: [50, 95, 99],
  source: 'minute',
  relativeError: 0.01,
  buckets: [
    {
      from: AT,
      to: '2026-11-23T09:31:00.000Z',
      count: 600,
      outcomes: { cloud: 598, 'local-fallback': 2 },
      stages: { total: { measured: cost(600, 97), predicted: cost(600, 93) } },
    },
  ],
};
