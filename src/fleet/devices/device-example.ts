/** A device as the pages of the REST interface show it. */
import { NAMED_MODEL_EXAMPLE } from '../../platform/index.js';
import type { DeviceView } from './device-view.js';

export const DEVICE_EXAMPLE: DeviceView = {
  id: 'pi-kitchen',
  name: 'Kitchen',
  createdAt: '2026-11-23T08:00:00.000Z',
  version: 3,
  model: NAMED_MODEL_EXAMPLE,
  deadlineMs: 1500,
  strategy: 'auto',
  limits: {
    ...{ bytesPrice: null, monthlyBytes: 2e9, deviceMemoryBytes: null, deadline: null },
    uplink: { site: 'barn', mbps: 12 },
  },
  group: 'indoors',
  tags: ['camera', 'ground-floor'],
  access: 'approved',
  presence: {
    state: 'online',
    isConnected: true,
    since: '2026-11-23T08:01:12.310Z',
    lastSeenAt: '2026-11-23T09:30:00.120Z',
    reason: null,
    sid: 'c0ffee',
  },
  linkClass: '4g',
  birth: {
    v: 1,
    sid: 'c0ffee',
    agent: '0.1.0',
    platform: 'linux-arm64',
    cores: 4,
    memoryBytes: 8_320_000_000,
    runtimes: { node: '20.20.0', onnxruntime: '1.30.0' },
    encodings: ['raw', 'pixels'],
    source: 'image',
    slowdown: 1,
    blocks: [],
  },
  cameraState: 'live',
  inputs: [
    { name: 'door', state: 'live', fps: 9.9, lastPictureAgeMs: 1180, dropped: 12, restarts: 1 },
  ],
  telemetry: {
    v: 1,
    sid: 'c0ffee',
    at: '2026-11-23T09:29:58.900Z',
    link: { uplinkMsPerByte: 0.0014, rttMs: 38, ageMs: 420, confidence: 0.9, samples: 12 },
    load: 0.7,
    freeMemoryBytes: 5_100_000_000,
    temperatureC: 54.2,
    isThrottled: false,
    framesWaiting: 0,
    receivedAt: '2026-11-23T09:29:59.000Z',
    ageMs: 1120,
  },
};
