/** The agent as a process against a cloud that plans what must stay on the device: it follows no such plan. */
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DesiredPlan, LeavesPolicy, RowTimes } from '../../../src/wire/index.js';
import { agentScene } from '../../support/devices/agent-scene.js';
import type { SmallCloud } from '../../support/devices/small-cloud.js';
import { planOf, type SplitModel } from '../../support/devices/split-model.js';
import { paintPlainPictures } from '../../support/networks/plain-pictures.js';
import { eventually } from '../../support/processes/processes.js';

const scene = agentScene('tiny-fork');
let cloud: SmallCloud;
let model: SplitModel;
let picture: string;

beforeEach(async () => {
  ({ cloud, model } = scene);
  picture = join(scene.folder, 'pictures');
  await paintPlainPictures(picture, ['one.jpg']);
});

const ruled = (leaves: LeavesPolicy): SplitModel => ({
  ...model,
  document: { ...model.document, leaves },
});
const all = () => model.document.blocks.length;
const startAgent = () => scene.start(['--input', picture, '--loop', '--interval-ms', '20']);
const refusalOf = (version: number) =>
  eventually(`the refusal of plan ${version}`, () =>
    cloud.reportedPlans.find((one) => one.version === version && one.state === 'refused'),
  );
const times: RowTimes = { deviceMs: 1, ownMs: 1, uploads: [], latencyMs: 1, returnMs: 1 };
/** Everything in the cloud, as a further cut of a plan. */
const pictures = (): Pick<DesiredPlan, 'device' | 'cloud' | 'uploads' | 'predicted'> => {
  const { device, cloud: there, uploads, predicted } = planOf(model, 1, 0);
  return { device, cloud: there, uploads, predicted };
};

describe('an agent whose model lets only features leave', () => {
  it('rejects plans that send pictures, also in a mix or a row, and keeps its own', async () => {
    await cloud.assignModel(ruled('features'));
    await cloud.assignPlan(1, 1);
    const agent = startAgent();
    await agent.untilFrames(2);
    expect(agent.frames.at(-1)).toMatchObject({ outcome: 'cloud', plan: { version: 1 } });
    const sent = new Set(planOf(model, 1, 1).uploads.map(({ bytes }) => bytes));
    await cloud.assignPlan(2, 0);
    expect((await refusalOf(2)).fault).toMatchObject({
      code: 'TENSOR_WITHHELD',
      message: expect.stringContaining("the policy of tiny-fork is 'features'"),
    });
    await cloud.assignPlan(3, 1, { mix: { cuts: [pictures()], pattern: [0, 1], periodMs: 50 } });
    expect((await refusalOf(3)).fault?.code).toBe('TENSOR_WITHHELD');
    await cloud.assignPlan(4, 1, { table: { times, rows: [{ ...pictures(), times }] } });
    expect((await refusalOf(4)).fault?.code).toBe('TENSOR_WITHHELD');
    await agent.untilFrames(agent.frames.length + 2);
    expect(agent.frames.at(-1)).toMatchObject({ outcome: 'cloud', plan: { version: 1 } });
    expect(cloud.chunks.filter(({ encoding }) => encoding !== 'raw')).toEqual([]);
    expect(cloud.chunks.filter(({ tensorBytes }) => !sent.has(tensorBytes))).toEqual([]);
  });

  it('sends no tensor from the moment a stricter document is applied, though its plan does', async () => {
    await cloud.assignModel(ruled('anything'));
    await cloud.assignPlan(1, 0);
    const agent = startAgent();
    await agent.untilFrames(2);
    expect(agent.frames.at(-1)?.outcome).toBe('cloud');
    await cloud.assignModel(ruled('nothing'), 2);
    await eventually('the document', () =>
      cloud.reportedModels.find(({ version, state }) => version === 2 && state === 'applied'),
    );
    const before = cloud.chunks.length;
    await cloud.assignPlan(2, 0);
    expect((await refusalOf(2)).fault?.code).toBe('TENSOR_WITHHELD');
    await cloud.assignPlan(3, all());
    await eventually('local frames', () =>
      agent.frames.find(({ plan, outcome }) => plan?.version === 3 && outcome === 'local-plan'),
    );
    expect(cloud.chunks.length).toBe(before);
    expect(agent.frames.map(({ outcome }) => outcome)).not.toContain('failed');
  });

  it('ends frames that are out when a stricter document comes, and finishes them itself', async () => {
    cloud.tail = 'is silent';
    await cloud.assignModel(ruled('anything'));
    await cloud.assignPlan(1, 0, { deadlineMs: 60_000 });
    const agent = startAgent();
    await eventually('a frame in the cloud', () => cloud.complete.length > 0 || undefined);
    await cloud.assignModel(ruled('nothing'), 2);
    const ended = await eventually('the end of the frame', () => agent.frames[0]);
    expect(ended).toMatchObject({ outcome: 'local-fallback', fault: { code: 'TENSOR_WITHHELD' } });
  });
});
