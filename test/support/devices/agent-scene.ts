/** A small cloud, a split model and agents as processes: the scene of the agent's medium tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type AgentBuild, AgentProcess, buildAgentForTest } from '../processes/agent-process.js';
import { SmallCloud } from './small-cloud.js';
import { type SplitModel, splitModel } from './split-model.js';

export const DEVICE = 'pi-1';
export const SECRET = 'a-secret-of-this-test';

interface StartOptions {
  /** Address of the broker; by default the cloud's own. */
  readonly mqtt?: string;
  readonly secret?: string;
  /** Data folder of the agent; by default `data` in the scene's folder. */
  readonly data?: string;
  /** Variables in addition to those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What a test of the agent finds; all agents of a test are killed after it. */
export class AgentScene {
  build!: AgentBuild;
  model!: SplitModel;
  folder!: string;
  cloud!: SmallCloud;
  agents: AgentProcess[] = [];

  start(args: readonly string[], options: StartOptions = {}): AgentProcess {
    const { mqtt = this.cloud.mqttUrl, secret = SECRET } = options;
    const { data = join(this.folder, 'data'), env } = options;
    const agent = new AgentProcess(
      this.build,
      [
        ...['--cloud', this.cloud.blocks.url, '--mqtt', mqtt, '--device', DEVICE],
        ...['--data', data, '--threads', '1', ...args],
      ],
      { ...env, FLOTILLA_AGENT_SECRET: secret },
    );
    this.agents.push(agent);
    return agent;
  }
}

/** Registers the hooks of a spec file; `prepare` runs before each of its tests. */
export function agentScene(
  network: string,
  prepare: (scene: AgentScene) => Promise<unknown> = async () => undefined,
): AgentScene {
  const scene = new AgentScene();
  beforeAll(async () => {
    scene.build = await buildAgentForTest();
    scene.model = await splitModel(network);
  });
  afterAll(async () => {
    await scene.build.remove();
    await scene.model.whole.release();
  });
  beforeEach(async () => {
    scene.folder = await mkdtemp(join(tmpdir(), 'flotilla-agent-'));
    scene.cloud = await SmallCloud.start(DEVICE, SECRET);
    scene.agents = [];
    await prepare(scene);
  });
  afterEach(async () => {
    await Promise.all(scene.agents.map(({ running }) => running.stop('SIGKILL')));
    await scene.cloud.close();
    await rm(scene.folder, { recursive: true, force: true });
  });
  return scene;
}
