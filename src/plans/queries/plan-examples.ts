/** Examples of plans for the REST description. */
import type { PlanningInstance } from './instance-answers.js';
import type { CurrentPlan, ExplainedPlan, PlanView } from './plan-answers.js';

const AT = '2026-11-23T09:30:00.000Z';
const [HEAD, TAIL] = ['7f'.repeat(32), '3b'.repeat(32)];
const PREDICTED = {
  ...{ deviceMs: 21, encodeMs: 0.4, uplinkMs: 44, queueMs: 0.5, cloudMs: 9, downlinkMs: 17 },
  totalMs: 91.9,
};
const UPLOAD = { tensor: 'pool1', encoding: 'raw', bytes: 31_360 } as const;

export const PLAN_EXAMPLE: PlanView = {
  desired: {
    ...{ v: 1, version: 7, at: AT, cause: { code: 'link', text: 'the uplink fell to 5.8 Mbps' } },
    ...{ model: '5e'.repeat(32), device: [HEAD], cloud: [TAIL], uploads: [UPLOAD] },
    ...{ deadlineMs: 1500, creditBytes: 262_144, chunkBytes: 16_384 },
    link: { uplinkMsPerByte: 0.0014, rttMs: 34, ageMs: 420, confidence: 0.9, samples: 12 },
    predicted: PREDICTED,
    alternatives: [{ strategy: 'local', totalMs: 131.5 }],
  },
  reported: { state: 'applied', at: AT, convergedMs: 41, fault: null },
};

export const CURRENT_PLAN_EXAMPLE: CurrentPlan = {
  ...{ device: 'pi-kitchen', ...PLAN_EXAMPLE },
  explanation: {
    model: { id: '3f9c2a41d07b', name: 'mobilenetv2', version: 1, digest: '5e'.repeat(32) },
    ...{ deviceBlocks: ['stem'], cloudBlocks: ['head'], sentBytes: 31_360 },
    ...{ follows: { cut: 0, since: null }, uplinkMbps: 5.71 },
    linkNow: { uplinkMbps: 5.8, rttMs: 34, ageMs: 1280 },
  },
};

export const EXPLAINED_PLAN_EXAMPLE: ExplainedPlan = {
  ...{ device: 'pi-kitchen', version: 7, follows: 0 },
  because: 'it takes 91.9 ms, less than any other; uplink 5.7 Mbps, 34 ms',
  objective: 'frame',
  waiting: {
    ...{ cause: 'link', since: '2026-11-23T09:30:04.000Z', until: '2026-11-23T09:30:08.000Z' },
  },
  intervalMs: null,
  loads: { deviceMs: 21.4, uplinkMs: 44.1, cloudMs: 9, shortestMs: 44.1 },
  margins: null,
  candidates: [{ cut: 0, blocksOnDevice: 1, uploads: [UPLOAD], predicted: PREDICTED }],
  strategies: [{ strategy: 'local', totalMs: 131.5 }],
  breakpoints: { slower: { uplinkMbps: 3.1, cut: 1 }, faster: null },
  limits: {
    ...{ bytesPrice: null, deviceMemoryBytes: null, deadline: null, maxFrameBytes: 38_580 },
    month: {
      ...{ monthlyBytes: 2e9, sentBytes: 1.3e9, leftBytes: 7e8, framesLeft: 18_144 },
      ...{ rateFrom: 'interval', endsAt: '2026-12-01T00:00:00.000Z' },
      text: '700 MB of 2000 MB are left this month; 18144 frames are expected at their interval, so each may send 38.6 KB',
    },
    uplink: {
      ...{ site: 'barn', mbps: 12, devices: 5, load: 0.9, bytesPrice: 0.42, shareMbps: 2.1 },
      ...{ intervalMs: 120, slowdown: 1.2 },
      text: '5 devices share the line, whose frames use 90 % of 12 Mbps; this device gets a frame every 120 ms, 1.2 times as long as alone, and 2.1 Mbps on average, and each KB must save 0.42 ms for the others',
    },
    unmet: null,
  },
  bytes: {
    ...{ frameBytes: 31_360, latencyMs: 91.9, savedMsPerMegabyte: 1260, furtherMsPerMegabyte: 140 },
    ...{ framesPerDay: 2592, withOneMoreMegabyteADayMs: 91.8 },
    text: 'the best plan sends 31.4 KB a frame and takes 91.9 ms; each MB it sends saves 1260 ms in all; each further MB would save 140 ms in all; one more MB a day saves at most 0.054 ms a frame',
  },
};

export const PLANNING_INSTANCE_EXAMPLE: PlanningInstance = {
  name: 'pi-kitchen',
  layers: [
    { id: 'input:image', deviceMs: 0, cloudMs: 0, outputBytes: 0, encodings: [] },
    {
      ...{ id: 'stem', deviceMs: 21, cloudMs: 3.5, outputBytes: 0 },
      encodings: [{ name: 'raw', bytes: 31_360, encodeMs: 0, decodeMs: 0 }],
    },
    { id: 'head', deviceMs: 54, cloudMs: 9, outputBytes: 0, encodings: [] },
  ],
  edges: [
    ['input:image', 'stem'],
    ['stem', 'head'],
  ],
  link: {
    ...{ uplinkMbps: 5.8, latencyMs: 17, perTensorMs: 0.4, resultBytes: 4000 },
    downlinkMbps: 20,
  },
  ...{ objective: 'frame', workers: 1 },
};
