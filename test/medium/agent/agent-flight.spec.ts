import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { agentScene, DEVICE } from '../../support/devices/agent-scene.js';
import type { SmallCloud } from '../../support/devices/small-cloud.js';
import { planOf, type SplitModel } from '../../support/devices/split-model.js';
import { openFrames } from '../../support/networks/open-frames.js';
import { paintPlainPictures } from '../../support/networks/plain-pictures.js';
import type { AgentProcess } from '../../support/processes/agent-process.js';
import { eventually } from '../../support/processes/processes.js';

const HELD_MS = 400;

const scene = agentScene('tiny-fork', ({ cloud, model }) => cloud.assignModel(model));
let model: SplitModel;
let folder: string;
let cloud: SmallCloud;

beforeEach(() => {
  ({ model, folder, cloud } = scene);
});

const start = (...args: readonly string[]): AgentProcess => scene.start(args);

async function paintPictures(count: number): Promise<string> {
  const pictures = join(folder, 'pictures');
  await paintPlainPictures(pictures, names(count));
  return pictures;
}

const nameOf = (i: number): string => `picture-${`${i}`.padStart(2, '0')}.jpg`;
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => nameOf(i));

/** Frames that the cloud has whole and has not answered. */
const unanswered = (): number => cloud.complete.length - cloud.answered.length;

describe('frames in flight', () => {
  it('fill the window while the cloud is slow', async () => {
    await cloud.assignPlan(1, 2);
    cloud.holdMs = () => HELD_MS;
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, unanswered());
    }, 5);
    const agent = start('--input', await paintPictures(9), '--in-flight', '3');
    expect(await agent.ended(), agent.log).toBe(0);
    clearInterval(watch);
    expect(most).toBe(3);
    expect(agent.frames.map(({ source, outcome }) => [source, outcome])).toEqual(
      names(9).map((name) => [name, 'cloud']),
    );
    expect(Math.min(...agent.frames.map(({ totalMs }) => totalMs))).toBeGreaterThan(HELD_MS);
  });

  it('run one at a time under --in-flight 1', async () => {
    await cloud.assignPlan(1, 2);
    cloud.holdMs = () => 50;
    const agent = start('--input', await paintPictures(4), '--in-flight', '1');
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, unanswered());
    }, 2);
    expect(await agent.ended(), agent.log).toBe(0);
    clearInterval(watch);
    expect(most).toBe(1);
  });

  it('stay within the credit of the cloud', async () => {
    const { uploads } = await cloud.assignPlan(1, 2);
    const sentBytes = uploads.reduce((sum, { bytes }) => sum + bytes, 0);
    await cloud.assignPlan(2, 2, { creditBytes: 2 * sentBytes });
    cloud.holdMs = () => 200;
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, unanswered());
    }, 5);
    const agent = start('--input', await paintPictures(6));
    expect(await agent.ended(), agent.log).toBe(0);
    clearInterval(watch);
    expect(most).toBe(2);
  });

  it('are answered in any order and reported in input order, each with its own answer', async () => {
    await cloud.assignPlan(1, 2);
    const pictures = await paintPictures(8);
    const inTurn = start('--input', pictures, '--in-flight', '1', '--outputs');
    expect(await inTurn.ended(), inTurn.log).toBe(0);
    const before = cloud.complete.length;
    cloud.holdMs = (nth) => (nth % 4 === 0 ? HELD_MS : 0);
    const agent = start('--input', pictures, '--outputs', '--start-over');
    expect(await agent.ended(), agent.log).toBe(0);
    expect(cloud.answered.slice(before)).not.toEqual(cloud.complete.slice(before));
    expect(cloud.answered.toSorted()).toEqual(cloud.complete.toSorted());
    expect(agent.frames.map(({ source }) => source)).toEqual(names(8));
    expect(agent.frames.map(({ outputs }) => outputs)).toEqual(
      inTurn.frames.map(({ outputs }) => outputs),
    );
  });

  it('are finished on the device, oldest first, when the cloud falls silent', async () => {
    const deadlineMs = 600;
    await cloud.assignPlan(1, 2, { deadlineMs });
    cloud.tail = 'is silent';
    const agent = start('--input', await paintPictures(12));
    await eventually('four silent frames', () => (cloud.complete.length >= 4 ? true : undefined));
    expect(await agent.ended(), agent.log).toBe(0);
    expect(
      agent.frames.map(({ source, outcome, fault }) => [source, outcome, fault?.code]),
    ).toEqual(names(12).map((name) => [name, 'local-fallback', 'FRAME_EXPIRED']));
    for (const { totalMs } of agent.frames) expect(totalMs).toBeLessThan(deadlineMs + 500);
    // Records are written as frames end: none was overtaken by one behind it.
    expect(cloud.records.map(({ source }) => source)).toEqual(names(12));
  });

  it('all run again under their old ids after kill −9', async () => {
    await cloud.assignPlan(1, 2, { deadlineMs: 20_000 });
    const pictures = await paintPictures(10);
    cloud.tail = 'is silent';
    const killed = start('--input', pictures, '--in-flight', '4');
    await eventually('four silent frames', () => (cloud.complete.length >= 4 ? true : undefined));
    await killed.running.stop('SIGKILL');
    const open = await openFrames(join(folder, 'data', DEVICE));
    expect(open).toHaveLength(4);
    cloud.tail = 'answers';
    const last = start('--input', pictures);
    expect(await last.ended(), last.log).toBe(0);
    expect(last.frames.map(({ source }) => source)).toEqual(names(10));
    expect(last.frames.slice(0, 4).map(({ frame }) => frame)).toEqual(open);
    expect(cloud.records.map(({ source }) => source).toSorted()).toEqual(names(10));
  });
});

describe('a stream', () => {
  it('is the objective of a camera and of endless files, unless --in-flight is 1', async () => {
    await cloud.assignPlan(1, 2);
    const pictures = await paintPictures(1);
    const objectives = [['--loop'], ['--loop', '--in-flight', '1'], ['--loop', '--fps', '50'], []];
    for (const args of objectives) {
      const agent = start('--input', pictures, ...args);
      await agent.untilFrames(1);
      await agent.running.stop();
    }
    expect(cloud.births.map(({ objective }) => objective)).toEqual([
      'stream',
      'frame',
      'frame',
      'frame',
    ]);
  });

  it('runs each cut of a mix as often as its pattern says, with equal answers', async () => {
    const pictures = await paintPictures(1);
    const cuts = [0, model.document.blocks.length].map((blocks) => planOf(model, 1, blocks));
    const pattern = [0, 1, 2, 0];
    await cloud.assignPlan(1, 2, { mix: { cuts, pattern, periodMs: 10 } });
    const agent = start('--input', pictures, '--frames', '10', '--outputs');
    expect(await agent.ended(), agent.log).toBe(0);
    // Which goes first depends on whose machine is busy; ten frames are two patterns and a half.
    const all = model.document.blocks.length;
    const timesOf = (blocks: number): number =>
      agent.frames.filter(({ plan }) => plan?.device === blocks).length;
    for (const [blocks, least] of [
      [2, 4],
      [0, 2],
      [all, 2],
    ] as const) {
      expect(timesOf(blocks), `${blocks} blocks`).toBeGreaterThanOrEqual(least);
    }
    expect(timesOf(2) + timesOf(0) + timesOf(all)).toBe(10);
    for (const { plan, outcome } of agent.frames) {
      expect(outcome).toBe(plan?.device === all ? 'local-plan' : 'cloud');
    }
    expect(new Set(agent.frames.map(({ outputs }) => JSON.stringify(outputs))).size).toBe(1);
    const { uploads } = planOf(model, 1, 2);
    expect(new Set(cloud.chunks.map(({ tensorIndex }) => tensorIndex))).toEqual(
      new Set([...uploads.keys(), uploads.length]),
    );
  });
});
