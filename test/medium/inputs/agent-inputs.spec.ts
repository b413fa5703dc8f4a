/** The agent's other doors: cameras, the local HTTP endpoint, tensor files, several inputs. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { pixelBytes, type Tensor, tensorOfPixels } from '../../../src/wire/index.js';
import { warnedJpegs } from '../../support/cameras/warned-jpegs.js';
import { agentScene } from '../../support/devices/agent-scene.js';
import type { SmallCloud } from '../../support/devices/small-cloud.js';
import { type SplitModel, splitModel } from '../../support/devices/split-model.js';
import { LinkShaper } from '../../support/mqtt/link-shaper.js';
import { npyFile } from '../../support/networks/npy-file.js';
import type { AgentProcess } from '../../support/processes/agent-process.js';
import { eventually } from '../../support/processes/processes.js';

const scene = agentScene('tiny-chain', async ({ cloud, model }) => {
  await cloud.assignModel(model);
  await cloud.assignPlan(1, 1);
});
let model: SplitModel;
let folder: string;
let cloud: SmallCloud;
let agent: AgentProcess | undefined;

beforeEach(() => {
  ({ model, folder, cloud } = scene);
});

function start(...args: string[]): AgentProcess {
  agent = scene.start(args);
  return agent;
}

/** Starts an agent with its local endpoint and a plan; returns the endpoint's address. */
async function openDoor(): Promise<string> {
  const line = await start('--http-port', '0').untilLog('/infer takes');
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? '';
  await agent?.untilLog('plan 1 ');
  return url;
}

interface Answer {
  readonly outcome: string;
  readonly outputs: { values: number[] }[];
  readonly stages: Record<string, number>;
}

function post(url: string, type: string, body: Uint8Array): Promise<Response> {
  const headers = { 'content-type': type };
  return fetch(`${url}/infer`, { method: 'POST', headers, body: new Uint8Array(body) });
}

function picture(width: number, height: number, red = 200): Sharp {
  const background = { r: red, g: 30, b: 90 };
  return sharp({ create: { width, height, channels: 3, background } });
}

/** The tensor of a plain picture, and the network's scores for it. */
async function expectation(): Promise<{ tensor: Tensor; scores: number[] }> {
  const [input] = model.document.inputs;
  if (input?.image === undefined) throw new Error('the model takes no picture');
  const pixels = new Uint8Array(pixelBytes(input.image)).map((_, i) => [200, 30, 90][i % 3] ?? 0);
  const tensor = tensorOfPixels(pixels, input.image);
  const outputs = await model.whole.run(new Map([[input.name, tensor]]));
  const [scores] = outputs.values();
  if (scores === undefined) throw new Error('the model has no output');
  const { buffer, byteOffset, length } = scores.data;
  return { tensor, scores: [...new Float32Array(buffer, byteOffset, length / 4)] };
}

describe('the local endpoint', () => {
  it('returns the same answer for a picture and for its tensor, with stage times', async () => {
    const url = await openDoor();
    const { tensor, scores } = await expectation();
    const bodies: [string, Uint8Array][] = [
      ['image/png', await picture(64, 64).png().toBuffer()],
      ['application/x-npy', npyFile(tensor)],
    ];
    for (const [type, body] of bodies) {
      const response = await post(url, type, body);
      expect(response.status).toBe(200);
      const answer = (await response.json()) as Answer;
      expect(answer.outcome).toBe('cloud');
      expect(answer.stages.cloudMs).toBeGreaterThan(0);
      for (const [i, score] of scores.entries()) {
        expect(answer.outputs[0]?.values[i]).toBeCloseTo(score, 4);
      }
    }
    const status = (await (await fetch(`${url}/status`)).json()) as object;
    expect(status).toMatchObject({ cloud: 'online', plan: { version: 1 }, framesWaiting: 0 });
  });

  it('returns a problem that names bad input, and serves the next request', async () => {
    const url = await openDoor();
    const { tensor } = await expectation();
    const wrong = { ...tensor, dims: [tensor.data.length / 4] };
    const cases: [string, Uint8Array, number, string][] = [
      ['image/jpeg', Buffer.from('no picture'), 400, 'INPUT_UNREADABLE'],
      ['application/x-npy', npyFile(wrong), 400, 'INPUT_MISMATCH'],
      ['application/octet-stream', Buffer.from([0xff]), 400, 'INPUT_UNREADABLE'],
      ['text/plain', Buffer.from('hello'), 415, 'UPLOAD_TYPE'],
    ];
    for (const [type, body, status, code] of cases) {
      const response = await post(url, type, body);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(await response.json()).toMatchObject({ status, code });
    }
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
    const read = await fetch(`${url}/infer`);
    expect([read.status, read.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await post(url, 'application/x-npy', npyFile(tensor))).status).toBe(200);
  });

  it('accepts eight requests at a time and rejects more with 503', async () => {
    cloud.tail = 'is silent';
    const url = await openDoor();
    const body = npyFile((await expectation()).tensor);
    const asked = Array.from({ length: 12 }, () => post(url, 'application/x-npy', body));
    const first = await Promise.race(asked);
    expect(first.status).toBe(503);
    expect(first.headers.get('retry-after')).toBe('1');
  });

  it('serves a request while eight others send half a body', async () => {
    const url = await openDoor();
    const sockets = Array.from({ length: 8 }, () =>
      connect(Number(new URL(url).port), '127.0.0.1'),
    );
    const head = ['POST /infer HTTP/1.1', 'Host: x', 'Content-Type: image/png'];
    for (const socket of sockets) {
      socket.on('error', () => undefined);
      socket.write([...head, 'Content-Length: 1000', '', 'x'].join('\r\n'));
    }
    const response = await post(url, 'application/x-npy', npyFile((await expectation()).tensor));
    expect(response.status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });
});

describe('a camera', () => {
  it('runs any command that writes MJPEG, newest picture first, and restarts it when it ends', async () => {
    const stream = join(folder, 'stream.mjpeg');
    const pictures = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        picture(80, 60, 5 * i)
          .jpeg()
          .toBuffer(),
      ),
    );
    await writeFile(stream, Buffer.concat(pictures));
    const running = start('--mjpeg', `cat ${stream}; echo out of film >&2`, '--interval-ms', '0');
    await running.untilLog('out of film');
    await running.untilFrames(4);
    expect(running.frames.every(({ outcome }) => outcome === 'cloud')).toBe(true);
    expect(await running.running.stop('SIGTERM'), running.log).toBe(0);
    const frames = cloud.records.map(({ frame }) => frame);
    expect(frames).toEqual(running.frames.map(({ frame }) => frame));
  });

  it('reports how often its pictures come, unless an objective is set', async () => {
    const file = join(folder, 'one.jpg');
    await picture(80, 60).jpeg().toFile(file);
    const command = `while cat ${file}; do sleep 0.1; done`;
    const running = start('--mjpeg', command);
    const isReported = () => cloud.telemetry.find((one) => one.intervalMs !== undefined);
    const rate = eventually('the rate', isReported, 20_000);
    const { intervalMs } = await running.running.whileRunning(rate);
    // A busy machine is late, but never early.
    expect(intervalMs).toBeGreaterThanOrEqual(95);
    expect(intervalMs).toBeLessThan(1000);
    expect(cloud.births[0]).toMatchObject({ objective: 'stream' });
    expect(cloud.births[0]).not.toHaveProperty('intervalMs');
    await running.running.stop('SIGTERM');
    const heard = cloud.telemetry.length;
    const other = start('--mjpeg', command, '--objective', 'stream', '--fps', '10');
    await other.untilFrames(20);
    const isHeard = () => cloud.telemetry.length > heard + 1 || undefined;
    await other.running.whileRunning(eventually('telemetry', isHeard, 20_000));
    expect(cloud.births.at(-1)).not.toHaveProperty('intervalMs');
    const later = cloud.telemetry.slice(heard);
    expect(later.filter((one) => one.intervalMs !== undefined)).toEqual([]);
  });

  it('is reported with its last stderr line when it cannot start', async () => {
    const running = start('--mjpeg', 'no-such-camera --really');
    expect(await running.untilLog('camera:')).toMatch(
      /no-such-camera: (not found|Permission denied)/,
    );
  });
});

describe('a camera that fails', () => {
  const patience = ['--camera-timeout-ms', '1500'];

  it('is ended when no picture comes, reported, and started again', async () => {
    const file = join(folder, 'one.jpg');
    await picture(80, 60).jpeg().toFile(file);
    const once = join(folder, 'pid');
    const hung = `cat ${file} ${file}; echo 'VIDIOC_DQBUF: select timeout' >&2; exec sleep 1000`;
    const well = `while cat ${file}; do sleep 0.05; done`;
    const command = `if [ -e ${once} ]; then ${well}; else echo $$ > ${once}; ${hung}; fi`;
    const running = start('--mjpeg', command, ...patience, '--in-flight', '1');
    const line = await running.untilLog('no picture for');
    expect(line).toMatch(/camera: no picture for \d+ s: VIDIOC_DQBUF: select timeout; starting it/);
    await running.untilLog('pictures come again');
    await running.untilFrames(4);
    const group = -Number(await readFile(once, 'utf8'));
    expect(() => process.kill(group, 0)).toThrow('ESRCH');
    const inputs = () => cloud.telemetry.flatMap((one) => one.inputs ?? []);
    const fault = expect.stringContaining('select timeout');
    await running.running.whileRunning(
      eventually('the end of it', () =>
        inputs().find(({ restarts, state }) => restarts === 1 && state === 'live'),
      ),
    );
    expect(inputs()).toContainEqual(expect.objectContaining({ name: 'camera', fault }));
    expect(inputs().at(-1)).not.toHaveProperty('fault');
    expect(await running.running.stop('SIGTERM'), running.log).toBe(0);
  });

  it.each([
    [
      'writes no pictures',
      'while echo noise; do sleep 0.05; done',
      /none of the \d+ bytes that came is a/,
    ],
    ['writes nothing', 'sleep 1000', /the command wrote nothing/],
  ])('is reported when it %s', async (_, command, expected) => {
    const running = start('--mjpeg', command, ...patience);
    expect(await running.untilLog('camera:')).toMatch(expected);
    const isFailed = () =>
      cloud.telemetry.find(({ inputs }) => inputs?.[0]?.state === 'waiting' || inputs?.[0]?.fault);
    const { inputs } = await running.running.whileRunning(eventually('the fault', isFailed));
    expect(inputs?.[0]?.fault).toMatch(expected);
  });
});

describe('files', () => {
  it('that decoders warn of are answered, 147 of 147', async () => {
    const files = await warnedJpegs(147, 4);
    await Promise.all(files.map(({ file }, i) => writeFile(join(folder, `${i}.jpg`), file)));
    const running = start('--input', join(folder, '*.jpg'));
    expect(await running.ended(), running.log).toBe(0);
    expect(running.frames.map(({ outcome }) => outcome)).toEqual(Array(147).fill('cloud'));
  });
});

describe('a folder that vanishes under --loop', () => {
  it('slows the agent down, has few records, and is used again when it is back', async () => {
    const pictures = join(folder, 'pictures');
    await mkdir(pictures);
    for (const name of ['a.jpg', 'b.jpg']) {
      await picture(80, 60).jpeg().toFile(join(pictures, name));
    }
    const running = start('--input', pictures, '--loop', '--interval-ms', '0');
    await running.untilFrames(3);
    // Read before, since this process may wait for its turn behind the change.
    const goneMs = performance.now();
    await rename(pictures, join(folder, 'elsewhere'));
    const failed = () => running.frames.filter(({ outcome }) => outcome === 'failed');
    await running.running.whileRunning(
      eventually('failures', () => failed().length >= 10 || undefined, 20_000),
    );
    // Three at once and those in flight, then after pauses of 100, 200, 400 ms and so on.
    expect(performance.now() - goneMs).toBeGreaterThan(700);
    await rename(join(folder, 'elsewhere'), pictures);
    const before = running.frames.length;
    const isBack = () => running.frames.slice(before).find(({ outcome }) => outcome !== 'failed');
    await running.running.whileRunning(eventually('an answer', isBack, 20_000));
    const count = failed().length;
    expect(count).toBeLessThan(20);
    expect(await running.running.stop('SIGTERM'), running.log).toBe(0);
    const records = cloud.records.filter(({ outcome }) => outcome === 'failed');
    expect(records.length).toBeLessThanOrEqual(3);
    expect(records[0]?.fault).toMatchObject({ code: 'INPUT_UNREADABLE' });
    const counts = records.map(({ fault }) => /the last of (\d+) /.exec(fault?.message ?? '')?.[1]);
    expect(counts.reduce((sum, text) => sum + Number(text ?? 1), 0)).toBe(count);
  });
});

describe('files at a rate', () => {
  it('are reported with their interval in the birth', async () => {
    const file = join(folder, 'one.jpg');
    await picture(80, 60).jpeg().toFile(file);
    const { running } = start('--input', file, '--loop', '--fps', '4');
    const isBorn = eventually('the birth', () => cloud.births[0], 20_000);
    expect((await running.whileRunning(isBorn)).intervalMs).toBe(250);
  });
});

describe('an agent that is stopped', () => {
  const LIMIT_MS = 12_000;

  it('does not wait for a camera that ignores the signal', async () => {
    const running = start('--mjpeg', 'trap "" TERM; while echo .; do sleep 0.1; done');
    await running.untilLog('plan 1 ');
    expect(await running.running.stop('SIGTERM', LIMIT_MS), running.log).toBe(0);
  });

  it('does not wait for a request that never ends', async () => {
    const { port } = new URL(await openDoor());
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => undefined);
    const head = ['POST /infer HTTP/1.1', 'Host: x', 'Content-Type: image/png'];
    socket.write([...head, 'Content-Length: 1000', '', 'x'].join('\r\n'));
    await eventually('the request', async () => {
      const response = await fetch(`http://127.0.0.1:${port}/status`);
      return response.ok ? true : undefined;
    });
    expect(await agent?.running.stop('SIGTERM', LIMIT_MS), agent?.log).toBe(0);
    socket.destroy();
  });

  it('does not wait for a silent cloud', async () => {
    const link = await LinkShaper.start(
      { host: '127.0.0.1', port: Number(new URL(cloud.mqttUrl).port) },
      { uplinkMbps: 50, downlinkMbps: 50, latencyMs: 1 },
    );
    try {
      const running = start('--http-port', '0', '--mqtt', `mqtt://127.0.0.1:${link.port}`);
      await running.untilLog('plan 1 ');
      link.freeze();
      expect(await running.running.stop('SIGTERM', LIMIT_MS), running.log).toBe(0);
    } finally {
      await link.close();
    }
  });
});

describe('tensor files', () => {
  it('are one frame each, raw on the wire', async () => {
    const { tensor, scores } = await expectation();
    await writeFile(join(folder, 'one.npy'), npyFile(tensor));
    await cloud.assignPlan(2, 0);
    const running = start('--tensor', join(folder, 'one.npy'), '--outputs');
    expect(await running.ended(), running.log).toBe(0);
    expect(cloud.births[0]?.source).toBe('tensor');
    expect(running.frames[0]?.source).toBe('one.npy');
    expect(running.frames[0]?.outputs?.[0]?.values).toHaveLength(scores.length);
  });

  it('feed a model with several inputs by their names', async () => {
    const cameras = await splitModel('three-cameras', 2);
    await cloud.assignModel(cameras);
    await cloud.assignPlan(2, 3);
    const inputs = await Promise.all(
      cameras.document.inputs.map(async ({ name }, i) => {
        const path = join(folder, `${i}.jpg`);
        await picture(90, 90, 40 * i)
          .jpeg()
          .toFile(path);
        return ['--input', `${name}=${path}`];
      }),
    );
    const running = start(...inputs.flat());
    expect(await running.ended(), running.log).toBe(0);
    expect(running.frames).toMatchObject([{ source: '0.jpg', outcome: 'cloud' }]);
    await cameras.whole.release();
  });
});
