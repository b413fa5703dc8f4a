/** The agent as a process against a real broker: plans, frames, losses, and what it leaves on disk. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AgentBuild, AgentProcess, buildAgentForTest } from '../support/agent-process.js';
import { eventually } from '../support/processes.js';
import { SmallCloud } from '../support/small-cloud.js';
import { type SplitModel, splitModel } from '../support/split-model.js';

const DEVICE = 'pi-1';
const SECRET = 'a-secret-of-this-test';

let build: AgentBuild;
let model: SplitModel;
let folder: string;
let cloud: SmallCloud;
let agents: AgentProcess[];

beforeAll(async () => {
  build = await buildAgentForTest();
  model = await splitModel('tiny-fork');
});

afterAll(async () => {
  await build.remove();
  await model.whole.release();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-agent-'));
  cloud = await SmallCloud.start(DEVICE, SECRET);
  agents = [];
});

afterEach(async () => {
  await Promise.all(agents.map(({ running }) => running.stop('SIGKILL')));
  await cloud.close();
  await rm(folder, { recursive: true, force: true });
});

function start(args: readonly string[], secret = SECRET): AgentProcess {
  const agent = new AgentProcess(
    build,
    [
      ...['--cloud', cloud.url, '--mqtt', `mqtt://127.0.0.1:${cloud.mqttPort}`],
      ...['--device', DEVICE, '--data', join(folder, 'data'), '--threads', '1', ...args],
    ],
    { FLOTILLA_AGENT_SECRET: secret },
  );
  agents.push(agent);
  return agent;
}

/** Pictures of plain colours, so that each has another answer. */
async function paintPictures(count: number): Promise<string> {
  const pictures = join(folder, 'pictures');
  await mkdir(pictures, { recursive: true });
  for (let i = 0; i < count; i++) {
    const background = { r: (i * 53) % 256, g: (i * 101) % 256, b: (i * 197) % 256 };
    const picture = sharp({ create: { width: 48, height: 40, channels: 3, background } });
    await picture.jpeg().toFile(join(pictures, `picture-${i}.jpg`));
  }
  return pictures;
}

describe('an agent with a folder of pictures', () => {
  it('shares each frame with the cloud, and ends when its records are receipted', async () => {
    await cloud.assignModel(model);
    await cloud.assignPlan(1, 2);
    const agent = start(['--input', await paintPictures(5), '--outputs']);
    expect(await agent.ended(), agent.log).toBe(0);
    expect(agent.frames.map(({ source, outcome }) => [source, outcome])).toEqual(
      [0, 1, 2, 3, 4].map((i) => [`picture-${i}.jpg`, 'cloud']),
    );
    expect(cloud.records.map(({ frame }) => frame)).toEqual(agent.frames.map(({ frame }) => frame));
    expect(cloud.reportedModels.at(-1)).toMatchObject({ version: 1, state: 'applied' });
    expect(cloud.reportedPlans.at(-1)).toMatchObject({ version: 1, state: 'applied' });
    expect(cloud.profiles[0]?.blocks).toHaveLength(model.document.blocks.length);
    expect(cloud.births[0]).toMatchObject({ source: 'image', encodings: ['raw', 'pixels'] });
    expect(cloud.statuses.map(({ state }) => state)).toEqual(['online', 'offline']);
  });
});
