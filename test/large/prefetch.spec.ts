/** A device downloads all blocks of its model once: neither a new plan nor a model of the same blocks costs a download. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { referenceNetwork, serializeModel } from '../../src/onnx/index.js';
import type { LoadState } from '../../src/platform/index.js';
import { LinkShaper } from '../support/mqtt/link-shaper.js';
import { AgentProcess } from '../support/processes/agent-process.js';
import { eventually, programs, Service } from '../support/processes/processes.js';
import { paintPictures } from '../testbed/pictures.js';

interface PlanState {
  readonly desired: {
    readonly version: number;
    readonly device: readonly string[];
    readonly cloud: readonly string[];
  };
  readonly reported: { readonly state: string } | null;
}

let folder: string;
let service: Service;
let link: LinkShaper;
let agent: AgentProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-prefetch-'));
  service = await Service.start({ data: join(folder, 'cloud') });
});

afterAll(async () => {
  await agent.running.stop();
  await link.close();
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

/** HTTP requests for blocks since the service started. */
async function blockRequests(): Promise<number> {
  const { parts } = await service.request<LoadState>('GET', '/health/load');
  return parts.blocks?.requests ?? Number.NaN;
}

/** A plan that fits, that the device applied and has answered frames under. */
async function planInUse(
  what: string,
  fits: (plan: PlanState['desired']) => boolean,
): Promise<PlanState['desired']> {
  let state: PlanState | undefined;
  const look = async (): Promise<PlanState['desired'] | undefined> => {
    state = await service
      .request<PlanState>('GET', '/api/v1/devices/pi/plan')
      .catch(() => undefined);
    if (state === undefined || !fits(state.desired)) return undefined;
    const { version } = state.desired;
    const isUsed = agent.frames.some(
      (frame) => frame.plan?.version === version && frame.outcome !== 'failed',
    );
    return state.reported?.state === 'applied' && isUsed ? state.desired : undefined;
  };
  return eventually(what, look, 45_000).catch((error: Error) => {
    const frame = JSON.stringify(agent.frames.at(-1));
    throw new Error(`${error.message}: ${JSON.stringify(state)} ${frame}\n${agent.log}`);
  });
}

it('a device downloads no block for a second plan of the same model', {
  timeout: 180_000,
}, async () => {
  const { build, manifest } = referenceNetwork('mobilenetv2');
  const onnx = serializeModel(build());
  const model = await service.addModel('mobilenetv2', onnx, manifest);
  const secret = await service.addDevice('pi', model);
  const target = { host: '127.0.0.1', port: service.mqttPort };
  link = await LinkShaper.start(target, { uplinkMbps: 100, downlinkMbps: 50, latencyMs: 1 });
  const pictures = await paintPictures(join(folder, 'pictures'), 2);
  const flags = [
    ...['--cloud', service.url, '--mqtt', `mqtt://127.0.0.1:${link.port}`, '--device', 'pi'],
    ...['--data', join(folder, 'pi'), '--slowdown', '8', '--threads', '1'],
    ...['--input', pictures, '--loop', '--in-flight', '1', '--objective', 'frame'],
  ];
  agent = new AgentProcess({ file: programs.agent }, flags, { FLOTILLA_AGENT_SECRET: secret });

  const first = await planInUse('a plan for a fast link', ({ cloud }) => cloud.length > 0);
  const blocks = first.device.length + first.cloud.length;
  expect(await blockRequests()).toBe(blocks);

  link.set({ uplinkMbps: 1 });
  // By a row of its table, or by another plan.
  await eventually(
    'frames with more blocks on the device',
    () =>
      agent.frames.find(
        ({ plan, outcome }) => (plan?.device ?? 0) > first.device.length && outcome !== 'failed',
      ),
    45_000,
  );
  expect(await blockRequests()).toBe(blocks);

  // The same network under another name: other model, same blocks.
  const second = await planInUse('a plan for a slow link', () => true);
  const same = await service.addModel('mobilenetv2-again', onnx, manifest);
  await service.request('PATCH', '/api/v1/devices/pi', { model: same });
  await planInUse('a plan for the other model', ({ version }) => version > second.version);
  expect(await blockRequests()).toBe(blocks);
});
