/** The agent behind a proxy or a captive portal, which answers in place of the cloud: no answer but the cloud's own is the last word. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { downloadBlock } from '../../../firmware-agent/src/cloud/rest/block-download.js';
import { Identity } from '../../../firmware-agent/src/cloud/rest/identity.js';
import { createLog } from '../../../firmware-agent/src/log.js';
import { Traffic } from '../../../firmware-agent/src/traffic/traffic.js';
import { agentScene, DEVICE, SECRET } from '../../support/devices/agent-scene.js';
import type { BlockServer } from '../../support/devices/block-server.js';
import { paintPlainPictures } from '../../support/networks/plain-pictures.js';
import { AgentProcess } from '../../support/processes/agent-process.js';
import { eventually } from '../../support/processes/processes.js';

type Page = (response: ServerResponse) => unknown;

const html = { 'content-type': 'text/html' };
const page =
  (status: number, headers: Record<string, string> = html, body = '<html>Welcome</html>'): Page =>
  (response) =>
    response.writeHead(status, headers).end(body);
const problem = (status: number, code: string): Page =>
  page(status, { 'content-type': 'application/problem+json' }, `{"code":"${code}","detail":"so"}`);

const scene = agentScene('tiny-fork', async ({ cloud, folder, model }) => {
  await paintPlainPictures(join(folder, 'pictures'), ['a.jpg']);
  await cloud.assignModel(model);
  await cloud.assignPlan(1, 2);
});
let blocks: BlockServer;

beforeEach(() => {
  blocks = scene.cloud.blocks;
});

/** Answers the next requests with these pages, and lets those behind them through. */
function answerWith(...pages: Page[]): void {
  blocks.proxy = (response) => pages.shift()?.(response) !== undefined;
}

describe('a download of a block', () => {
  const download = async () => {
    const [block] = scene.model.document.blocks;
    if (block === undefined) throw new Error('the model has no blocks');
    await mkdir(join(scene.folder, 'blocks'), { recursive: true });
    const identity = new Identity({
      ...{ device: DEVICE, secret: SECRET },
      ...{ secretFile: undefined, caFile: undefined, certFile: undefined, keyFile: undefined },
    });
    const traffic = new Traffic(
      'normal',
      undefined,
      createLog('silent', () => undefined),
    );
    return downloadBlock(
      { cloud: blocks.url, identity, traffic },
      {
        ...{ digest: block.digest, bytes: block.bytes, path: join(scene.folder, 'blocks', 'b') },
        ...{ onProgress: () => undefined, signal: new AbortController().signal },
      },
    );
  };

  it.each([
    ['a page with 200', page(200)],
    ['a long page with 200', page(200, html, 'x'.repeat(1 << 20))],
    ['a page with 200 without its type', page(200, {}, 'x')],
    ['a page with 404', page(404)],
    ['a page with 403', page(403)],
    ['a page with 401', page(401)],
    ['JSON of another program', page(404, { 'content-type': 'application/json' }, '{"code":"no"}')],
    ['a page with 407', page(407)],
    ['a page with 511', page(511)],
    ['a redirect', page(302, { location: 'http://portal.example/' })],
    ['a part of another file', page(206, { 'content-range': 'bytes 0-0/1' }, 'x')],
    ['an answer to a range that was not asked for', page(416)],
    ['a service that is too busy', problem(429, 'RATE_LIMITED')],
    ['a service with a fault of its own', problem(500, 'BLOCK_CORRUPT')],
  ])('is for another attempt after %s', async (_, answer) => {
    answerWith(answer);
    await expect(download()).rejects.toMatchObject({ code: 'CLOUD_UNREACHABLE' });
    await download();
  });

  it.each([
    [404, 'BLOCK_UNKNOWN'],
    [401, 'UNAUTHORIZED'],
  ])('is rejected by the cloud with %i and %s', async (status, code) => {
    answerWith(problem(status, code));
    await expect(download()).rejects.toMatchObject({ code });
  });
});

describe('an agent behind a proxy', () => {
  const start = () => scene.start(['--input', join(scene.folder, 'pictures'), '--loop']);

  it('fetches its model whatever the proxy answers, and telemetry has the fault meanwhile', async () => {
    let isOpen = false;
    const pages = [page(404), page(403), page(200), page(200), page(200)];
    blocks.proxy = (response) => {
      if (isOpen) return false;
      (pages.shift() ?? page(404))(response);
      return true;
    };
    const agent = start();
    const { faults = [] } = await eventually('telemetry with the fault', () =>
      scene.cloud.telemetry.find(({ faults }) => (faults?.length ?? 0) > 0),
    );
    expect(faults).toMatchObject([{ code: 'CLOUD_UNREACHABLE' }]);
    isOpen = true;
    await agent.untilFrames(1);
    expect(scene.cloud.reportedModels.map(({ state }) => state)).toEqual(['applied']);
    await eventually('telemetry without a fault', () =>
      scene.cloud.telemetry.at(-1)?.faults?.length === 0 ? true : undefined,
    );
  });

  it('reports a rejection of the cloud, and fetches its model when the cloud has it', async () => {
    answerWith(problem(404, 'BLOCK_UNKNOWN'));
    const agent = start();
    await agent.untilFrames(1);
    expect(scene.cloud.reportedModels).toMatchObject([
      { state: 'refused', fault: { code: 'BLOCK_UNKNOWN' } },
      { state: 'applied' },
    ]);
  });
});

describe('an agent with an address of IPv6', () => {
  it.each(['ws://[::1]:1/mqtt', 'wss://[::1]:1/mqtt', 'mqtt://[::1]:1', 'mqtts://[::1]:1'])(
    'tries %s again and again',
    async (mqtt) => {
      const agent = scene.start(['--stay'], { mqtt });
      await agent.untilLog(`cannot connect to ${mqtt}`);
      expect(agent.log).not.toContain('Invalid URL');
      expect(await agent.running.stop(), agent.log).toBe(0);
    },
  );
});

describe('an agent without --mqtt', () => {
  const start = (): AgentProcess => {
    const agent = new AgentProcess(
      scene.build,
      [
        ...['--cloud', blocks.url, '--device', DEVICE, '--threads', '1', '--stay'],
        ...['--data', join(scene.folder, 'data')],
      ],
      { FLOTILLA_AGENT_SECRET: SECRET },
    );
    scene.agents.push(agent);
    return agent;
  };
  /** Answers the question for the broker, and lets the others through. */
  const announce = (broker: Page): void => {
    blocks.proxy = (response) => {
      if (response.req.url !== '/api/v1/broker') return false;
      broker(response);
      return true;
    };
  };
  const announced = (mqttPort: number): Page =>
    page(
      200,
      { 'content-type': 'application/json' },
      JSON.stringify({ mqttPort, mqttsPort: null, webSocketPath: '/mqtt', url: null }),
    );

  it('connects where the service announces the broker, and keeps the address', async () => {
    const port = Number(new URL(scene.cloud.mqttUrl).port);
    announce(announced(port));
    const first = start();
    await first.untilLog(`connected to mqtt://127.0.0.1:${port}`);
    expect(await first.running.stop()).toBe(0);
    announce(page(404));
    const second = start();
    await second.untilLog(`connected to mqtt://127.0.0.1:${port}`);
  });

  it('asks again when the broker is no longer where it was', async () => {
    const port = Number(new URL(scene.cloud.mqttUrl).port);
    announce(announced(port));
    await mkdir(join(scene.folder, 'data', DEVICE), { recursive: true, mode: 0o700 });
    await chmod(join(scene.folder, 'data'), 0o700);
    const kept = { cloud: blocks.url, url: 'mqtt://127.0.0.1:1' };
    await writeFile(join(scene.folder, 'data', DEVICE, 'broker.json'), JSON.stringify(kept));
    const agent = start();
    await agent.untilLog('cannot connect to mqtt://127.0.0.1:1:');
    await agent.untilLog(`connected to mqtt://127.0.0.1:${port}`);
  });

  it.each([
    ['an earlier version', problem(404, 'ROUTE_UNKNOWN')],
    ['a captive portal', page(200)],
    ['a port that is none', announced(70_000)],
  ])('uses the usual port where the answer is one of %s', async (_, answer) => {
    announce(answer);
    const agent = start();
    await agent.untilLog('mqtt://127.0.0.1:1883');
  });
});
