/** Fewer bytes on the wire, with real parts: what a model's policy allows is planned, sent, decoded and answered. */
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { referenceNetwork, serializeModel } from '../../../src/onnx/index.js';
import { openSession, type Session } from '../../../src/runtime/index.js';
import {
  type Birth,
  type DesiredPlan,
  type EncodingPolicy,
  pixelsOf,
  type Tensor,
  tensorOfPixels,
} from '../../../src/wire/index.js';
import {
  chunksOf,
  linkOf,
  newFrameId,
  type PlayedDevice,
  runBlocks,
} from '../../support/devices/played-device.js';
import { LeastAgent } from '../../support/mqtt/least-agent.js';
import { Tandem } from '../../support/service/tandem.js';
import { waitFor } from '../../support/wait-for.js';

const ABLE: Partial<Birth> = {
  encodings: ['raw', 'pixels', 'f16', 'u8'],
  encodeMsPerByte: { f16: 1e-6, u8: 1e-6 },
};
/** Slow enough that bytes count, and blocks so slow that the cloud is worth them. */
const [MBPS, BLOCK_MS] = [1, 100];

interface Accuracy {
  readonly inputs: number;
  readonly source: string;
  readonly warning?: string;
  readonly tensors: {
    tensor: string;
    encoding: string;
    maxRelativeError: number;
    top1Agreement: number | null;
  }[];
}
interface ModelAnswer {
  readonly id: string;
  readonly code?: string;
  readonly detail?: string;
  readonly manifest: { readonly policy: EncodingPolicy };
  readonly findings: { readonly accuracy: Accuracy; readonly decodeMsPerByte: object };
}

const network = referenceNetwork('tiny-chain');
let tandem: Tandem;
let model: string;
let whole: Session;
const connected: PlayedDevice[] = [];

beforeAll(async () => {
  tandem = await Tandem.start();
  model = await tandem.addModel('tiny-chain');
  whole = await openSession(serializeModel(network.build()));
}, 60_000);
afterAll(async () => {
  await Promise.all(connected.map((device) => device.leave()));
  await tandem.stop();
  await whole.release();
});

const setPolicy = (policy: unknown) => tandem.call('PATCH', `/models/${model}`, { policy });
const modelAnswer = async () => (await tandem.call('GET', `/models/${model}`)).body as ModelAnswer;

async function newDevice(id: string, birth: Partial<Birth> = ABLE) {
  const device = await (await tandem.enrol(id, model))();
  connected.push(device);
  const document = await device.model();
  await device.birth('tensor', birth);
  await device.introduceLink(document, BLOCK_MS, MBPS);
  return device;
}

const encodingsOf = ({ uploads }: DesiredPlan) => uploads.map(({ encoding }) => encoding);

/** The next plan after a version that sends something under an encoding. */
const planWith = (device: PlayedDevice, encoding: string, after = 0) =>
  device.plan((plan) => plan.version > after && encodingsOf(plan).includes(encoding as 'raw'));

const inputs = (): ReadonlyMap<string, Tensor> => {
  const image = network.manifest.inputs[0]?.image;
  if (image === undefined) throw new Error('no image input');
  const pixels = Uint8Array.from({ length: 3072 }, (_, i) => (i * 37) % 256);
  return new Map([['image', tensorOfPixels(pixels, image)]]);
};

/** The largest error of an output of a frame, to its largest value. */
async function errorOf(device: PlayedDevice, plan: DesiredPlan): Promise<number> {
  const tensors = await runBlocks(plan.device, inputs(), (digest) => tandem.block(digest));
  const frame = newFrameId();
  const chunks = chunksOf(frame, plan, tensors);
  expect(new Set(chunks.map(({ encoding }) => encoding))).toEqual(new Set(encodingsOf(plan)));
  const sent = chunks.reduce((sum, { bytes }) => sum + bytes.length, 0);
  expect(sent).toBe(plan.uploads.reduce((sum, { bytes }) => sum + bytes, 0));
  for (const chunk of chunks) await device.sendChunk(chunk);
  const { head, outputs } = await device.answer(frame);
  expect(head).toMatchObject({ kind: 'result' });
  const floatsOf = (tensor: Tensor | undefined) => [
    ...new Float32Array(Uint8Array.from(tensor?.data ?? []).buffer),
  ];
  const errors = [...(await whole.run(inputs()))].map(([name, tensor]) => {
    const [wanted, got] = [floatsOf(tensor), floatsOf(outputs.get(name))];
    const most = Math.max(...wanted.map(Math.abs));
    return Math.max(...wanted.map((value, i) => Math.abs(value - (got[i] ?? Number.NaN)))) / most;
  });
  return Math.max(...errors);
}

describe('a model', () => {
  it('is uploaded with the measured effect of each lossy encoding of each tensor', async () => {
    const { manifest, findings } = await modelAnswer();
    expect(manifest.policy).toBe('exact');
    const { accuracy, decodeMsPerByte } = findings;
    expect(accuracy).toMatchObject({ inputs: 8, source: 'synthetic' });
    expect(accuracy.warning).toContain('calibration');
    const losses = (encoding: string) =>
      accuracy.tensors.filter((one) => one.encoding === encoding);
    expect(losses('f16').map(({ tensor }) => tensor)).toContain('image');
    expect(losses('f16').length).toBe(losses('u8').length);
    for (const { maxRelativeError, top1Agreement } of losses('f16')) {
      expect(maxRelativeError).toBeGreaterThan(0);
      expect(maxRelativeError).toBeLessThan(0.005);
      expect(top1Agreement).toBeGreaterThanOrEqual(0);
    }
    expect(decodeMsPerByte).toMatchObject({ f16: expect.any(Number), u8: expect.any(Number) });
  });

  it('is measured on its calibration inputs, and rejected when they are invalid', async () => {
    const background = { r: 90, g: 20, b: 200 };
    const picture = sharp({ create: { width: 40, height: 30, channels: 3, background } });
    const upload = async (...calibration: Uint8Array[]) => {
      const form = new FormData();
      form.set('manifest', JSON.stringify(network.manifest));
      form.set('name', `calibrated-${calibration.length}`);
      for (const file of calibration) form.append('calibration', new Blob([file.slice()]));
      form.set('file', new Blob([serializeModel(network.build(5)).slice()]), 'net.onnx');
      return tandem.call('POST', '/models', form);
    };
    const [tensor] = [...inputs().values()];
    const good = await upload(await picture.png().toBuffer(), tensor?.data ?? new Uint8Array());
    expect(good.status).toBe(201);
    const { accuracy } = (good.body as ModelAnswer).findings;
    expect(accuracy).toMatchObject({ inputs: 2, source: 'uploaded' });
    expect(accuracy.warning).toBeUndefined();
    const bad = await upload(Uint8Array.of(1, 2, 3));
    expect([bad.status, (bad.body as ModelAnswer).code]).toEqual([400, 'CALIBRATION_INVALID']);
    expect((bad.body as ModelAnswer).detail).toContain('calibration input 1');
  }, 60_000);

  it('rejects an invalid policy, and a change of a fixed field', async () => {
    for (const policy of ['lossy', {}, { maxRelativeError: 2 }, { maxRelativeErr: 0.1 }]) {
      expect((await setPolicy(policy)).status).toBe(400);
    }
    const body = { policy: 'half', name: 'other' };
    expect((await tandem.call('PATCH', `/models/${model}`, body)).status).toBe(400);
    expect((await tandem.call('PATCH', '/models/000000000000', { policy: 'half' })).status).toBe(
      404,
    );
  });
});

describe('a device', () => {
  it('sends the encodings that the policy allows, and gets answers within the measured error', async () => {
    const device = await newDevice('able');
    const exact = await planWith(device, 'raw');
    expect(await errorOf(device, exact)).toBeLessThan(1e-5);

    expect((await setPolicy('half')).body).toMatchObject({ manifest: { policy: 'half' } });
    const half = await planWith(device, 'f16', exact.version);
    expect(half.cause.code).toBe('operator');
    expect(half.predicted.totalMs).toBeLessThan(exact.predicted.totalMs);
    const halfError = await errorOf(device, half);
    expect(halfError).toBeGreaterThan(0);
    expect(halfError).toBeLessThan(0.005);

    await setPolicy('int8');
    const bytes = await planWith(device, 'u8', half.version);
    expect(bytes.predicted.encodeMs).toBeGreaterThan(0);
    expect(bytes.predicted.totalMs).toBeLessThan(half.predicted.totalMs);
    expect(await errorOf(device, bytes)).toBeLessThan(0.1);

    await setPolicy('exact');
    const again = await planWith(device, 'raw', bytes.version);
    expect(again.cause.text).toContain('cannot be kept');
  });

  it('sends only encodings measured within the bound of the policy', async () => {
    const device = await newDevice('bounded');
    await planWith(device, 'raw');
    const { tensors } = (await modelAnswer()).findings.accuracy;
    const most = Math.max(
      ...tensors.filter(({ encoding }) => encoding === 'f16').map((one) => one.maxRelativeError),
    );
    await setPolicy({ maxRelativeError: most });
    const within = await planWith(device, 'f16');
    for (const { tensor, encoding } of within.uploads) {
      const loss = tensors.find((one) => one.tensor === tensor && one.encoding === encoding);
      expect(loss?.maxRelativeError).toBeLessThanOrEqual(most);
    }
    await setPolicy({ maxRelativeError: 0 });
    const none = await planWith(device, 'raw', within.version);
    expect(new Set(encodingsOf(none))).toEqual(new Set(['raw']));
    await setPolicy('exact');
  });

  it('sends its JPEG files when that is faster, and the cloud decodes them', async () => {
    const connect = await tandem.enrol('camera', model);
    const device = await connect();
    connected.push(device);
    const background = { r: 30, g: 120, b: 220 };
    const picture = sharp({ create: { width: 64, height: 48, channels: 3, background } });
    const file = new Uint8Array(await picture.jpeg().toBuffer());
    const document = await device.model();
    await device.birth('image', { encodings: ['raw', 'pixels', 'jpeg'] });
    await device.introduceLink(document, 1000, MBPS);
    const first = await planWith(device, 'pixels');
    await device.reportLink(linkOf(MBPS), { jpegBytes: file.length });
    const plan = await planWith(device, 'jpeg', first.version);
    expect(plan.uploads).toEqual([{ tensor: 'image', encoding: 'jpeg', bytes: file.length }]);
    expect(plan.predicted.totalMs).toBeLessThan(first.predicted.totalMs);

    const image = document.inputs[0]?.image;
    if (image === undefined) throw new Error('no image input');
    const tensors = new Map([['image', tensorOfPixels(await pixelsOf(file, image), image)]]);
    const answered = async (bytes: Uint8Array, more = {}) => {
      const frame = newFrameId();
      for (const chunk of chunksOf(frame, plan, tensors, new Map([['image', bytes]]), more)) {
        await device.sendChunk(chunk);
      }
      return device.answer(frame);
    };
    const fromFile = await answered(file);
    expect(fromFile.head.kind).toBe('result');
    // The same plan takes a picture that came as something else.
    const fromPixels = await answered(await pixelsOf(file, image), { encoding: 'pixels' });
    expect(fromFile.outputs).toEqual(fromPixels.outputs);

    const png = new Uint8Array(await picture.png().toBuffer());
    expect((await answered(png)).head).toMatchObject({ kind: 'fault', code: 'INPUT_UNREADABLE' });
    const broken = await answered(file.slice(0, 200));
    expect(broken.head).toMatchObject({ kind: 'fault', code: 'INPUT_UNREADABLE' });
  });

  it('gets no plan with a lossy encoding when it supports none', async () => {
    const device = await newDevice('plain', { encodings: ['raw', 'pixels'] });
    const first = await planWith(device, 'raw');
    await setPolicy('int8');
    await device.birth('tensor', ABLE);
    await waitFor(() => expect(device.plans.length).toBeGreaterThan(1));
    const news = await device.plan(({ version }) => version > first.version);
    // Whichever of the two news is judged last.
    expect(['source', 'operator']).toContain(news.cause.code);
    expect(encodingsOf(news)).toContain('u8');
    await setPolicy('exact');
  });
});

describe('the least agent, which shares no code with the service', () => {
  const leastAgents: LeastAgent[] = [];
  afterAll(() => Promise.all(leastAgents.map((agent) => agent.leave())));

  async function leastAgent(id: string, encodings: string[], assigned = model) {
    await tandem.enrol(id, assigned);
    const url = `mqtt://127.0.0.1:${tandem.port}`;
    const agent = await LeastAgent.connect(url, id, tandem.secretOf(id), encodings);
    leastAgents.push(agent);
    return agent;
  }
  const planOf = (agent: LeastAgent) =>
    waitFor(() => {
      if (agent.plan === undefined) throw new Error('no plan yet');
      return agent.plan;
    });
  const answerOf = (agent: LeastAgent, frame: string | undefined) =>
    waitFor(() => {
      const found = agent.answers.find(({ head }) => head.frame === frame);
      if (found === undefined) throw new Error('no answer yet');
      return found;
    });

  /** A drawn scene as a camera would send it. */
  const scene = (width: number, height: number, sun: string) =>
    sharp(
      Buffer.from(
        `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="${width}" height="${height}">
          <rect width="32" height="20" fill="#8ecae6"/><rect y="20" width="32" height="12" fill="#6a994e"/>
          <circle cx="22" cy="8" r="5" fill="${sun}"/><path d="M4 22 L11 10 L18 22 Z" fill="#bc4749"/></svg>`,
      ),
    ).removeAlpha();
  const scores = (bytes: Uint8Array) => [...new Float32Array(Uint8Array.from(bytes).buffer)];

  it.each(['pixels', 'jpeg'])(
    'gets answers for pictures as %s, with a small plan and without a profile',
    async (form) => {
      const agent = await leastAgent(`least-${form}`, [form]);
      const plan = await planOf(agent);
      expect(plan).toMatchObject({ device: [], alternatives: [], uploads: [{ encoding: form }] });
      expect(plan).not.toHaveProperty('table');
      expect(plan).not.toHaveProperty('mix');
      const image = network.manifest.inputs[0]?.image;
      if (image === undefined) throw new Error('no image input');
      const answers = new Set<string>();
      for (const sun of ['#ffb703', '#023047', '#ffffff']) {
        const file = await scene(96, 96, sun).jpeg({ quality: 60 }).toBuffer();
        const pixels = await scene(32, 32, sun).raw().toBuffer();
        const seen = form === 'jpeg' ? await pixelsOf(file, image) : new Uint8Array(pixels);
        const frame = await agent.send(form === 'jpeg' ? file : pixels, plan);
        const { head, body } = await answerOf(agent, frame);
        expect(head).toMatchObject({ kind: 'result' });
        const [wanted] = [
          ...(await whole.run(new Map([['image', tensorOfPixels(seen, image)]]))).values(),
        ];
        const [expected, got] = [scores(wanted?.data ?? new Uint8Array()), scores(body)];
        const most = Math.max(...expected.map(Math.abs));
        for (const [i, value] of expected.entries()) {
          expect(Math.abs((got[i] ?? Number.NaN) - value) / most).toBeLessThan(1e-4);
        }
        answers.add(body.toString('hex'));
      }
      expect(answers.size).toBe(3);
      const view = (await tandem.call('GET', `/devices/least-${form}/plan`)).body;
      expect(view).toMatchObject({ reported: { state: 'applied' } });
    },
  );

  it('learns why it has no plan where pictures must stay on the device, and gets one when they may leave', async () => {
    const kept = await tandem.addModel('tiny-chain', { name: 'kept', leaves: 'features' });
    const agent = await leastAgent('least-kept', ['pixels'], kept);
    const { head } = await answerOf(agent, undefined);
    expect(head).toMatchObject({ kind: 'fault', code: 'PLAN_IMPOSSIBLE' });
    expect(head.message).toBe(
      'desiredPlan: the device runs no blocks, and leaves of model kept is features: input image must not leave it',
    );
    expect(agent.plan).toBeUndefined();
    await tandem.call('PATCH', `/models/${kept}`, { leaves: 'anything' });
    expect(await planOf(agent)).toMatchObject({
      uploads: [{ tensor: 'image', encoding: 'pixels' }],
    });
  });
});
