/** Models with a real database and real examining processes: uploads, blocks, deletion, interrupted examinations. */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelsModule, ModelsService } from '../../../src/models/index.js';
import { Database, EventBus } from '../../../src/platform/index.js';
import { endlessLoop, identity } from '../../support/networks/hostile-models.js';
import { type ModelAnswer, ModelsApi, tiny } from '../../support/networks/models-api.js';
import { type RunningService, startService } from '../../support/service/service.js';

let service: RunningService;
let models: ModelsService;
let api: ModelsApi;
const events: string[] = [];

beforeAll(async () => {
  service = await startService({
    modules: [ModelsModule],
    environment: {
      FLOTILLA_EXAMINE_TIMEOUT_MS: '20000',
      FLOTILLA_EXAMINE_MEMORY_BYTES: String(512 * 1024 ** 2),
    },
  });
  models = service.app.get(ModelsService);
  api = new ModelsApi(service.url);
  const bus = service.app.get(EventBus);
  bus.on('models.ready', ({ model }) => void events.push(`ready ${model}`));
  bus.on('models.deleted', ({ model }) => void events.push(`deleted ${model}`));
});
afterAll(() => service.stop());

const incoming = () => readdir(join(service.data, 'incoming'));

describe('a model', () => {
  const chain = tiny('tiny-chain');
  let first: ModelAnswer;
  let other: ModelAnswer;

  it('is described in the OpenAPI document, with its manifest', async () => {
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

  it('is examined, divided into blocks and announced', async () => {
    const { status, body } = await api.postForm(chain.bytes, chain.manifest);
    first = body;
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

  it('is returned again for the same file, name and manifest, and is new under another manifest', async () => {
    const again = await api.postForm(chain.bytes, chain.manifest);
    expect([again.status, again.body]).toEqual([200, first]);
    const { status, body } = await api.postForm(chain.bytes, { ...chain.manifest, outputs: [] });
    other = body;
    expect([status, body.version]).toEqual([201, first.version + 1]);
    expect(body.document.blocks).toEqual(first.document.blocks);
  });

  it('shows its progress after Prefer: respond-async', async () => {
    const { bytes } = tiny('tiny-fork');
    const { status, headers, body } = await api.post(bytes, {
      query: '?name=slow-fork',
      headers: { prefer: 'respond-async' },
    });
    expect([status, body.state, body.name]).toEqual([202, 'checking', 'slow-fork']);
    const location = headers.get('location') ?? '';
    expect(await api.json(location)).toMatchObject({
      progress: { step: expect.any(String), share: expect.any(Number) },
    });
    expect(await api.examined(location)).toMatchObject({ state: 'ready', progress: null });
  });

  it('is listed newest first, page by page', async () => {
    const first = await api.json('/api/v1/models?limit=2');
    const rest = await api.json(`/api/v1/models?limit=1000&cursor=${first.next}`);
    const all = await api.json('/api/v1/models');
    expect([...first.models, ...rest.models]).toEqual(all.models);
    expect(all.next).toBe(null);
    const named = await api.json('/api/v1/models?name=slow-fork&state=ready');
    expect(named.models.map(({ name }: { name: string }) => name)).toEqual(['slow-fork']);
    expect((await api.get('/api/v1/models?cursor=nonsense')).status).toBe(400);
    expect((await api.get('/api/v1/models?sort=name')).status).toBe(400);
  });

  it('is not deleted while a device has it, and then only with blocks of no other model', async () => {
    const [block] = first.document.blocks;
    const database = service.app.get(Database);
    await database.client.device.create({
      data: { id: 'pi', name: 'pi', secretHash: '-', modelId: first.id },
    });
    const path = `/api/v1/models/${first.id}`;
    const rejected = await api.get(path, {}, 'DELETE');
    expect(rejected.status).toBe(409);
    expect(JSON.parse(rejected.bytes.toString())).toMatchObject({ code: 'MODEL_IN_USE' });
    await database.client.device.update({ where: { id: 'pi' }, data: { modelId: null } });
    expect((await api.get(path, {}, 'DELETE')).status).toBe(204);
    expect((await api.get(path)).status).toBe(404);
    expect((await api.get(path, {}, 'DELETE')).status).toBe(404);
    expect(events).toContain(`deleted ${first.id}`);
    expect((await api.get(`/api/v1/blocks/${block?.digest}`)).status).toBe(200);
    await api.get(`/api/v1/models/${other.id}`, {}, 'DELETE');
    expect((await api.get(`/api/v1/blocks/${block?.digest}`)).status).toBe(404);
    expect(await models.documentOf(first.id)).toBeUndefined();
  });
});

describe('GET /api/v1/blocks/{digest}', () => {
  let path: string;
  let whole: Buffer;

  beforeAll(async () => {
    const { models: found } = await api.json('/api/v1/models?name=slow-fork&state=ready');
    const { document } = await api.json(`/api/v1/models/${found[0].id}`);
    const digest = document.blocks[0]?.digest ?? '';
    path = `/api/v1/blocks/${digest}`;
    whole = await readFile(models.blockPath(digest));
  });

  it('returns the whole block, or 304 for a known etag', async () => {
    const { status, headers, bytes } = await api.get(path);
    expect([status, headers.get('content-length')]).toEqual([200, String(whole.length)]);
    expect(headers.get('cache-control')).toContain('immutable');
    expect(bytes.equals(whole)).toBe(true);
    const etag = headers.get('etag') ?? '';
    expect((await api.get(path, { 'if-none-match': etag })).status).toBe(304);
  });

  it('returns the length without bytes for HEAD', async () => {
    const { status, headers, bytes } = await api.get(path, {}, 'HEAD');
    expect([status, headers.get('content-length'), bytes.length]).toEqual([
      200,
      String(whole.length),
      0,
    ]);
  });

  it('resumes a download with Range', async () => {
    const rest = await api.get(path, { range: 'bytes=100-' });
    expect(rest.status).toBe(206);
    expect(rest.headers.get('content-range')).toBe(`bytes 100-${whole.length - 1}/${whole.length}`);
    expect(rest.bytes.equals(whole.subarray(100))).toBe(true);
    expect((await api.get(path, { range: 'bytes=5-9' })).bytes.equals(whole.subarray(5, 10))).toBe(
      true,
    );
    expect((await api.get(path, { range: 'bytes=-7' })).bytes.equals(whole.subarray(-7))).toBe(
      true,
    );
    const beyond = await api.get(path, { range: `bytes=${whole.length}-` });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([
      416,
      `bytes */${whole.length}`,
    ]);
    const changed = await api.get(path, { range: 'bytes=100-', 'if-range': '"another"' });
    expect([changed.status, changed.bytes.length]).toEqual([200, whole.length]);
  });

  it('returns BLOCK_CORRUPT for a file changed on disk', async () => {
    const file = models.blockPath(path.split('/').at(-1) ?? '');
    await writeFile(file, Buffer.concat([whole, Buffer.from('x')]));
    const { status, bytes } = await api.get(path);
    expect([status, JSON.parse(bytes.toString()).code]).toEqual([500, 'BLOCK_CORRUPT']);
    await writeFile(file, whole);
    expect((await api.get(path)).status).toBe(200);
  });

  it('rejects an unknown digest with 404 and an invalid one with 400', async () => {
    expect((await api.get(`/api/v1/blocks/${'0'.repeat(64)}`)).status).toBe(404);
    expect((await api.get('/api/v1/blocks/..%2f..%2fflotilla.db')).status).toBe(400);
  });
});

describe('an examination', () => {
  it('is stopped when its model is deleted', async () => {
    const hung = await api.post(endlessLoop(), {
      query: '?name=hung',
      headers: { prefer: 'respond-async' },
    });
    expect(hung.status).toBe(202);
    const waiting = await api.post(identity('float32', [4]), {
      query: '?name=waiting',
      headers: { prefer: 'respond-async' },
    });
    expect(waiting.body.progress).toMatchObject({ text: 'waiting' });
    await sleep(1500);
    expect((await api.get(`/api/v1/models/${hung.body.id}`, {}, 'DELETE')).status).toBe(204);
    expect((await api.get(`/api/v1/models/${hung.body.id}`)).status).toBe(404);
    expect((await api.examined(`/api/v1/models/${waiting.body.id}`)).state).toBe('ready');
  });

  it('is marked as failed at the next start when the service interrupted it', async () => {
    const own = await startService({ modules: [ModelsModule] });
    const response = await fetch(`${own.url}/api/v1/models?name=hung`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', prefer: 'respond-async' },
      body: Buffer.from(endlessLoop()),
    });
    const { id } = (await response.json()) as ModelAnswer;
    await own.stop({ data: true });
    const again = await startService({ modules: [ModelsModule], data: own.data });
    const model = await (await fetch(`${again.url}/api/v1/models/${id}`)).json();
    await again.stop();
    expect(model).toMatchObject({
      state: 'refused',
      fault: { message: expect.stringMatching(/upload the model again/) },
    });
  });
});
