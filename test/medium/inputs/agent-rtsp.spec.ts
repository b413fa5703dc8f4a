/** RTSP cameras, read by the real FFmpeg from a camera that hangs, leaves and comes back. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { InputFigures } from '../../../src/wire/index.js';
import { hasFfmpeg } from '../../support/cameras/ffmpeg.js';
import { type H264Film, makeFilm } from '../../support/cameras/h264-film.js';
import { RtspCamera } from '../../support/cameras/rtsp-camera.js';
import { agentScene } from '../../support/devices/agent-scene.js';
import type { AgentProcess } from '../../support/processes/agent-process.js';
import { eventually } from '../../support/processes/processes.js';

/** Max time until a camera that is back brings pictures. */
const BACK_MS = 5000;

const scene = agentScene('tiny-chain', async ({ cloud, model }) => {
  await cloud.assignModel(model);
  await cloud.assignPlan(1, 1);
});
/** For a camera that nothing is read from. */
const NO_FILM: H264Film = { fps: 1, pictures: [], sps: Buffer.alloc(1), pps: Buffer.alloc(1) };
const cameras: RtspCamera[] = [];
let film: H264Film;

beforeAll(async () => {
  if (hasFfmpeg) film = await makeFilm();
});
beforeEach(() => {
  cameras.length = 0;
});
afterEach(async () => {
  await Promise.all(cameras.map((camera) => camera.leave()));
});

async function newCamera(): Promise<RtspCamera> {
  const camera = await RtspCamera.start(film);
  cameras.push(camera);
  return camera;
}

const inputs = (): InputFigures[] => scene.cloud.telemetry.flatMap((one) => one.inputs ?? []);

/** All that leaves the agent, and what others on its machine can read of its children. */
async function wordsOf(agent: AgentProcess): Promise<string> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    processes.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  const { telemetry, records } = scene.cloud;
  const ofFfmpeg = lines.filter((line) => line.startsWith('ffmpeg'));
  return JSON.stringify([agent.log, telemetry, records, ofFfmpeg]);
}

async function expectNoSecrets(agent: AgentProcess): Promise<void> {
  const words = await wordsOf(agent);
  for (const secret of cameras.flatMap((camera) => camera.secrets)) {
    expect(words).not.toContain(secret);
  }
}

/** Resolves when frames of a camera are done that were not done before. */
async function untilMoreFrames(agent: AgentProcess, name: string, count = 3): Promise<void> {
  const framesOf = () => agent.frames.filter(({ source }) => source.startsWith(`${name} `)).length;
  const before = framesOf();
  const isMore = () => (framesOf() >= before + count ? true : undefined);
  await agent.running.whileRunning(eventually(`frames of ${name}`, isMore, 20_000));
}

describe.skipIf(!hasFfmpeg)('RTSP cameras', () => {
  it('bring frames, several at once, over TCP and with a password that only FFmpeg gets', async () => {
    const [first, second] = [await newCamera(), await newCamera()];
    const agent = scene.start(['--rtsp', first.url, '--rtsp', `door=${second.url}`]);
    await untilMoreFrames(agent, first.host);
    await untilMoreFrames(agent, 'door');
    expect(agent.frames.every(({ outcome }) => outcome !== 'failed')).toBe(true);
    const areLive = () =>
      scene.cloud.telemetry.find(
        (one) => one.inputs?.filter(({ state, fps }) => state === 'live' && fps).length === 2,
      );
    const telemetry = await agent.running.whileRunning(eventually('both rates', areLive, 20_000));
    expect(telemetry.inputs?.map(({ name }) => name)).toEqual([first.host, 'door']);
    // Each brings ten pictures a second.
    for (const { fps } of telemetry.inputs ?? []) expect(fps).toBeGreaterThan(3);
    await expectNoSecrets(agent);
    expect(await agent.running.stop('SIGTERM'), agent.log).toBe(0);
  });

  it('are named when they are not there, and bring frames soon after they are back', async () => {
    const camera = await newCamera();
    await camera.leave();
    const agent = scene.start(['--rtsp', camera.url]);
    expect(await agent.untilLog('refuses connections')).toContain(`${camera.host}: `);
    await camera.arrive();
    await untilMoreFrames(agent, camera.host);
    await camera.leave();
    const isFailed = () => inputs().find(({ state, fault }) => state === 'waiting' && fault);
    await agent.running.whileRunning(eventually('the fault', isFailed, 20_000));
    const plays = camera.plays;
    await camera.arrive();
    const backMs = Date.now();
    const isBack = () => (camera.plays > plays ? Date.now() : undefined);
    const startedMs = await agent.running.whileRunning(eventually('the start', isBack, 20_000));
    expect(startedMs - backMs).toBeLessThan(BACK_MS);
    await untilMoreFrames(agent, camera.host);
    await expectNoSecrets(agent);
  });

  it('that refuse the password are tried three times and then rarely, which locks no account', async () => {
    const camera = await newCamera();
    camera.password = 'another one';
    const agent = scene.start(['--rtsp', camera.url, '--log-level', 'debug']);
    expect(await agent.untilLog('starting it again in 60')).toMatch(
      /the camera refuses the user or the password \(401 Unauthorized\)/,
    );
    // FFmpeg asks without a password first, and again with it.
    expect(camera.refusals).toBe(6);
    await expectNoSecrets(agent);
  });

  it('bring no more pictures than --fps, and say so in the birth', async () => {
    const camera = await newCamera();
    const agent = scene.start(['--rtsp', camera.url, '--fps', '1']);
    const isKnown = () => scene.cloud.telemetry.find((one) => one.intervalMs !== undefined);
    const found = eventually('the rate', isKnown, 25_000);
    const { intervalMs } = await agent.running.whileRunning(found);
    expect(scene.cloud.births[0]?.intervalMs).toBe(1000);
    // The camera itself brings one in 100 ms; pictures of FFmpeg's first look come at once.
    expect(intervalMs).toBeGreaterThan(500);
    expect(intervalMs).toBeLessThan(2000);
  });
});

describe('an RTSP camera that is not there', () => {
  it('does not keep the rate of another camera from being measured', async () => {
    const camera = await RtspCamera.start(NO_FILM);
    await camera.leave();
    const file = join(scene.folder, 'one.jpg');
    await sharp({ create: { width: 80, height: 60, channels: 3, background: '#c81e5a' } })
      .jpeg()
      .toFile(file);
    const command = `while cat ${file}; do sleep 0.1; done`;
    const agent = scene.start(['--mjpeg', command, '--rtsp', camera.url]);
    const isKnown = () =>
      scene.cloud.telemetry.find(
        ({ intervalMs, inputs: given }) => intervalMs !== undefined && given?.[1]?.fault,
      );
    const found = eventually('the rate', isKnown, 25_000);
    const { intervalMs } = await agent.running.whileRunning(found);
    expect(intervalMs).toBeGreaterThanOrEqual(95);
    expect(intervalMs).toBeLessThan(1000);
  });
});

describe('an RTSP camera without FFmpeg', () => {
  it('is reported with the package that is missing', async () => {
    const camera = await RtspCamera.start(NO_FILM);
    cameras.push(camera);
    const agent = scene.start(['--rtsp', camera.url], { env: { PATH: scene.folder } });
    expect(await agent.untilLog('ffmpeg is not installed')).toContain('apt-get install ffmpeg');
    const isFailed = () => inputs().find(({ fault }) => fault?.includes('is not installed'));
    await agent.running.whileRunning(eventually('the fault', isFailed, 20_000));
  });
});
