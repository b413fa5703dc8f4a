/** SIGTERM in every phase of an agent: it ends in order within its bound, and says what holds it where it cannot. */
import { execFile, fork } from 'node:child_process';
import { rename, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { agentScene, DEVICE } from '../../support/devices/agent-scene.js';
import { paintPlainPictures } from '../../support/networks/plain-pictures.js';
import { AgentProcess } from '../../support/processes/agent-process.js';
import { eventually, Running } from '../../support/processes/processes.js';

/** Bound of the end of an agent (END_MS in agent.ts, and a second to leave). */
const BOUND_MS = 26_000;

const HELD = join(import.meta.dirname, '../../support/held-process.ts');

const scene = agentScene('tiny-fork', async ({ cloud, folder, model }) => {
  await paintPlainPictures(join(folder, 'pictures'), ['a.jpg', 'b.jpg']);
  await cloud.assignModel(model);
  await cloud.assignPlan(1, 2);
});
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const pictures = (): string => join(scene.folder, 'pictures');
const makePipe = (path: string) => promisify(execFile)('mkfifo', [path]);

/** Stops an agent by SIGTERM; its exit code, or null when it had to be killed after its bound. */
async function stopped(agent: AgentProcess): Promise<number | null> {
  return await agent.running.stop('SIGTERM', BOUND_MS);
}

async function enrolling(answer: RequestListener): Promise<AgentProcess> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const agent = new AgentProcess(scene.build, [
    ...['--cloud', `http://127.0.0.1:${port}`, '--device', DEVICE, '--token', 'fle_token'],
    ...['--data', join(scene.folder, 'data'), '--stay'],
  ]);
  scene.agents.push(agent);
  return agent;
}

describe('an agent that gets SIGTERM', () => {
  it('ends while it waits to enrol again', async () => {
    const agent = await enrolling((_request, response) => response.writeHead(403).end('<html>'));
    await agent.untilLog('cannot enrol');
    expect(await stopped(agent), agent.log).toBe(0);
  });

  it('ends while it enrols at a cloud that does not answer', async () => {
    let isAsked = false;
    const agent = await enrolling(() => {
      isAsked = true;
    });
    await eventually('a request', () => isAsked || undefined);
    expect(await stopped(agent), agent.log).toBe(0);
  });

  it('ends while it fetches blocks', async () => {
    let isAsked = false;
    scene.cloud.blocks.proxy = () => {
      isAsked = true;
      return true;
    };
    const agent = scene.start(['--input', pictures(), '--loop']);
    await eventually('a request', () => isAsked || undefined);
    expect(await stopped(agent), agent.log).toBe(0);
    expect(agent.log).toContain('stopped');
  });

  it('ends while it times blocks', async () => {
    const agent = scene.start(['--input', pictures(), '--loop', '--slowdown', '1000']);
    await agent.untilLog('timing');
    expect(await stopped(agent), agent.log).toBe(0);
    expect(agent.log).not.toContain('takes');
  });

  it('ends while it waits for receipts of an unreachable cloud, and keeps the records', async () => {
    const offline = ['--receipt-ms', '600000', '--frames', '3'];
    const first = scene.start(['--input', pictures(), '--frames', '1']);
    expect(await first.ended(), first.log).toBe(0);
    const { length: known } = scene.cloud.records;
    const agent = scene.start(['--input', pictures(), ...offline], { mqtt: 'mqtt://127.0.0.1:1' });
    await agent.untilLog('all 3 frames are done');
    expect(await stopped(agent), agent.log).toBe(0);
    expect(agent.log).not.toContain('still held');
    const next = scene.start(['--input', pictures(), '--frames', '1']);
    expect(await next.ended(), next.log).toBe(0);
    expect(scene.cloud.records).toHaveLength(known + 4);
  });

  it('ends while its records get no receipts', async () => {
    scene.cloud.sendsReceipts = false;
    const agent = scene.start(['--input', pictures(), '--loop', '--interval-ms', '20']);
    await agent.untilFrames(5);
    expect(await stopped(agent), agent.log).toBe(0);
    expect(agent.running.lines.at(-1)).toContain('stopped');
  });
});

describe('an input that is a pipe', () => {
  it('is rejected with what to do', async () => {
    const pipe = join(scene.folder, 'pipe.jpg');
    await makePipe(pipe);
    const agent = scene.start(['--input', pipe]);
    expect(await agent.ended()).toBe(2);
    expect(agent.log).toContain(`--input ${pipe}: is a pipe or a device, not a file`);
  });

  it('fails its frames alone when it takes the place of a file, and SIGTERM ends the agent', async () => {
    const agent = scene.start(['--input', pictures(), '--loop', '--interval-ms', '20']);
    await agent.untilFrames(2);
    const pipe = join(pictures(), 'b.jpg');
    await makePipe(`${pipe}.new`);
    await rename(`${pipe}.new`, pipe);
    const isFailed = () => agent.frames.find(({ outcome }) => outcome === 'failed');
    expect((await eventually('a failed frame', isFailed)).fault).toMatchObject({
      code: 'INPUT_UNREADABLE',
    });
    await rm(pipe);
    await paintPlainPictures(pictures(), ['b.jpg']);
    await agent.untilFrames(agent.frames.length + 3);
    expect(await stopped(agent), agent.log).toBe(0);
  });
});

describe('a process that a read which never returns holds', () => {
  it('ends within its bound and names the read', async () => {
    const pipe = join(scene.folder, 'pipe');
    await makePipe(pipe);
    const child = fork(HELD, [pipe], { silent: true });
    const held = new Running('held', child);
    const isOver = () => (held.isRunning ? undefined : true);
    await eventually('the end of the process', isOver, BOUND_MS);
    expect(child.signalCode).toBe('SIGKILL');
    await held.exited;
    expect(held.lines.join()).toMatch(/the process is still held by .*FSReqPromise.*; it ends now/);
  });
});
