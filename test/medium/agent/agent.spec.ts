/** The agent as a process against a real broker: plans, frames, losses, and what it leaves on disk. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { Ledger } from '../../../firmware-agent/src/disk/ledger.js';
import type { FinishedFrame } from '../../../firmware-agent/src/disk/ledger-entry.js';
import { createLog } from '../../../firmware-agent/src/log.js';
import { tensorOfPixels } from '../../../src/wire/index.js';
import { agentScene, DEVICE, SECRET } from '../../support/devices/agent-scene.js';
import { SmallCloud } from '../../support/devices/small-cloud.js';
import { planOf, type SplitModel, splitModel } from '../../support/devices/split-model.js';
import { paintPlainPictures } from '../../support/networks/plain-pictures.js';
import type { AgentProcess } from '../../support/processes/agent-process.js';
import { eventually } from '../../support/processes/processes.js';

/** How a tensor travels, the share of its bytes, and the decimal places that are right at the end. */
const ENCODINGS = [
  ['raw', 1, 4],
  ['f16', 1 / 2, 2],
  ['u8', 1 / 4, 1],
] as const;

const scene = agentScene('tiny-fork');
let model: SplitModel;
let folder: string;
let cloud: SmallCloud;

beforeEach(() => {
  ({ model, folder, cloud } = scene);
});

const start = (args: readonly string[], secret = SECRET): AgentProcess =>
  scene.start(args, { secret });

async function paintPictures(count: number): Promise<string> {
  const pictures = join(folder, 'pictures');
  const names = Array.from({ length: count }, (_, i) => `picture-${i}.jpg`);
  await paintPlainPictures(pictures, names);
  return pictures;
}

describe('an agent with a folder of pictures', () => {
  it('shares each frame with the cloud and exits when its records have receipts', async () => {
    await cloud.assignModel(model);
    await cloud.assignPlan(1, 2);
    const agent = start(['--input', await paintPictures(5)]);
    expect(await agent.ended(), agent.log).toBe(0);
    expect(agent.frames.map(({ source, outcome }) => [source, outcome])).toEqual(
      [0, 1, 2, 3, 4].map((i) => [`picture-${i}.jpg`, 'cloud']),
    );
    expect(cloud.records.map(({ frame }) => frame)).toEqual(agent.frames.map(({ frame }) => frame));
    expect(cloud.reportedModels.at(-1)).toMatchObject({ version: 1, state: 'applied' });
    expect(cloud.reportedPlans.at(-1)).toMatchObject({ version: 1, state: 'applied' });
    expect(cloud.profiles[0]?.blocks).toHaveLength(model.document.blocks.length);
    expect(cloud.births[0]).toMatchObject({
      ...{ source: 'image', encodings: ['raw', 'pixels', 'jpeg', 'f16', 'u8'] },
      encodeMsPerByte: { f16: expect.any(Number), u8: expect.any(Number) },
    });
    expect(cloud.statuses.map(({ state }) => state)).toEqual(['online', 'offline']);
  });

  it('gives the outputs of the unsplit network at every cut', async () => {
    const picture = join(await paintPictures(1), 'picture-0.jpg');
    await cloud.assignModel(model);
    await cloud.assignPlan(1, 0);
    const agent = start(['--input', picture, '--loop', '--outputs']);
    const cuts = model.document.blocks.length;
    const seen = new Map<number, string>();
    for (let blocks = 0; blocks <= cuts; blocks++) {
      const { version } = await cloud.assignPlan(blocks + 2, blocks);
      const frame = await eventually(`a frame by plan ${version}\n${agent.log}`, () =>
        agent.frames.find(({ plan }) => plan?.version === version),
      );
      expect(frame.outcome).toBe(blocks === cuts ? 'local-plan' : 'cloud');
      seen.set(blocks, JSON.stringify(frame.outputs));
    }
    expect(new Set(seen.values()).size).toBe(1);
    const whole = await wholeOutputs(picture);
    for (const { name, values } of agent.frames[0]?.outputs ?? []) {
      for (const [i, value] of values.entries()) {
        expect(value).toBeCloseTo(whole.get(name)?.[i] ?? Number.NaN, 4);
      }
    }
    expect(cloud.chunks[0]).toMatchObject({ encoding: 'pixels', tensorBytes: 32 * 32 * 3 });
  });

  it('sends a tensor in the plan’s encoding, and the cloud decodes its numbers', async () => {
    const picture = join(await paintPictures(1), 'picture-0.jpg');
    await cloud.assignModel(model);
    const { uploads } = planOf(model, 1, 1);
    const floats = uploads.reduce((sum, { bytes }) => sum + bytes, 0);
    const agent = start(['--input', picture, '--loop', '--outputs']);
    const whole = await wholeOutputs(picture);
    for (const [i, [encoding, share, digits]] of ENCODINGS.entries()) {
      const version = i + 1;
      await cloud.assignPlan(version, 1, {
        uploads: uploads.map(({ tensor, bytes }) => ({ tensor, encoding, bytes: bytes * share })),
      });
      const frame = await eventually(`a frame by plan ${version}\n${agent.log}`, () =>
        agent.frames.find(({ plan }) => plan?.version === version),
      );
      expect([frame.outcome, frame.sentBytes]).toEqual(['cloud', floats * share]);
      expect(frame.stages.encodeMs).toBeGreaterThan(0);
      for (const { name, values } of frame.outputs ?? []) {
        for (const [at, value] of values.entries()) {
          expect(value).toBeCloseTo(whole.get(name)?.[at] ?? Number.NaN, digits);
        }
      }
    }
  });

  it('sends the camera’s own file, which gives the same answer as its pixels', async () => {
    const picture = join(await paintPictures(1), 'picture-0.jpg');
    const file = await readFile(picture);
    await cloud.assignModel(model);
    const agent = start(['--input', picture, '--loop', '--outputs']);
    const [upload] = planOf(model, 1, 0).uploads;
    const outputs: string[] = [];
    for (const [version, encoding] of [[1, 'pixels'] as const, [2, 'jpeg'] as const]) {
      const bytes = encoding === 'jpeg' ? 500 : 32 * 32 * 3;
      await cloud.assignPlan(version, 0, {
        uploads: [{ tensor: upload?.tensor ?? '', encoding, bytes }],
      });
      const frame = await eventually(`a frame by plan ${version}\n${agent.log}`, () =>
        agent.frames.find(({ plan }) => plan?.version === version),
      );
      expect([frame.outcome, frame.fault]).toEqual(['cloud', undefined]);
      expect(frame.sentBytes).toBe(encoding === 'jpeg' ? file.length : bytes);
      outputs.push(JSON.stringify(frame.outputs));
    }
    expect(outputs[1]).toBe(outputs[0]);
    const telemetry = await eventually('telemetry with the length of files', () =>
      cloud.telemetry.find(({ jpegBytes }) => jpegBytes !== undefined),
    );
    expect(telemetry.jpegBytes).toBe(file.length);
  });

  it('resumes after kill −9, answers no frame twice and loses none', async () => {
    await cloud.assignModel(model);
    await cloud.assignPlan(1, 2);
    const args = ['--input', await paintPictures(12), '--interval-ms', '30'];
    const answered: string[] = [];
    for (const untilFrames of [3, 2]) {
      const killed = start(args);
      await killed.untilFrames(untilFrames);
      await killed.running.stop('SIGKILL');
      answered.push(...killed.frames.map(({ source }) => source));
    }
    const last = start(args);
    expect(await last.ended(), last.log).toBe(0);
    // A record that was not receipted in time comes again, under the same frame.
    const sources = new Map(cloud.records.map(({ frame, source }) => [frame, source]));
    expect([...sources.values()].toSorted()).toEqual(
      Array.from({ length: 12 }, (_, i) => `picture-${i}.jpg`).toSorted(),
    );
    answered.push(...last.frames.map(({ source }) => source));
    expect(new Set(answered).size).toBe(answered.length);
    expect(cloud.blocks.downloads).toHaveLength(model.document.blocks.length);
    expect(last.log).toContain('of an interrupted run');
  });

  it('reports an unreadable picture and runs the next', async () => {
    await cloud.assignModel(model);
    await cloud.assignPlan(1, 2);
    const pictures = await paintPictures(3);
    await writeFile(join(pictures, 'picture-1.jpg'), 'no picture at all');
    const agent = start(['--input', pictures]);
    expect(await agent.ended(), agent.log).toBe(1);
    expect(agent.frames.map(({ outcome }) => outcome)).toEqual(['cloud', 'failed', 'cloud']);
    expect(agent.log).toContain('1 of these frames failed');
    const failed = cloud.records.find(({ outcome }) => outcome === 'failed');
    expect(failed?.fault?.code).toBe('INPUT_UNREADABLE');
  });
});

describe('an agent that loses the cloud', () => {
  it('finishes a frame when the deadline passes, a fault comes or the link is cut', async () => {
    await cloud.assignModel(model);
    await cloud.assignPlan(1, 2, { deadlineMs: 250 });
    const agent = start(['--input', await paintPictures(2), '--loop', '--interval-ms', '40']);
    await agent.untilFrames(2);
    cloud.tail = 'is silent';
    await eventually('a frame past its deadline', () =>
      agent.frames.find(({ fault }) => fault?.code === 'FRAME_EXPIRED'),
    );
    cloud.tail = 'faults';
    await eventually('a frame with a fault of the cloud', () =>
      agent.frames.find(({ fault }) => fault?.code === 'WORKER_LOST'),
    );
    cloud.tail = 'is silent';
    const before = agent.frames.length;
    await agent.untilFrames(before + 1);
    cloud.cutConnections();
    const cut = await eventually('a frame without a connection', () =>
      agent.frames.find(({ fault }) => fault?.code === 'CLOUD_UNREACHABLE'),
    );
    cloud.tail = 'answers';
    expect(cut.outcome).toBe('local-fallback');
    expect(cut.answer).toBeDefined();
    const comeBack = agent.frames.length;
    await eventually('frames shared again', () =>
      agent.frames.slice(comeBack).find(({ outcome }) => outcome === 'cloud'),
    );
    expect(await agent.running.stop('SIGTERM'), agent.log).toBe(0);
    expect(new Set(cloud.records.map(({ frame }) => frame))).toEqual(
      new Set(agent.frames.map(({ frame }) => frame)),
    );
  });

  it('runs frames of a known model without a network and delivers the records later', async () => {
    await cloud.assignModel(model);
    await cloud.assignPlan(1, 2);
    const pictures = await paintPictures(3);
    expect(await start(['--input', pictures]).ended()).toBe(0);
    await cloud.close();
    const alone = start(['--input', pictures, '--receipt-ms', '100']);
    expect(await alone.ended(), alone.log).toBe(1);
    expect(alone.frames.map(({ outcome }) => outcome)).toEqual(Array(3).fill('local-fallback'));
    expect(alone.log).toContain('3 records without a receipt');

    scene.cloud = await SmallCloud.start(DEVICE, SECRET);
    cloud = scene.cloud;
    await cloud.assignModel(model);
    const again = start(['--input', pictures, '--frames', '1', '--deadline-ms', '200']);
    expect(await again.ended(), again.log).toBe(0);
    expect(cloud.records.map(({ frame }) => frame).slice(0, 3)).toEqual(
      alone.frames.map(({ frame }) => frame),
    );
    expect(cloud.blocks.downloads).toEqual([]);
  });

  it('sends a record again until it is receipted', async () => {
    cloud.sendsReceipts = false;
    await cloud.assignModel(model);
    await cloud.assignPlan(1, 2);
    const pictures = await paintPictures(2);
    const first = start(['--input', pictures, '--receipt-ms', '50']);
    expect(await first.ended()).toBe(1);
    cloud.sendsReceipts = true;
    const second = start(['--input', pictures, '--frames', '1']);
    expect(await second.ended(), second.log).toBe(0);
    expect(cloud.records).toHaveLength(3);
  });
});

/** A later version of the model's document. */
const MODEL_VERSION = 4;

describe('a frame during which the agent is killed', () => {
  it('is run again alone, and the second time recorded as failed and passed over', async () => {
    await cloud.assignModel(model);
    await cloud.assignPlan(1, 2, { deadlineMs: 60_000 });
    const pictures = await paintPictures(4);
    const args = ['--input', pictures, '--in-flight', '2', '--frames', '5'];
    cloud.tail = 'is silent';
    const killed = async (frames: number): Promise<void> => {
      const agent = start(args);
      const inFlight = () => cloud.complete.length >= frames || undefined;
      await agent.running.whileRunning(eventually('frames in flight', inFlight, 20_000));
      await agent.running.stop('SIGKILL');
    };
    await killed(2);
    const [first, second] = cloud.complete;
    // Both were begun once. The first is alone now.
    await killed(3);
    expect(second).not.toBe(first);
    expect(new Set(cloud.complete.slice(2))).toEqual(new Set([first]));
    cloud.tail = 'answers';
    const last = start(args);
    expect(await last.ended(), last.log).toBe(1);
    expect(last.log).toContain('picture-0.jpg, which is passed over from now on');
    // Of five frames over four files, the last would be the first file again.
    expect(last.frames.map(({ source }) => source)).toEqual(
      [1, 2, 3].map((i) => `picture-${i}.jpg`),
    );
    const outcomes = cloud.records.map(({ source, outcome, fault }) => [
      source,
      outcome,
      fault?.code,
    ]);
    expect(outcomes).toEqual([
      ['picture-0.jpg', 'failed', 'FRAME_ABANDONED'],
      ...[1, 2, 3].map((i) => [`picture-${i}.jpg`, 'cloud', undefined]),
    ]);
    expect(cloud.records[0]?.frame).toBe(first);
  });
});

describe('an agent that was long without a network', () => {
  it('splits the longest records into messages within the limit', async () => {
    const home = join(folder, 'data', DEVICE);
    await mkdir(home, { recursive: true, mode: 0o700 });
    const ledger = new Ledger(
      join(home, 'ledger'),
      1000,
      createLog('silent', () => undefined),
    );
    for (let i = 0; i < 150; i++) ledger.finish(longRecord(i));
    ledger.close();
    await cloud.assignModel(model);
    await cloud.assignPlan(1, 2);
    const agent = start(['--input', await paintPictures(1), '--receipt-ms', '5000']);
    expect(await agent.ended(), agent.log).toBe(0);
    expect(cloud.records).toHaveLength(151);
  });
});

/** A frame whose texts are as long as they may be, in three bytes a character. */
function longRecord(i: number): FinishedFrame {
  const stages = { deviceMs: 0, encodeMs: 0, uplinkMs: 0, queueMs: 0, cloudMs: 0, downlinkMs: 0 };
  const record = {
    ...{ frame: i.toString(16).padStart(32, '0'), model: 'a'.repeat(64), planVersion: 1 },
    ...{ at: new Date().toISOString(), outcome: 'failed' as const, deadlineMs: 1, totalMs: 0 },
    ...{ measured: stages, predicted: null, link: null, sentBytes: 0, source: '猫'.repeat(256) },
    fault: { code: 'INPUT_UNREADABLE', message: '猫'.repeat(500) },
    answer: { index: 0, score: 0, label: '猫'.repeat(200) },
  };
  return { record, startedMs: 0, boot: 'another' };
}

describe('documents of the cloud', () => {
  it('make the agent reject a plan it cannot run, report why, and keep its own', async () => {
    await cloud.assignModel(model);
    await cloud.assignPlan(1, 2);
    const agent = start(['--input', await paintPictures(1), '--loop', '--interval-ms', '20']);
    await agent.untilFrames(1);
    await cloud.assignPlan(2, 2, { creditBytes: 1 });
    const refusal = await eventually('the refusal', () =>
      cloud.reportedPlans.find(({ state }) => state === 'refused'),
    );
    expect(refusal).toMatchObject({ version: 2, fault: { code: 'PLAN_IMPOSSIBLE' } });
    expect(refusal.fault?.message).toContain('only 1 may be in flight');
    const count = agent.frames.length;
    await agent.untilFrames(count + 2);
    expect(agent.frames.at(-1)).toMatchObject({ outcome: 'cloud', plan: { version: 1 } });
  });

  it('that are damaged on their way are not used, reported in telemetry, and asked for again', async () => {
    await cloud.assignModel(model);
    await cloud.assignPlan(1, 2);
    const agent = start(['--input', await paintPictures(1), '--loop', '--interval-ms', '20']);
    await agent.untilFrames(1);
    const plan = await cloud.assignPlan(2, 1);
    await agent.untilLog('plan 2 ');
    cloud.flipNext = { name: 'desiredPlan', text: `"creditBytes":${plan.creditBytes}` };
    await cloud.assignPlan(3, 1);
    await agent.untilLog('the message desiredPlan came damaged from the cloud: asked for again');
    await agent.untilLog('plan 3 ');
    cloud.flipNext = { name: 'desiredModel', text: `"version":${MODEL_VERSION}` };
    await cloud.assignModel(model, MODEL_VERSION);
    await eventually('the model’s version', () =>
      cloud.reportedModels.find(({ version }) => version === MODEL_VERSION),
    );
    expect(cloud.reportedModels.map(({ version }) => version)).toEqual([1, MODEL_VERSION]);
    const telemetry = await eventually('telemetry of the damage', () =>
      cloud.telemetry.find(({ damageFound }) => damageFound === 2),
    );
    expect(telemetry.lastDamage).toBe('the message desiredModel came damaged from the cloud');
  });

  it('make the agent change its model between frames', async () => {
    const other = await splitModel('tiny-chain', 2);
    await cloud.assignModel(model);
    await cloud.assignPlan(1, 2);
    const agent = start(['--input', await paintPictures(1), '--loop', '--interval-ms', '20']);
    await agent.untilFrames(2);
    await cloud.assignModel(other);
    await cloud.assignPlan(2, 1);
    const frame = await eventually(`a frame by the other model\n${agent.log}`, () =>
      agent.frames.find(({ plan, outcome }) => plan?.version === 2 && outcome === 'cloud'),
    );
    expect(frame.answer).toBeDefined();
    expect(agent.frames.map(({ outcome }) => outcome)).not.toContain('failed');
    expect(cloud.reportedModels.map(({ version, state }) => [version, state])).toEqual([
      [1, 'applied'],
      [2, 'applied'],
    ]);
    await other.whole.release();
  });

  it('exits with 2 and one clear line when its secret is wrong', async () => {
    const agent = start(['--input', await paintPictures(1)], 'another secret');
    expect(await agent.ended()).toBe(2);
    expect(agent.log).toContain(`the cloud rejects device ${DEVICE}`);
    expect(agent.log).not.toContain('another secret');
  });
});

describe('the blocks of an agent', () => {
  it('are downloaded once, resumed after a break, and downloaded again when changed on disk', async () => {
    cloud.blocks.cutDownloadAt = 500;
    await cloud.assignModel(model);
    await cloud.assignPlan(1, 2);
    const pictures = await paintPictures(1);
    expect(await start(['--input', pictures]).ended()).toBe(0);
    expect(cloud.blocks.downloads.filter(({ status }) => status === 206)).toHaveLength(1);
    expect(cloud.blocks.downloads.find(({ status }) => status === 206)?.range).toBe('bytes=500-');

    const blocks = join(folder, 'data', 'blocks');
    const [first = ''] = await readdir(blocks);
    await writeFile(join(blocks, first), 'not the block any more');
    cloud.blocks.downloads.length = 0;
    const agent = start(['--input', pictures]);
    expect(await agent.ended(), agent.log).toBe(0);
    expect(cloud.blocks.downloads.map(({ digest }) => digest)).toEqual([first]);
    expect(agent.log).toContain(`block ${first} on disk is damaged`);
  });

  it('belong to one agent at a time', async () => {
    await cloud.assignModel(model);
    const first = start(['--input', await paintPictures(1), '--stay']);
    await first.untilLog('connected to');
    const second = start(['--input', join(folder, 'pictures')]);
    expect(await second.ended()).toBe(1);
    expect(second.log).toContain('is used by another agent');
  });
});

async function wholeOutputs(picture: string): Promise<Map<string, number[]>> {
  const [input] = model.document.inputs;
  if (input?.image === undefined) throw new Error('the model takes no picture');
  const pixels = await sharp(picture)
    .resize(input.image.width, input.image.height, { fit: 'fill' })
    .raw()
    .toBuffer();
  const outputs = await model.whole.run(
    new Map([[input.name, tensorOfPixels(pixels, input.image)]]),
  );
  return new Map(
    [...outputs].map(([name, { data }]) => [
      name,
      [...new Float32Array(data.buffer, data.byteOffset, data.length / 4)],
    ]),
  );
}
