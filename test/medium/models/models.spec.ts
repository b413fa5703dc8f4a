/** Models with a real database and real examining processes: files in over HTTP, blocks out, and everything that is no model. */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelsModule, ModelsService } from '../../../src/models/index.js';
import { referenceNetworks, serializeModel } from '../../../src/onnx/index.js';
import { Database, EventBus } from '../../../src/platform/index.js';
import type { ModelDocument, ModelManifest } from '../../../src/wire/index.js';
import {
  endlessLoop,
  externalData,
  giantAllocation,
  identity,
  lyingWeight,
  symbolicInput,
  unknownOperator,
} from '../../support/networks/hostile-models.js';
import { type RunningService, startService } from '../../support/service/service.js';

const UPLOAD_LIMIT = 400_000;

let service: RunningService;
let models: ModelsService;
const events: string[] = [];

beforeAll(async () => {
  service = await startService({
    modules: [ModelsModule],
    environment: {
      FLOTILLA_UPLOAD_LIMIT_BYTES: String(UPLOAD_LIMIT),
      FLOTILLA_EXAMINE_TIMEOUT_MS: '20000',
      FLOTILLA_EXAMINE_MEMORY_BYTES: String(512 * 1024 ** 2),
    },
  });
  models = service.app.get(ModelsService);
  const bus = service.app.get(EventBus);
  bus.on('models.ready', ({ model }) => void events.push(`ready ${model}`));
  bus.on('models.deleted', ({ model }) => void events.push(`deleted ${model}`));
});
afterAll(() => service.stop());

const tiny = (name: 'tiny-chain' | 'tiny-fork', seed = 1) => {
  const network = referenceNetworks.find((one) => one.name === name);
  if (network === undefined) throw new Error(name);
  return { bytes: serializeModel(network.build(seed)), manifest: network.manifest };
};

/** What a route may answer with: a model, or a problem. */
interface Answer {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly state: string;
  readonly document: ModelDocument;
  readonly progress: unknown;
  readonly code: string;
  readonly detail: string;
}
const answerOf = async (response: Response): Promise<Answer> => (await response.json()) as Answer;

async function post(
  bytes: Uint8Array,
  { query = '', headers = {} }: { query?: string; headers?: Record<string, string> } = {},
) {
  const response = await fetch(`${service.url}/api/v1/models${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', ...headers },
    body: Buffer.from(bytes),
  });
  return { status: response.status, headers: response.headers, body: await answerOf(response) };
}

async function postForm(
  bytes: Uint8Array,
  manifest?: unknown,
  fields: Record<string, string> = {},
) {
  const form = new FormData();
  if (manifest !== undefined) form.set('manifest', JSON.stringify(manifest));
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set('file', new Blob([Buffer.from(bytes)]), 'My Net.onnx');
  const response = await fetch(`${service.url}/api/v1/models`, { method: 'POST', body: form });
  return { status: response.status, body: await answerOf(response) };
}

const get = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
  const response = await fetch(`${service.url}${path}`, { method, headers });
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  };
};
const json = async (path: string) => JSON.parse((await get(path)).bytes.toString());
const incoming = () => readdir(join(service.data, 'incoming'));

describe('a model', () => {
  it('is described on the API pages, with the manifest that may come with it', async () => {
    const pages: unknown = await (await fetch(`${service.url}/openapi.json`)).json();
    const image = { required: ['width', 'height'] };
    const manifest = { properties: { inputs: { items: { properties: { image } } } } };
    const form = { schema: { properties: { file: { format: 'binary' }, manifest } } };
    const content = {
      'multipart/form-data': form,
      'application/octet-stream': { schema: { format: 'binary' } },
    };
    expect(pages).toMatchObject({
      paths: { '/api/v1/models': { post: { requestBody: { content } } } },
    });
  });

  it('is examined, cut into blocks and announced', async () => {
    const { bytes, manifest } = tiny('tiny-chain');
    const { status, body } = await postForm(bytes, manifest);
    expect(body).toMatchObject({ name: 'tiny-chain', version: 1, state: 'ready', fault: null });
    expect(status).toBe(201);
    const document = await models.documentOf(body.id);
    expect(document).toEqual(body.document);
    expect(document?.inputs[0]?.image).toBeDefined();
    const times = await models.cloudTimesOf(body.id);
    expect([...(times?.keys() ?? [])]).toEqual(document?.blocks.map(({ digest }) => digest));
    for (const block of document?.blocks ?? []) {
      const file = await readFile(models.blockPath(block.digest));
      expect(createHash('sha256').update(file).digest('hex')).toBe(block.digest);
      expect(file.length).toBe(block.bytes);
    }
    expect(events).toContain(`ready ${body.id}`);
    expect(await incoming()).toEqual([]);
  });

  it('that is there already under this name and manifest is answered with what is there', async () => {
    const { bytes, manifest } = tiny('tiny-chain', 2);
    const first = await postForm(bytes, manifest);
    const second = await postForm(bytes, manifest);
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body).toEqual(first.body);
    const other = await postForm(bytes, { ...manifest, outputs: [] });
    expect(other.body).toMatchObject({ version: first.body.version + 1 });
    expect(other.body.document.blocks).toEqual(first.body.document.blocks);
  });

  it('may be waited for, with its progress', async () => {
    const { bytes } = tiny('tiny-fork');
    const { status, headers, body } = await post(bytes, {
      query: '?name=slow-fork',
      headers: { prefer: 'respond-async' },
    });
    expect([status, body.state, body.name]).toEqual([202, 'checking', 'slow-fork']);
    const location = headers.get('location') ?? '';
    expect(await json(location)).toMatchObject({
      progress: { step: expect.any(String), share: expect.any(Number) },
    });
    for (let i = 0; i < 300 && (await json(location)).state === 'checking'; i++) await sleep(50);
    expect(await json(location)).toMatchObject({ state: 'ready', progress: null });
  });

  it('is listed newest first, page by page', async () => {
    const first = await json('/api/v1/models?limit=2');
    const rest = await json(`/api/v1/models?limit=1000&cursor=${first.next}`);
    const all = await json('/api/v1/models');
    expect([...first.models, ...rest.models]).toEqual(all.models);
    expect(all.next).toBe(null);
    const named = await json('/api/v1/models?name=slow-fork&state=ready');
    expect(named.models.map(({ name }: { name: string }) => name)).toEqual(['slow-fork']);
    expect((await get('/api/v1/models?cursor=nonsense')).status).toBe(400);
    expect((await get('/api/v1/models?sort=name')).status).toBe(400);
  });

  it('cannot be removed while a device has it; removed it leaves only blocks of others', async () => {
    const { bytes, manifest } = tiny('tiny-chain', 3);
    const one = await postForm(bytes, manifest);
    const twin = await postForm(bytes, manifest, { name: 'twin' });
    const [block] = one.body.document.blocks;
    const database = service.app.get(Database);
    await database.client.device.create({
      data: { id: 'pi', name: 'pi', secretHash: '-', modelId: one.body.id },
    });
    const path = `/api/v1/models/${one.body.id}`;
    const refused = await get(path, {}, 'DELETE');
    expect(refused.status).toBe(409);
    expect(JSON.parse(refused.bytes.toString())).toMatchObject({ code: 'MODEL_IN_USE' });
    await database.client.device.update({ where: { id: 'pi' }, data: { modelId: null } });
    expect((await get(path, {}, 'DELETE')).status).toBe(204);
    expect((await get(path)).status).toBe(404);
    expect((await get(path, {}, 'DELETE')).status).toBe(404);
    expect(events).toContain(`deleted ${one.body.id}`);
    expect((await get(`/api/v1/blocks/${block?.digest}`)).status).toBe(200);
    await get(`/api/v1/models/${twin.body.id}`, {}, 'DELETE');
    expect((await get(`/api/v1/blocks/${block?.digest}`)).status).toBe(404);
    expect(await models.documentOf(one.body.id)).toBeUndefined();
  });
});

describe('a block', () => {
  let path: string;
  let whole: Buffer;

  beforeAll(async () => {
    const { bytes, manifest } = tiny('tiny-fork', 5);
    const { body } = await postForm(bytes, manifest, { name: 'blocks' });
    const digest = body.document.blocks[0]?.digest ?? '';
    path = `/api/v1/blocks/${digest}`;
    whole = await readFile(models.blockPath(digest));
  });

  it('is served whole, and not again to who has it', async () => {
    const { status, headers, bytes } = await get(path);
    expect([status, headers.get('content-length')]).toEqual([200, String(whole.length)]);
    expect(headers.get('cache-control')).toContain('immutable');
    expect(bytes.equals(whole)).toBe(true);
    const etag = headers.get('etag') ?? '';
    expect((await get(path, { 'if-none-match': etag })).status).toBe(304);
  });

  it('tells its length without its bytes', async () => {
    const { status, headers, bytes } = await get(path, {}, 'HEAD');
    expect([status, headers.get('content-length'), bytes.length]).toEqual([
      200,
      String(whole.length),
      0,
    ]);
  });

  it('goes on where a download stopped', async () => {
    const rest = await get(path, { range: 'bytes=100-' });
    expect(rest.status).toBe(206);
    expect(rest.headers.get('content-range')).toBe(`bytes 100-${whole.length - 1}/${whole.length}`);
    expect(rest.bytes.equals(whole.subarray(100))).toBe(true);
    expect((await get(path, { range: 'bytes=5-9' })).bytes.equals(whole.subarray(5, 10))).toBe(
      true,
    );
    expect((await get(path, { range: 'bytes=-7' })).bytes.equals(whole.subarray(-7))).toBe(true);
    const beyond = await get(path, { range: `bytes=${whole.length}-` });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([
      416,
      `bytes */${whole.length}`,
    ]);
    const changed = await get(path, { range: 'bytes=100-', 'if-range': '"another"' });
    expect([changed.status, changed.bytes.length]).toEqual([200, whole.length]);
  });

  it('that was changed on disk is refused', async () => {
    const file = models.blockPath(path.split('/').at(-1) ?? '');
    await writeFile(file, Buffer.concat([whole, Buffer.from('x')]));
    const { status, bytes } = await get(path);
    expect([status, JSON.parse(bytes.toString()).code]).toEqual([500, 'BLOCK_CORRUPT']);
    await writeFile(file, whole);
    expect((await get(path)).status).toBe(200);
  });

  it('with a digest nobody knows, or none, is not found', async () => {
    expect((await get(`/api/v1/blocks/${'0'.repeat(64)}`)).status).toBe(404);
    expect((await get('/api/v1/blocks/..%2f..%2fflotilla.db')).status).toBe(400);
  });
});

describe('what is no model', () => {
  const chain = tiny('tiny-chain');
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
  const refusals: [string, Uint8Array, string, RegExp][] = [
    ['a picture', png, 'MODEL_NOT_ONNX', /./],
    ['half a model', chain.bytes.subarray(0, chain.bytes.length / 2), 'MODEL_NOT_ONNX', /byte/],
    ['an operator nobody knows', unknownOperator(), 'MODEL_REFUSED', /Frobnicate/],
    [
      'weights outside of the file',
      externalData('../../../etc/passwd'),
      'MODEL_REFUSED',
      /external/,
    ],
    ['weights in a system file', externalData('/etc/passwd'), 'MODEL_REFUSED', /external/],
    ['weights of 160 GB', lyingWeight([200_000, 200_000]), 'MODEL_REFUSED', /size/],
    ['weights beyond all counting', lyingWeight([2 ** 40, 2 ** 40]), 'MODEL_REFUSED', /overflow/],
    ['weights of negative size', lyingWeight([-1, 4]), 'MODEL_REFUSED', /dimensions/],
    ['constants of 14 GB', giantAllocation({ isConstant: true }), 'MODEL_TOO_COSTLY', /./],
    ['a result of 14 GB', giantAllocation({ isConstant: false }), 'MODEL_TOO_COSTLY', /./],
  ];
  it.each(refusals)('%s is refused with a reason', async (_what, bytes, code, why) => {
    const { status, body } = await post(bytes, { query: '?name=hostile' });
    expect([status, body.code]).toEqual([400, code]);
    expect(body.detail).toMatch(why);
    const [kept] = (await json('/api/v1/models?name=hostile&limit=1')).models;
    expect(kept).toMatchObject({ state: 'refused', fault: { code, message: body.detail } });
    expect(await incoming()).toEqual([]);
  });

  it('a model whose manifest speaks of another one is refused', async () => {
    const [input] = chain.manifest.inputs;
    const wrong: [Partial<ModelManifest> | object, RegExp][] = [
      [{ inputs: [{ name: 'nobody' }] }, /no input 'nobody'/],
      [{ inputs: [{ ...input, image: undefined, dims: [1, 2] }] }, /dimensions/],
      [{ inputs: [{ image: { ...input?.image, width: 7 } }] }, /7/],
      [{ outputs: [{ kind: 'classes', labels: ['only one'] }] }, /1 labels/],
      [{ outputs: [{ kind: 'colours' }] }, /outputs.0.kind/],
      [{ colour: 'blue' }, /colour/],
    ];
    for (const [manifest, why] of wrong) {
      const { status, body } = await postForm(chain.bytes, manifest);
      expect([status, body.code]).toEqual([400, 'MANIFEST_INVALID']);
      expect(body.detail).toMatch(why);
    }
  });

  it('sizes the manifest gives make a model of any size one of a known size', async () => {
    const { status, body } = await postForm(symbolicInput(), { inputs: [{ dims: [1, 3, 8, 8] }] });
    expect(status).toBe(201);
    expect(body.document.tensors[0]).toMatchObject({ name: 'picture', dims: [1, 3, 8, 8] });
  });

  it('a name that leads elsewhere is refused', async () => {
    for (const name of ['../etc', 'a%00b', '.hidden', 'x'.repeat(65), 'Ünïcode']) {
      expect((await post(chain.bytes, { query: `?name=${name}` })).status).toBe(400);
    }
  });

  it('another content type is not taken', async () => {
    for (const type of ['application/zip', 'application/json', 'text/plain']) {
      const { status } = await post(Buffer.from('{}'), { headers: { 'content-type': type } });
      expect(status).toBe(415);
    }
  });

  it('a file above the limit is not taken, announced or not', async () => {
    const large = new Uint8Array(UPLOAD_LIMIT + 1);
    expect(await post(large)).toMatchObject({ status: 413, body: { code: 'UPLOAD_TOO_LARGE' } });
    expect((await postForm(large)).status).toBe(413);
    expect(await incoming()).toEqual([]);
  });

  it('an upload that breaks off leaves nothing', async () => {
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

describe('an examination', () => {
  it('that does not end is ended, or stopped with its model', async () => {
    const hung = await post(endlessLoop(), {
      query: '?name=hung',
      headers: { prefer: 'respond-async' },
    });
    expect(hung.status).toBe(202);
    const waiting = await post(identity('float32', [4]), {
      query: '?name=waiting',
      headers: { prefer: 'respond-async' },
    });
    expect(waiting.body.progress).toMatchObject({ text: 'waiting for its turn' });
    await sleep(1500);
    expect((await get(`/api/v1/models/${hung.body.id}`, {}, 'DELETE')).status).toBe(204);
    expect((await get(`/api/v1/models/${hung.body.id}`)).status).toBe(404);
    for (
      let i = 0;
      i < 300 && (await json(`/api/v1/models/${waiting.body.id}`)).state === 'checking';
      i++
    )
      await sleep(50);
    expect((await json(`/api/v1/models/${waiting.body.id}`)).state).toBe('ready');
  });

  it('that the service’s end interrupted is told of at the next start', async () => {
    const own = await startService({ modules: [ModelsModule] });
    const response = await fetch(`${own.url}/api/v1/models?name=hung`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', prefer: 'respond-async' },
      body: Buffer.from(endlessLoop()),
    });
    const { id } = await answerOf(response);
    await own.stop({ data: true });
    const again = await startService({ modules: [ModelsModule], data: own.data });
    const model = await (await fetch(`${again.url}/api/v1/models/${id}`)).json();
    await again.stop();
    expect(model).toMatchObject({
      state: 'refused',
      fault: { message: expect.stringMatching(/upload it again/) },
    });
  });
});
