import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../../../src/wire/index.js';
import { agentScene } from '../../support/devices/agent-scene.js';
import type { SmallCloud } from '../../support/devices/small-cloud.js';
import { paintPlainPictures } from '../../support/networks/plain-pictures.js';
import type { AgentProcess } from '../../support/processes/agent-process.js';
import { eventually } from '../../support/processes/processes.js';

const scene = agentScene('tiny-fork', async ({ cloud, folder, model }) => {
  await cloud.assignModel(model);
  await cloud.assignPlan(1, 1);
  await paintPlainPictures(join(folder, 'pictures'), ['picture.jpg']);
});
let cloud: SmallCloud;
let agent: AgentProcess;

beforeEach(async () => {
  cloud = scene.cloud;
  agent = scene.start(['--input', join(scene.folder, 'pictures'), '--loop']);
  await agent.untilFrames(2);
});

let commands = 0;

async function give(kind: Command['kind'], more: object = {}): Promise<string> {
  const id = String(++commands).padStart(16, '0');
  await cloud.send('command', { v: 1, id, kind, expiresInMs: 60_000, ...more } as Command);
  return id;
}

const statesOf = (id: string) =>
  cloud.commandReports.filter((one) => one.id === id).map(({ state }) => state);

const ended = (id: string) =>
  eventually(`the end of command ${id}\n${agent.log}`, () =>
    cloud.commandReports.find((one) => one.id === id && one.state !== 'accepted'),
  );

describe('an agent', () => {
  it('answers a ping, changes its log level and profiles its blocks again while frames go on', async () => {
    const ping = await ended(await give('ping'));
    expect(ping).toMatchObject({ state: 'done', result: expect.stringMatching(/^up for \d+ s$/) });
    expect(statesOf(ping.id)).toEqual(['accepted', 'done']);
    expect(await ended(await give('logLevel', { level: 'silent' }))).toMatchObject({
      state: 'done',
    });
    const profiles = cloud.profiles.length;
    const profiled = await ended(await give('reprofile'));
    expect(profiled.result).toBe(`${scene.model.document.blocks.length} blocks were timed`);
    expect(cloud.profiles.length).toBeGreaterThan(profiles);
    expect(agent.log).not.toContain('reprofile');
    await agent.untilFrames(agent.frames.length + 2);
    expect(agent.frames.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  });

  it('runs a repeated command once and an expired one never', async () => {
    const id = await give('ping');
    await ended(id);
    await cloud.send('command', { v: 1, id, kind: 'ping', expiresInMs: 1 });
    await eventually('the report again', () => statesOf(id).length > 2 || undefined);
    expect(statesOf(id)).toEqual(['accepted', 'done', 'done']);
    const late = await give('ping', { expiresInMs: 0 });
    await ended(await give('ping'));
    expect(statesOf(late)).toEqual([]);
  });

  it('restarts in order, reports it and loses no frame', async () => {
    const id = await give('restart');
    expect(await ended(id)).toMatchObject({ state: 'done', result: 'the agent restarted' });
    expect(cloud.statuses.map(({ state }) => state)).toEqual(['online', 'offline', 'online']);
    expect(new Set(cloud.statuses.map(({ sid }) => sid)).size).toBe(2);
    const before = agent.frames.length;
    await agent.untilFrames(before + 3);
    expect(agent.frames.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    await cloud.send('command', { v: 1, id, kind: 'restart', expiresInMs: 60_000 });
    await eventually('the report again', () => statesOf(id).length > 2 || undefined);
    expect(cloud.statuses).toHaveLength(3);
  });
});
