/** Cameras that hang, with the settings that an agent has by itself: noticed within 25 s, and back within 30 s. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { hasFfmpeg } from '../support/cameras/ffmpeg.js';
import { makeFilm } from '../support/cameras/h264-film.js';
import { RtspCamera } from '../support/cameras/rtsp-camera.js';
import { agentScene } from '../support/devices/agent-scene.js';
import { waitFor } from '../support/wait-for.js';

/** From the moment that the camera hangs. */
const [NOTICED_MS, BACK_MS] = [25_000, 30_000];

const scene = agentScene('tiny-chain', async ({ cloud, model }) => {
  await cloud.assignModel(model);
  await cloud.assignPlan(1, 1);
});

/** Resolves when the service knows of the fault, and then when pictures come again. */
async function untilBack(name: string, hangsMs: number, isWell: () => void): Promise<void> {
  const figures = () => scene.cloud.telemetry.at(-1)?.inputs?.find((one) => one.name === name);
  await waitFor(() => expect(figures()?.fault).toContain('no picture for'), { timeout: 40_000 });
  expect(Date.now() - hangsMs).toBeLessThan(NOTICED_MS);
  isWell();
  await waitFor(() => expect(figures()?.state).toBe('live'), { timeout: 40_000 });
  expect(Date.now() - hangsMs).toBeLessThan(BACK_MS);
  expect(figures()?.fault).toBeUndefined();
}

describe('a camera that hangs', () => {
  it('as a command is noticed within 25 s and back within 30 s', async () => {
    const [file, hung] = [join(scene.folder, 'one.jpg'), join(scene.folder, 'hung')];
    await sharp({ create: { width: 80, height: 60, channels: 3, background: '#c81e5a' } })
      .jpeg()
      .toFile(file);
    const command = `while cat ${file}; do [ -e ${hung} ] && rm ${hung} && exec sleep 1000; sleep 0.1; done`;
    const agent = scene.start(['--mjpeg', command]);
    await agent.untilFrames(5);
    await writeFile(hung, '');
    await untilBack('camera', Date.now(), () => undefined);
  });

  it.skipIf(!hasFfmpeg)('over RTSP is noticed within 25 s and back within 30 s', async () => {
    const camera = await RtspCamera.start(await makeFilm());
    const agent = scene.start(['--rtsp', camera.url]);
    await agent.untilFrames(5);
    camera.isHung = true;
    await untilBack(camera.host, Date.now(), () => {
      camera.isHung = false;
    });
    await camera.leave();
  });

  it.skipIf(!hasFfmpeg)('and has lost its power is back within 5 s of its return', async () => {
    const camera = await RtspCamera.start(await makeFilm());
    const agent = scene.start(['--rtsp', camera.url]);
    await agent.untilFrames(5);
    await camera.losePower();
    // Long before the silence of 20 s: the port does not answer.
    await agent.untilLog('refuses connections');
    await camera.arrive();
    const returnedMs = Date.now();
    const frames = agent.frames.length;
    await waitFor(() => expect(agent.frames.length).toBeGreaterThan(frames));
    expect(Date.now() - returnedMs).toBeLessThan(5000);
    await camera.leave();
  });
});
