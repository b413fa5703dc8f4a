/** Plans from what devices say of themselves, with a real broker, database and model: handed out, explained, kept. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PlanningCounts } from '../../../src/plans/control/planning-counts.js';
import { Replanner } from '../../../src/plans/control/replanner.js';
import { DeviceStates } from '../../../src/plans/state/device-states.js';
import { TwinsStore } from '../../../src/plans/state/twins.store.js';
import { EventBus } from '../../../src/platform/index.js';
import { type Chunk, cutsOf, tensorOfPixels } from '../../../src/wire/index.js';
import {
  chunksOf,
  linkOf,
  newFrameId,
  type PlayedDevice,
} from '../../support/devices/played-device.js';
import { scaled } from '../../support/service/scaled-clock.js';
import { Tandem } from '../../support/service/tandem.js';
import { waitFor } from '../../support/wait-for.js';

interface PlanAnswer {
  readonly desired: { version: number; cause: { code: string; text: string } };
  readonly reported: { state: string; convergedMs: number | null; fault: unknown } | null;
  readonly explanation: {
    model: { name: string };
    cloudBlocks: string[];
    sentBytes: number;
    follows: { cut: number };
  };
}

/** Of the service that all tests share: two plans because of the link are seconds apart. */
const clock = scaled(4);
let tandem: Tandem;
let model: string;
const connected: PlayedDevice[] = [];
let devices = 0;

beforeAll(async () => {
  tandem = await Tandem.start({}, undefined, clock);
  model = await tandem.addModel('tiny-chain');
}, 60_000);
afterAll(async () => {
  await Promise.all(connected.map((device) => device.leave()));
  await tandem.stop();
});

async function newDevice(assigned: string | null = model) {
  const id = `plan-${++devices}`;
  const connect = await tandem.enrol(id, assigned);
  const device = await connect();
  connected.push(device);
  return { id, device, connect };
}

const planOf = (id: string) => tandem.call('GET', `/devices/${id}/plan`);
const codeOf = ({ status, body }: { status: number; body: unknown }) => [
  status,
  (body as { code: string }).code,
  (body as { detail: string }).detail,
];

describe('a device', () => {
  it('gets 404 with what is missing before it can have a plan', async () => {
    expect(codeOf(await planOf('unknown'))).toEqual([404, 'DEVICE_UNKNOWN', expect.anything()]);
    await tandem.enrol('plan-unseen', null);
    expect(codeOf(await planOf('plan-unseen'))).toEqual([
      404,
      'PLAN_NONE',
      'plan-unseen has no plan: no model is assigned to it, and the device was never seen',
    ]);
    const { id, device } = await newDevice();
    const document = await device.model();
    const missing = `it has not measured ${document.blocks.length} of the model's ${document.blocks.length} blocks`;
    expect(codeOf(await planOf(id))[2]).toContain(missing);
  });

  it('gets a plan as soon as its block times are known, even before its link is', async () => {
    const { id, device } = await newDevice();
    await device.reportProfile(await device.model(), 50);
    const plan = await device.plan();
    expect(plan).toMatchObject({ version: 1, cause: { code: 'first' }, link: { confidence: 0 } });
    expect(plan.cause.text).toContain('5 Mbps (assumed)');
    const answer = await planOf(id);
    expect(answer.body).toMatchObject({ desired: plan, reported: null });
    expect((answer.body as PlanAnswer).explanation.model.name).toBe('tiny-chain');
  });

  it('gets its documents again when it comes back, without a question to the database', async () => {
    const { id, device, connect } = await newDevice();
    await device.introduce(await device.model(), 50, 20, 'tensor');
    const { version } = await device.plan();
    await device.leave();
    const asked = vi.spyOn(tandem.app.get(TwinsStore), 'facts');
    const again = await connect();
    connected.push(again);
    expect((await again.model()).name).toBe('tiny-chain');
    expect((await again.plan()).version).toBeGreaterThanOrEqual(version);
    // Behind the tasks of its connection.
    await tandem.app.get(DeviceStates).inOrder(id, async () => undefined);
    expect(asked.mock.calls.flat()).not.toContain(id);
    asked.mockRestore();
  });

  it('reports what became of a plan', async () => {
    const { id, device } = await newDevice();
    await device.introduce(await device.model(), 50, 20, 'tensor');
    const { version } = await device.plan();
    const at = new Date().toISOString();
    await device.send('reportedPlan', { v: 1, version, at, state: 'applied' });
    const reported = async () => ((await planOf(id)).body as PlanAnswer).reported;
    await waitFor(async () => expect(await reported()).toMatchObject({ state: 'applied' }));
    expect((await reported())?.convergedMs).toBeGreaterThanOrEqual(0);
    const fault = { code: 'BLOCK_CORRUPT', message: 'no such block here' };
    await device.send('reportedPlan', { v: 1, version, at, state: 'refused', fault });
    await waitFor(async () => expect(await reported()).toMatchObject({ state: 'refused', fault }));
  });

  it('is known to have applied a plan when it reports the cut that frames follow', async () => {
    const { id, device } = await newDevice();
    await device.introduce(await device.model(), 50, 20, 'tensor');
    const plan = await device.plan(({ link }) => link.samples > 0);
    const at = new Date().toISOString();
    const cut = cutsOf(plan).length - 1;
    await device.send('reportedPlan', { v: 1, version: plan.version, at, state: 'applied', cut });
    await waitFor(async () => {
      const { reported, explanation } = (await planOf(id)).body as PlanAnswer;
      expect(reported).toMatchObject({ state: 'applied', fault: null });
      expect(reported?.convergedMs).toBeGreaterThanOrEqual(0);
      expect(explanation.follows.cut).toBe(cut);
    });
    const fault = { code: 'DISK_FULL', message: 'no room for a block' };
    const report = { v: 1, version: plan.version, at } as const;
    await device.send('reportedPlan', { ...report, state: 'refused', fault });
    await device.send('reportedPlan', { ...report, state: 'applied', cut: 0 });
    const again = async () => ((await planOf(id)).body as PlanAnswer).reported;
    await waitFor(async () => expect(await again()).toMatchObject({ state: 'applied' }));
  });

  it('gets a fault that names the field for each report that is of no use, and no more than a few', async () => {
    const { id, device } = await newDevice();
    const document = await device.model();
    await device.introduce(document, 50, 20, 'tensor');
    const plan = await device.plan(({ link }) => link.samples > 0);
    const cuts = cutsOf(plan).length;
    const report = { v: 1, version: plan.version, at: plan.at, state: 'applied' } as const;
    const later = { ...report, version: 1_000_000 };
    await device.send('reportedPlan', later);
    await device.send('reportedPlan', { ...report, cut: cuts });
    await device.send('reportedModel', later);
    const digest = 'f'.repeat(64);
    const block = { digest, medianMs: 1, spreadMs: 0, runs: 1 };
    await device.send('profile', { v: 1, model: document.digest, blocks: [block] });
    const command = { v: 1, id: '0'.repeat(16), at: plan.at, state: 'done' } as const;
    await device.send('commandReport', command);
    const texts = () =>
      device.results.flatMap(({ head }) =>
        head.kind === 'fault' && head.code === 'MESSAGE_UNUSED' ? [head.message] : [],
      );
    const wanted = [
      /^reportedPlan: version: the newest desired plan is \d+, not 1000000$/,
      /^reportedPlan: cut: plan \d+ has no cut \d+, only 0 to \d+$/,
      /^reportedModel: version: the newest desired model is 1, not 1000000$/,
      new RegExp(`^profile: blocks.0.digest: no model has block ${digest}$`),
      /^commandReport: id: the device has no such open command$/,
    ];
    await waitFor(() => {
      for (const one of wanted) expect(texts()).toContainEqual(expect.stringMatching(one));
    });
    expect(await planOf(id)).toMatchObject({ body: { explanation: { follows: { cut: 0 } } } });
    for (let i = 0; i < 100; i++) await device.send('reportedPlan', later);
    await device.send('commandReport', { ...command, id: '1'.repeat(16) });
    await tandem.plans.state(id);
    expect(texts().length).toBeLessThanOrEqual(20);
    // The device is still served.
    await device.send('reportedPlan', report);
    await waitFor(async () =>
      expect(((await planOf(id)).body as PlanAnswer).reported).toMatchObject({ state: 'applied' }),
    );
  });

  it('gets another plan when its link breaks down, soon and with the cause', async () => {
    const { id, device } = await newDevice();
    await device.introduce(await device.model(), 30, 50, 'tensor');
    const first = await device.plan(({ cloud }) => cloud.length > 0);
    const startMs = performance.now();
    await device.reportLink(linkOf(0.05));
    const second = await device.plan(({ version }) => version > first.version);
    expect(performance.now() - startMs).toBeLessThan(2500);
    expect(second.cloud).toEqual([]);
    expect(second.cause.code).toBe('link');
    expect(second.cause.text).toMatch(/50 Mbps .* → 0\.05 Mbps/);
    const { body } = await tandem.call('GET', `/devices/${id}/plans?limit=1`);
    const page = body as { plans: PlanAnswer[]; next: string };
    expect(page.plans.map(({ desired }) => desired.version)).toEqual([second.version]);
    const rest = await tandem.call('GET', `/devices/${id}/plans?cursor=${page.next}`);
    const older = (rest.body as { plans: PlanAnswer[]; next: null }).plans;
    expect(older.map(({ desired }) => desired.version)).toEqual(
      Array.from({ length: second.version - 1 }, (_, i) => second.version - 1 - i),
    );
  });

  it('keeps its plan for a link that its table has a row for, once it follows that row; REST shows the row', async () => {
    const { id, device } = await newDevice();
    await device.introduce(await device.model(), 30, 50, 'tensor');
    const plan = await device.plan(({ cloud, link }) => cloud.length > 0 && link.samples > 0);
    const local = cutsOf(plan).find(({ cloud }) => cloud.length === 0)?.cut ?? 0;
    const heard = device.plans.length;
    const before = tandem.app.get(PlanningCounts).figures.rowsFollowed;
    const report = { v: 1, version: plan.version, at: plan.at, state: 'applied' } as const;
    await device.reportLink(linkOf(0.05));
    await device.send('reportedPlan', { ...report, cut: local });
    await waitFor(() =>
      expect(tandem.app.get(PlanningCounts).figures.rowsFollowed).toBeGreaterThan(before),
    );
    await waitFor(async () => {
      const { explanation } = (await planOf(id)).body as PlanAnswer;
      expect(explanation.follows.cut).toBe(local);
    });
    await device.reportLink(linkOf(0.2), { suppressed: 3 });
    await clock.sleep(2500);
    expect(device.plans.length - heard).toBe(0);
    const { body } = await tandem.call('GET', `/devices/${id}`);
    expect(body).toHaveProperty('telemetry.suppressed', 3);
  });

  it('keeps its plan while the link varies slightly', async () => {
    const { device } = await newDevice();
    await device.introduce(await device.model(), 30, 50, 'tensor');
    const plan = await device.plan();
    await waitFor(() => expect(device.plans.at(-1)?.link.samples).toBeGreaterThan(0));
    const heard = device.plans.length;
    for (let i = 0; i < 20; i++) await device.reportLink(linkOf(50 * (1 + 0.1 * Math.sin(i))));
    await clock.sleep(2500);
    expect(device.plans.length - heard).toBe(0);
    expect(plan.model).toBe(device.plans.at(-1)?.model);
  });

  it('gets a plan for pictures once it reports that frames are pictures', async () => {
    const { device } = await newDevice();
    await device.introduce(await device.model(), 50, 200, 'tensor');
    const first = await device.plan();
    expect(first.uploads[0]?.encoding).toBe('raw');
    await device.birth('image');
    const second = await device.plan(({ cause }) => cause.code === 'source');
    expect(second.uploads[0]).toMatchObject({ encoding: 'pixels', bytes: 3072 });
  });

  it('follows its operator: another model, a deadline, no model', async () => {
    const { id, device } = await newDevice();
    await device.introduce(await device.model(), 50, 20, 'tensor');
    const first = await device.plan();
    await tandem.call('PATCH', `/devices/${id}`, { deadlineMs: 4321 });
    const second = await device.plan(({ deadlineMs }) => deadlineMs === 4321);
    expect(second).toMatchObject({ version: first.version + 1, cause: { code: 'operator' } });
    const other = await tandem.addModel('tiny-fork');
    await tandem.call('PATCH', `/devices/${id}`, { model: other });
    await waitFor(() => expect(device.models.at(-1)?.model?.id).toBe(other));
    expect(codeOf(await planOf(id)).slice(0, 2)).toEqual([404, 'PLAN_NONE']);
    await device.reportProfile(await device.model(), 50);
    const third = await device.plan(({ version }) => version > second.version);
    expect(third).toMatchObject({ model: device.models.at(-1)?.model?.digest, deadlineMs: 4321 });
    await tandem.call('PATCH', `/devices/${id}`, { model: null });
    await waitFor(() => expect(device.models.at(-1)?.model).toBeNull());
    expect(codeOf(await planOf(id))[2]).toContain('no model is assigned');
  });

  it('follows the strategy its operator names, and the best again after it', async () => {
    const { id, device } = await newDevice();
    await device.introduce(await device.model(), 50, 20, 'tensor');
    const best = await device.plan(({ link }) => link.samples > 0);
    const strategy = best.cloud.length > 0 ? 'local' : 'cloud';
    await tandem.call('PATCH', `/devices/${id}`, { strategy });
    const ordered = await device.plan(({ version }) => version > best.version);
    expect(ordered.cause).toMatchObject({ code: 'operator' });
    expect(ordered.cloud.length > 0).toBe(strategy === 'cloud');
    await tandem.call('PATCH', `/devices/${id}`, { strategy: 'auto' });
    const again = await device.plan(({ version }) => version > ordered.version);
    expect([again.device, again.cloud]).toEqual([best.device, best.cloud]);
    const answer = await tandem.call('PATCH', `/devices/${id}`, { strategy: 'magic' });
    expect(codeOf(answer).slice(0, 2)).toEqual([400, 'REQUEST_INVALID']);
  });

  it('gets a plan again when its model is unassigned and assigned again', async () => {
    const { id, device } = await newDevice();
    await device.introduce(await device.model(), 50, 20, 'tensor');
    const first = await device.plan();
    await tandem.call('PATCH', `/devices/${id}`, { model: null });
    await waitFor(() => expect(device.models.at(-1)?.model).toBeNull());
    await tandem.call('PATCH', `/devices/${id}`, { model });
    const again = await device.plan(({ version }) => version > first.version);
    expect(again.model).toBe(first.model);
  });

  it('gets 400 for an invalid page', async () => {
    const { id } = await newDevice();
    const queries = ['limit=0', 'limit=201', 'cursor=x', 'cursor[gt]=1', 'before=3'];
    for (const query of [...queries, 'cursor=99999999999']) {
      expect(codeOf(await tandem.call('GET', `/devices/${id}/plans?${query}`)).slice(0, 2)).toEqual(
        [400, 'REQUEST_INVALID'],
      );
    }
  });
});

describe('the service', () => {
  it('plans for a device once, however many requests it has while it waits', async () => {
    const { id, device } = await newDevice();
    await device.introduce(await device.model(), 50, 20, 'tensor');
    await device.plan(({ link }) => link.samples > 0);
    const counts = tandem.app.get(PlanningCounts).figures;
    const before = counts.unchanged;
    const replanner = tandem.app.get(Replanner);
    for (let i = 0; i < 20; i++) replanner.request(id, 'operator');
    await waitFor(() => expect(counts.unchanged).toBeGreaterThan(before));
    await tandem.plans.state(id);
    expect(counts.unchanged - before).toBeLessThanOrEqual(2);
  });

  it('forgets a deleted device', async () => {
    const { id, device } = await newDevice();
    await device.introduce(await device.model(), 50, 20, 'tensor');
    await device.plan();
    await tandem.call('DELETE', `/devices/${id}`);
    expect(codeOf(await planOf(id)).slice(0, 2)).toEqual([404, 'DEVICE_UNKNOWN']);
    expect(tandem.plans.isLoaded(id)).toBe(false);
  });
});

describe('a shadow', () => {
  interface Twin {
    desired: { version: number; document: { model?: string | null } } | null;
    reported: { version: number; state: string; fault: unknown } | null;
    isConverged: boolean;
    convergedMs: number | null;
  }
  const shadowOf = async (id: string) =>
    (await tandem.call('GET', `/devices/${id}/shadow`)).body as {
      twins: { model: Twin; plan: Twin };
    };
  const drifts = async () =>
    ((await tandem.call('GET', '/drift?limit=1000')).body as { drifts: { device: string }[] })
      .drifts;
  const put = (id: string, body: object, ifMatch?: string) =>
    tandem.call('PUT', `/devices/${id}/shadow/model`, body, ifMatch ? { 'if-match': ifMatch } : {});

  it('shows the desired and the reported document, and lists a device until both agree', async () => {
    const { id, device } = await newDevice();
    await device.introduce(await device.model(), 50, 20, 'tensor');
    const { version } = await device.plan();
    expect(await shadowOf(id)).toMatchObject({
      isConnected: true,
      twins: {
        model: { desired: { version: 1, document: { model } }, reported: null, isConverged: false },
        plan: { desired: { document: { v: 1, model: expect.any(String) } }, isConverged: false },
      },
    });
    const named = (await drifts()).filter((one) => one.device === id);
    expect(named).toMatchObject([
      { name: 'model', version: 1, state: 'pending', isConnected: true },
      { name: 'plan', state: 'pending' },
    ]);
    const at = new Date().toISOString();
    const fault = { code: 'MODEL_REFUSED', message: 'a block cannot be loaded' };
    await device.send('reportedModel', { v: 1, version: 1, at, state: 'refused', fault });
    await waitFor(async () =>
      expect((await drifts()).find((one) => one.device === id)).toMatchObject({
        ...{ state: 'refused', fault },
      }),
    );
    await device.send('reportedModel', { v: 1, version: 1, at, state: 'applied' });
    for (const plan of device.plans.filter((one) => one.version >= version)) {
      await device.send('reportedPlan', { v: 1, version: plan.version, at, state: 'applied' });
    }
    await waitFor(async () => {
      const { twins } = await shadowOf(id);
      expect(twins.model).toMatchObject({
        reported: { version: 1, state: 'applied', fault: null },
      });
      expect(twins.model.isConverged).toBe(true);
      expect(twins.model.convergedMs).toBeGreaterThan(0);
    });
  });

  it('accepts another model only with the current version in If-Match', async () => {
    const { id } = await newDevice();
    await waitFor(async () => expect((await shadowOf(id)).twins.model.desired?.version).toBe(1));
    const stale = await put(id, { model: null }, '"7"');
    expect(codeOf(stale).slice(0, 2)).toEqual([409, 'VERSION_CONFLICT']);
    const [one, two] = await Promise.all([
      put(id, { model: null }, '"1"'),
      put(id, { model: null }, '"1"'),
    ]);
    expect([one?.status, two?.status].sort()).toEqual([200, 409]);
    expect((await shadowOf(id)).twins.model.desired).toMatchObject({
      version: 2,
      document: { model: null },
    });
    expect(codeOf(await put(id, { model: 'unknown' }, '"2"')).slice(0, 2)).toEqual([
      ...[404, 'MODEL_UNKNOWN'],
    ]);
    expect((await put(id, { model })).body).toMatchObject({ desired: { version: 3 } });
    const device = (await tandem.call('GET', `/devices/${id}`)).body;
    const named = { id: model, name: 'tiny-chain', version: 1 };
    expect(device).toMatchObject({
      model: { ...named, digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });
});

describe('a restart', () => {
  it('keeps plans, their versions and profiles; frames of the plan before it are answered', async () => {
    const first = await Tandem.start();
    const id = await first.addModel('tiny-chain');
    const connect = await first.enrol('pi', id);
    const before = await connect();
    const document = await before.model();
    await before.introduce(document, 50, 100, 'tensor');
    const plan = await before.plan(({ link }) => link.samples > 0);
    await before.leave();
    await first.stop({ data: true });

    const second = await Tandem.start({}, first.data);
    const after = await second.connectAs('pi', first.secretOf('pi'));
    try {
      expect(await after.plan()).toEqual(plan);
      expect(await after.model()).toEqual(document);
      const image = document.inputs[0]?.image;
      if (image === undefined) throw new Error('no image input');
      const inputs = new Map([['image', tensorOfPixels(new Uint8Array(3072).fill(7), image)]]);
      const frame = newFrameId();
      const chunks: Chunk[] = chunksOf(frame, plan, inputs);
      for (const chunk of chunks) await after.sendChunk(chunk);
      expect((await after.answer(frame)).head.kind).toBe('result');
      await after.reportLink(linkOf(0.05));
      const next = await after.plan(({ version }) => version > plan.version);
      expect(next).toMatchObject({ version: plan.version + 1, cause: { code: 'link' } });
    } finally {
      await after.leave();
      await second.stop({ data: true });
      await rm(first.data, { recursive: true, force: true });
    }
  }, 60_000);

  it('answers complete frames, rejects half-received ones, and leaves no process running', async () => {
    const service = await Tandem.start();
    const id = await service.addModel('tiny-chain');
    const device = await (await service.enrol('pi', id))();
    const document = await device.model();
    await device.introduce(document, 50, 100, 'tensor');
    const plan = await device.plan();
    const image = document.inputs[0]?.image;
    if (image === undefined) throw new Error('no image input');
    const inputs = new Map([['image', tensorOfPixels(new Uint8Array(3072), image)]]);
    const [whole, half] = [newFrameId(), newFrameId()];
    for (const chunk of chunksOf(half, plan, inputs).slice(1)) await device.sendChunk(chunk);
    for (const chunk of chunksOf(whole, plan, inputs)) await device.sendChunk(chunk);
    const [worker = 0] = service.inference.pool.pids;
    const stopping = service.stop();
    expect((await device.answer(whole)).head.kind).toBe('result');
    expect((await device.answer(half)).head).toMatchObject({ code: 'SHUTTING_DOWN' });
    await stopping;
    expect(() => process.kill(worker, 0)).toThrow();
    await device.leave();
  }, 60_000);
});

describe('news', () => {
  it('reports plans to the folders above', async () => {
    const seen: string[] = [];
    const events = tandem.app.get(EventBus);
    const off = events.on('plans.planAssigned', ({ device }) => void seen.push(device));
    const { id, device } = await newDevice();
    await device.introduce(await device.model(), 50, 20, 'tensor');
    await device.plan();
    off();
    expect(seen).toContain(id);
  });
});
