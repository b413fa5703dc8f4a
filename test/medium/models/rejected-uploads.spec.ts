/** Rejected uploads with a real database and real examining processes: hostile models, wrong manifests, broken requests. */
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelsModule } from '../../../src/models/index.js';
import type { ModelManifest } from '../../../src/wire/index.js';
import {
  externalData,
  giantAllocation,
  identity,
  lyingWeight,
  symbolicInput,
  unknownOperator,
} from '../../support/networks/hostile-models.js';
import { ModelsApi, tiny } from '../../support/networks/models-api.js';
import { bytesOfOdd } from '../../support/networks/odd-networks.js';
import { type RunningService, startService } from '../../support/service/service.js';

const UPLOAD_LIMIT = 400_000;

let service: RunningService;
let api: ModelsApi;
beforeAll(async () => {
  service = await startService({
    modules: [ModelsModule],
    environment: {
      FLOTILLA_UPLOAD_LIMIT_BYTES: String(UPLOAD_LIMIT),
      FLOTILLA_EXAMINE_TIMEOUT_MS: '20000',
      FLOTILLA_EXAMINE_MEMORY_BYTES: String(512 * 1024 ** 2),
    },
  });
  api = new ModelsApi(service.url);
});
afterAll(() => service.stop());

/** The beginning of a form with a file, whose boundary is x. */
const PART = '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n';

const incoming = () => readdir(join(service.data, 'incoming'));

describe('POST /api/v1/models', () => {
  const chain = tiny('tiny-chain');
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
  const refusals: [string, Uint8Array, string, RegExp][] = [
    ['a picture', png, 'MODEL_NOT_ONNX', /./],
    ['half a model', chain.bytes.subarray(0, chain.bytes.length / 2), 'MODEL_NOT_ONNX', /byte/],
    ['an unknown operator', unknownOperator(), 'MODEL_REFUSED', /Frobnicate/],
    [
      'weights outside of the file',
      externalData('../../../etc/passwd'),
      'MODEL_REFUSED',
      /external/,
    ],
    ['weights in a system file', externalData('/etc/passwd'), 'MODEL_REFUSED', /external/],
    ['weights of 160 GB', lyingWeight([200_000, 200_000]), 'MODEL_REFUSED', /size/],
    ['weights of uncountable size', lyingWeight([2 ** 40, 2 ** 40]), 'MODEL_REFUSED', /overflow/],
    ['weights of negative size', lyingWeight([-1, 4]), 'MODEL_REFUSED', /dimensions/],
    ['constants of 14 GB', giantAllocation({ isConstant: true }), 'MODEL_TOO_COSTLY', /./],
    ['a result of 14 GB', giantAllocation({ isConstant: false }), 'MODEL_TOO_COSTLY', /./],
  ];
  it.each(refusals)('rejects %s with the reason', async (_what, bytes, code, why) => {
    const { status, body } = await api.post(bytes, { query: '?name=hostile' });
    expect([status, body.code]).toEqual([400, code]);
    expect(body.detail).toMatch(why);
    const [kept] = (await api.json('/api/v1/models?name=hostile&state=refused&limit=1')).models;
    expect(kept).toMatchObject({ version: null, fault: { code, message: body.detail } });
    expect((await api.json('/api/v1/models?name=hostile')).models).toEqual([]);
    expect(await incoming()).toEqual([]);
  });

  it('asks for an example where drawn inputs do not do, and for one of the right size', async () => {
    const upload = async (x: object, sr: object) => {
      const inputs = [
        { name: 'x', dims: [1, 576], ...x },
        { name: 'sr', ...sr },
      ];
      const { status, body } = await api.postForm(bytesOfOdd('if_dead_branch'), { inputs });
      return [status, body.code ?? body.state, body.detail ?? ''];
    };
    const [status, code, detail] = await upload({}, {});
    expect([status, code]).toEqual([400, 'EXAMPLE_NEEDED']);
    expect(detail).toMatch(/example of 'x', 'sr'.*cannot be reshaped/);
    expect(await upload({}, { example: [1.5] })).toEqual([
      400,
      'MANIFEST_INVALID',
      expect.stringMatching(/other/),
    ]);
    expect(await upload({ example: [1, 2] }, {})).toEqual([
      400,
      'MANIFEST_INVALID',
      expect.stringMatching(/576/),
    ]);
    expect(await upload({}, { example: [16_000] })).toEqual([201, 'ready', '']);
  });

  it('rejects a manifest that contradicts the model', async () => {
    const [input] = chain.manifest.inputs;
    const wrong: [Partial<ModelManifest> | object, RegExp][] = [
      [{ inputs: [{ name: 'unknown' }] }, /no input 'unknown'/],
      [{ inputs: [{ ...input, image: undefined, dims: [1, 2] }] }, /dimensions/],
      [{ inputs: [{ image: { ...input?.image, width: 7 } }] }, /7/],
      [{ inputs: [{ image: { ...input?.image, deviation: 0 } }] }, /deviation must not be 0/],
      [{ inputs: [{ image: { ...input?.image, mean: [1, 2] } }] }, /mean has 2 numbers/],
      [{ outputs: [{ kind: 'classes', labels: ['only one'] }] }, /1 labels/],
      [{ outputs: [{ kind: 'colours' }] }, /outputs.0.kind/],
      [{ colour: 'blue' }, /colour/],
    ];
    for (const [manifest, why] of wrong) {
      const { status, body } = await api.postForm(chain.bytes, manifest);
      expect([status, body.code]).toEqual([400, 'MANIFEST_INVALID']);
      expect(body.detail).toMatch(why);
    }
  });

  it('uses up no version for a refused upload', async () => {
    const { body } = await api.post(identity('float32', [4]), { query: '?name=hostile' });
    expect([body.name, body.version]).toEqual(['hostile', 1]);
  });

  it.each([
    ['twice', { manifest: '{}', more: '{}' }, /manifest: given twice/],
    ['that is not JSON', { manifest: '{', more: '' }, /manifest: not JSON/],
    ['as a list', { manifest: '[]', more: '' }, /manifest: /],
  ])('rejects a manifest %s in a part with a file name', async (_, { manifest, more }, why) => {
    const form = new FormData();
    for (const text of [manifest, more].filter(Boolean)) {
      form.append('manifest', new Blob([text], { type: 'application/json' }), 'net.json');
    }
    form.set('file', new Blob([Buffer.from(chain.bytes)]), 'net.onnx');
    const { status, body } = await api.postParts(form);
    expect([status, body.detail]).toEqual([400, expect.stringMatching(why)]);
    expect(await incoming()).toEqual([]);
  });

  it('binds symbolic dimensions by the sizes of the manifest', async () => {
    const { status, body } = await api.postForm(symbolicInput(), {
      inputs: [{ dims: [1, 3, 8, 8] }],
    });
    expect(status).toBe(201);
    expect(body.document.tensors[0]).toMatchObject({ name: 'picture', dims: [1, 3, 8, 8] });
  });

  it('rejects names with paths, NUL or more than 64 characters', async () => {
    for (const name of ['../etc', 'a%00b', '.hidden', 'x'.repeat(65), 'Ünïcode']) {
      expect((await api.post(chain.bytes, { query: `?name=${name}` })).status).toBe(400);
    }
  });

  it('rejects other content types with 415', async () => {
    for (const type of ['application/zip', 'application/json', 'text/plain']) {
      const { status } = await api.post(Buffer.from('{}'), { headers: { 'content-type': type } });
      expect(status).toBe(415);
    }
  });

  it.each([
    ['without a boundary', 'multipart/form-data', '--x\r\n'],
    ['with an empty boundary', 'multipart/form-data; boundary=', '--\r\n'],
    ['that ends within a file', 'multipart/form-data; boundary=x', `${PART}abc`],
    ['that ends within a header', 'multipart/form-data; boundary=x', PART.slice(0, 30)],
    ['without a part', 'multipart/form-data; boundary=x', 'nothing'],
    ['without a name', 'multipart/form-data; boundary=x', '--x\r\n\r\nabc\r\n--x--\r\n'],
    ['with a prototype', 'multipart/form-data; boundary=x', PART.replace('file', '__proto__')],
  ])('rejects a form %s as the fault of its client', async (_, type, text) => {
    const { status, body } = await api.post(Buffer.from(text), {
      headers: { 'content-type': type },
    });
    expect([status, body.code]).toEqual([400, 'REQUEST_INVALID']);
    expect(await incoming()).toEqual([]);
  });

  it('rejects a file above the limit with 413, with or without a content length', async () => {
    const large = new Uint8Array(UPLOAD_LIMIT + 1);
    expect(await api.post(large)).toMatchObject({
      status: 413,
      body: { code: 'UPLOAD_TOO_LARGE' },
    });
    expect((await api.postForm(large)).status).toBe(413);
    expect(await incoming()).toEqual([]);
  });

  it('removes the file of an interrupted upload', async () => {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    const head =
      'POST /api/v1/models HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: 100000\r\n\r\n';
    socket.write(head + 'x'.repeat(5000));
    for (let i = 0; i < 100 && (await incoming()).length === 0; i++) await sleep(10);
    expect(await incoming()).toHaveLength(1);
    socket.destroy();
    for (let i = 0; i < 100 && (await incoming()).length > 0; i++) await sleep(10);
    expect(await incoming()).toEqual([]);
  });
});
