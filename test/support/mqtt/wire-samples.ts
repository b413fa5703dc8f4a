/** One message of every row of the wire table: for round trips, for golden bytes, and as the examples of docs/protocol.md. */
import {
  type Chunk,
  encodeChunk,
  type MessageName,
  type Payload,
} from '../../../src/wire/index.js';

const at = '2026-11-23T08:00:00.000Z';
const model = 'ab'.repeat(32);
const head = 'cd'.repeat(32);
const tail = 'ef'.repeat(32);
const frame = '00112233445566778899aabbccddeeff';
const link = { uplinkMsPerByte: 0.0014, rttMs: 38, ageMs: 420, confidence: 0.9, samples: 12 };
const predicted = {
  deviceMs: 31.5,
  encodeMs: 0.4,
  uplinkMs: 22.1,
  queueMs: 0,
  cloudMs: 9.8,
  downlinkMs: 20,
  totalMs: 78.2,
};
const { totalMs: _, ...measured } = predicted;

/** The first of two chunks of a float32[1,2] tensor. */
export const chunkSample: Chunk = {
  frame,
  model: model.slice(0, 16),
  planVersion: 7,
  tensorIndex: 0,
  encoding: 'raw',
  dtype: 'float32',
  dims: [1, 2],
  scale: 1,
  zeroPoint: 0,
  deadlineMs: 1500,
  ageMs: 33,
  chunkIndex: 0,
  chunkCount: 2,
  offset: 0,
  tensorBytes: 8,
  isLastOfTensor: false,
  isLastOfFrame: false,
  bytes: Uint8Array.of(0, 0, 128, 63),
};

export const wireSamples: { readonly [N in MessageName]: Payload<N> } = {
  status: { v: 1, state: 'online', sid: 'c0ffee', at },
  birth: {
    v: 1,
    sid: 'c0ffee',
    agent: '0.1.0',
    platform: 'linux-arm64',
    cores: 4,
    memoryBytes: 8_320_000_000,
    runtimes: { node: '20.20.0', onnxruntime: '1.30.0' },
    encodings: ['raw', 'pixels', 'f16', 'u8'],
    encodeMsPerByte: { f16: 1.1e-6, u8: 1.6e-6 },
    source: 'image',
    objective: 'frame',
    intervalMs: 100,
    slowdown: 1,
    blocks: [head],
  },
  telemetry: {
    v: 1,
    sid: 'c0ffee',
    at,
    link,
    load: 0.7,
    freeMemoryBytes: 5_100_000_000,
    temperatureC: 54.2,
    isThrottled: false,
    framesWaiting: 0,
    intervalMs: 98.6,
    intervalSpread: 0.04,
  },
  probe: new Uint8Array(16),
  profile: {
    v: 1,
    model,
    blocks: [{ digest: head, medianMs: 31.5, spreadMs: 0.6, runs: 9 }],
    overheads: { handOverMs: 0.2, frameMs: 0.6 },
    because: 'drift',
  },
  desiredModel: {
    v: 1,
    version: 3,
    cause: 'assigned by an operator',
    at,
    model: {
      id: 'k3v9x2m1',
      name: 'mobilenet',
      version: 1,
      digest: model,
      inputs: [
        {
          name: 'input',
          image: {
            width: 224,
            height: 224,
            layout: 'NCHW',
            channels: 'RGB',
            scale: 0.5,
            mean: 0,
            deviation: [0.5, 0.25, 1],
            fit: 'cover',
          },
        },
      ],
      outputs: [{ name: 'scores', kind: 'classes', labels: ['cat', 'dog'] }],
      tensors: [
        { name: 'input', dtype: 'float32', dims: [1, 3, 224, 224], bytes: 602_112 },
        { name: 'middle', dtype: 'float32', dims: [1, 2], bytes: 8 },
        { name: 'scores', dtype: 'float32', dims: [1, 2], bytes: 8 },
      ],
      blocks: [
        { digest: head, name: 'b0', bytes: 901_120, inputs: ['input'], outputs: ['middle'] },
        { digest: tail, name: 'b1', bytes: 412, inputs: ['middle'], outputs: ['scores'] },
      ],
    },
  },
  reportedModel: { v: 1, version: 3, at, state: 'applied' },
  desiredPlan: {
    v: 1,
    version: 7,
    at,
    cause: { code: 'link', text: 'the uplink went from 18.9 to 5.7 Mbit/s' },
    model,
    device: [head],
    cloud: [tail],
    uploads: [{ tensor: 'middle', encoding: 'raw', bytes: 8 }],
    deadlineMs: 1500,
    creditBytes: 4_194_304,
    chunkBytes: 16_384,
    link,
    predicted,
    alternatives: [{ strategy: 'local', totalMs: 190 }],
    mix: {
      cuts: [{ device: [head, tail], cloud: [], uploads: [], predicted }],
      pattern: [0, 0, 1],
      periodMs: 41.3,
    },
    deadline: { deadlineMs: 400, risk: 0.05 },
    limits: { bytesPrice: 0.5, maxFrameBytes: 38_580, deviceMemoryBytes: 268_435_456 },
  },
  reportedPlan: {
    v: 1,
    version: 7,
    at,
    state: 'refused',
    fault: { code: 'BLOCK_UNKNOWN', message: 'block b0 is not here yet' },
  },
  tensor: encodeChunk(chunkSample),
  result: {
    head: {
      v: 1,
      kind: 'result',
      frame,
      queueMs: 0.1,
      cloudMs: 9.8,
      outputs: [{ name: 'scores', dtype: 'float32', dims: [1, 2], bytes: 8 }],
    },
    body: Uint8Array.of(0, 0, 0, 63, 0, 0, 128, 62),
  },
  record: {
    v: 1,
    records: [
      {
        frame,
        model,
        planVersion: 7,
        cut: 1,
        at,
        ageMs: 80,
        outcome: 'cloud',
        deadlineMs: 1500,
        totalMs: 79.9,
        measured,
        predicted,
        link: { uplinkMsPerByte: 0.0014, rttMs: 38, ageMs: 420 },
        sentBytes: 8,
        source: 'cat.jpg',
        answer: { index: 0, score: 0.5, label: 'cat' },
      },
    ],
  },
  receipt: { v: 1, frames: [frame] },
  command: {
    v: 1,
    id: '0123456789abcdef',
    expiresInMs: 60_000,
    kind: 'logLevel',
    level: 'debug',
  },
  commandReport: {
    v: 1,
    id: '0123456789abcdef',
    at,
    state: 'done',
    result: 'lines of debug and above are logged',
  },
};
