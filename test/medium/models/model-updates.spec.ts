/** Updates of models that are there, with a real database and real examining processes. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelsModule } from '../../../src/models/index.js';
import { EventBus } from '../../../src/platform/index.js';
import { endlessLoop } from '../../support/networks/hostile-models.js';
import { type ModelAnswer, ModelsApi, tiny } from '../../support/networks/models-api.js';
import { keepExaminations } from '../../support/service/kept-examinations.js';
import { type RunningService, startService } from '../../support/service/service.js';
import { waitFor } from '../../support/wait-for.js';

const chain = tiny('tiny-chain');
const ASYNC = { prefer: 'respond-async' };
const start = (data?: string) =>
  startService({
    ...{ modules: [ModelsModule], beforeListening: keepExaminations },
    ...(data !== undefined && { data }),
  });

/** The bytes of the one input of the network, drawn from a number. */
function calibrationInput(n: number): Blob {
  const numbers = Float32Array.from({ length: 3 * 32 * 32 }, (_, i) => Math.sin(i * n));
  return new Blob([numbers.buffer]);
}

function formWith(calibration: readonly Blob[], fields: Record<string, string | Blob> = {}) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  for (const one of calibration) form.append('calibration', one, 'input.bin');
  return form;
}

const upload = (calibration: readonly Blob[], name: string) =>
  formWith(calibration, {
    ...{ name, manifest: JSON.stringify(chain.manifest) },
    file: new Blob([Buffer.from(chain.bytes)]),
  });

describe('a model that is there', () => {
  let service: RunningService;
  let api: ModelsApi;
  let model: ModelAnswer;
  const changed: string[] = [];
  const inputs = [calibrationInput(1), calibrationInput(2)];
  const now = (): Promise<ModelAnswer> => api.json(`/api/v1/models/${model.id}`);

  beforeAll(async () => {
    service = await start();
    api = new ModelsApi(service.url);
    model = (await api.postParts(upload([], 'updated'))).body;
    service.app.get(EventBus).on('models.changed', ({ model: id }) => void changed.push(id));
  }, 60_000);
  afterAll(() => service.stop(), 60_000);

  it('is measured on the calibration inputs that come with its file, once', async () => {
    const later = await api.postParts(upload(inputs, 'updated'), ASYNC);
    expect([later.status, later.body.id, later.body.version]).toEqual([202, model.id, 1]);
    expect(later.headers.get('preference-applied')).toBe('respond-async');
    expect(later.headers.get('location')).toBe(`/api/v1/models/${model.id}`);
    expect(later.body.lastUpdate).toMatchObject({ state: 'running' });
    expect(later.body.progress).toMatchObject({ share: expect.any(Number) });
    await waitFor(async () => expect((await now()).lastUpdate?.state).toBe('done'));
    const found = await now();
    const fresh = await api.postParts(upload(inputs, 'measured-at-once'));
    expect(found.findings.accuracy).toEqual(fresh.body.findings.accuracy);
    expect(found.findings.accuracy).toMatchObject({ source: 'uploaded', inputs: 2 });
    expect([found.document, found.progress]).toEqual([model.document, null]);
    expect(changed).toEqual([model.id]);
    const again = await api.postParts(upload(inputs.toReversed(), 'updated'), ASYNC);
    expect([again.status, again.body]).toEqual([200, found]);
    expect(await readdir(join(service.data, 'incoming'))).toEqual([]);
  }, 40_000);

  it('keeps its findings when calibration inputs are unusable', async () => {
    const before = await now();
    const refused = await api.patch(model.id, formWith([new Blob(['no tensor'])]));
    expect([refused.status, refused.body.code]).toEqual([400, 'CALIBRATION_INVALID']);
    const after = await now();
    expect(after.lastUpdate).toMatchObject({
      ...{ state: 'failed', endedAt: expect.any(String) },
      fault: { code: 'CALIBRATION_INVALID' },
    });
    expect(after.findings).toEqual(before.findings);
    expect(await readdir(join(service.data, 'incoming'))).toEqual([]);
  }, 30_000);

  it('gets labels at once, by any reference', async () => {
    const labels = Array.from({ length: 10 }, (_, i) => `label ${i}`);
    const outputs = [{ kind: 'classes', labels }];
    const digest = (await now()).document.digest;
    for (const reference of [model.id, 'updated', 'updated@1', digest]) {
      const { status, body } = await api.patch(reference, { outputs });
      expect([status, body.name]).toEqual([200, reference === digest ? body.name : 'updated']);
    }
    const { document, manifest, findings } = await now();
    expect(document.outputs).toEqual([{ name: 'scores', kind: 'classes', labels }]);
    expect([manifest.outputs, document.blocks]).toEqual([outputs, model.document.blocks]);
    expect(findings.accuracy.source).toBe('uploaded');
  });

  it('is measured again when its inputs mean something else', async () => {
    const image = { ...chain.manifest.inputs[0]?.image, mean: 0.25 };
    const { status, body } = await api.patch(model.id, { inputs: [{ image }], policy: 'half' });
    expect([status, body.document.inputs[0]?.image?.mean]).toEqual([200, 0.25]);
    expect(body.manifest).toMatchObject({ policy: 'half', inputs: [{ image: { mean: 0.25 } }] });
    expect(body.findings.accuracy.source).toBe('synthetic');
    expect(body.lastUpdate).toMatchObject({ state: 'done' });
  }, 30_000);

  it('keeps every one of changes that come at the same time', async () => {
    const image = { ...chain.manifest.inputs[0]?.image, mean: 0.75 };
    const answers = await Promise.all([
      api.patch(model.id, { inputs: [{ image }] }),
      api.patch(model.id, { leaves: 'features' }),
      api.patch(model.id, { outputs: [{ kind: 'raw' }] }),
      api.patch(model.id, { policy: 'int8' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const { manifest, document, lastUpdate } = await now();
    expect(manifest).toMatchObject({ policy: 'int8', leaves: 'features' });
    expect(document.inputs[0]?.image?.mean).toBe(0.75);
    expect([document.outputs, document.leaves]).toEqual([
      [{ name: 'scores', kind: 'raw' }],
      'features',
    ]);
    expect(lastUpdate?.state).toBe('done');
  }, 40_000);

  it.each([
    [{ name: 'other' }, /name: cannot be changed: .*upload the file again/],
    [{ digest: 'ab' }, /digest: cannot be changed: the blocks are made of it/],
    [{ inputs: [{ dims: [1, 3, 8, 8] }] }, /inputs: 'image' has .*upload the file/],
    [{ inputs: [{ image: { width: 8, height: 8 } }] }, /inputs: the image of input 'image'/],
    [{ colour: 'blue' }, /colour/],
    [{}, /needs inputs, outputs, policy, leaves/],
  ])('refuses %o by name, with what to do', async (change, why) => {
    const before = await now();
    const { status, body } = await api.patch(model.id, change);
    expect([status, body.detail]).toEqual([400, expect.stringMatching(why)]);
    expect(await now()).toEqual(before);
  });

  it('takes changes while it is examined', async () => {
    const hung = await api.post(endlessLoop(), { query: '?name=hung', headers: ASYNC });
    const { body } = await api.postParts(upload([], 'early'), ASYNC);
    expect([body.state, body.version]).toEqual(['checking', null]);
    const stricter = await api.patch(body.id, { leaves: 'nothing' });
    expect([stricter.status, stricter.body.manifest.leaves]).toEqual([200, 'nothing']);
    const outputs = [{ kind: 'raw' }];
    const later = await api.patch(body.id, { outputs }, ASYNC);
    expect([later.status, later.body.lastUpdate?.state]).toEqual([202, 'running']);
    await api.get(`/api/v1/models/${hung.body.id}`, {}, 'DELETE');
    const path = `/api/v1/models/${body.id}`;
    await waitFor(async () => expect((await api.json(path)).lastUpdate.state).toBe('done'));
    const { document } = await api.json(path);
    expect([document.outputs[0]?.kind, document.leaves]).toEqual(['raw', 'nothing']);
  }, 40_000);

  it.each([
    ['a part with a file name', 'application/json', 'net.json'],
    ['a part of the type JSON', 'application/json', undefined],
  ])(
    'has the manifest of %s',
    async (_, type, fileName) => {
      const blob = new Blob([JSON.stringify({ ...chain.manifest, name: 'by-part' })], { type });
      const form = formWith([], { file: new Blob([Buffer.from(chain.bytes)]) });
      form.append('manifest', blob, fileName);
      const { body } = await api.postParts(form);
      expect([body.name, body.manifest.inputs]).toEqual(['by-part', chain.manifest.inputs]);
    },
    20_000,
  );

  it('has the manifest of the address when the body is the file alone', async () => {
    const manifest = encodeURIComponent(JSON.stringify(chain.manifest));
    const query = `?name=by-address&manifest=${manifest}`;
    const { status, body } = await api.post(chain.bytes, { query });
    expect([status, body.manifest]).toEqual([201, { ...chain.manifest }]);
  }, 20_000);
});

describe('an update that the end of the service interrupts', () => {
  it('has changed nothing, says so after the next start, and can be sent again', async () => {
    const service = await start();
    const api = new ModelsApi(service.url);
    const { body: model } = await api.postParts(upload([], 'interrupted'));
    await api.post(endlessLoop(), { query: '?name=hung', headers: ASYNC });
    const form = () => formWith([calibrationInput(3)], { manifest: '{"policy":"half"}' });
    expect((await api.patch(model.id, form(), ASYNC)).status).toBe(202);
    await service.stop({ data: true });
    const again = await start(service.data);
    try {
      const after = new ModelsApi(again.url);
      const found = await after.json(`/api/v1/models/${model.id}`);
      expect(found.lastUpdate).toMatchObject({ state: 'failed', fault: { code: 'SHUTTING_DOWN' } });
      expect([found.findings, found.manifest]).toEqual([model.findings, model.manifest]);
      const { status, body } = await after.patch(model.id, form());
      expect([status, body.manifest.policy]).toEqual([200, 'half']);
      expect(body.findings.accuracy.source).toBe('uploaded');
    } finally {
      await again.stop();
    }
  }, 40_000);
});
