/**
 * A user's view of losses: the link cut, the agent killed and the service killed, each while a frame's tensors are on their
 * way (a trap counts the bytes of the uplink). Every frame is answered once and recorded once, and rightly.
 */
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { referenceNetwork, serializeModel } from '../../src/onnx/index.js';
import { LinkShaper } from '../support/mqtt/link-shaper.js';
import { openFrames } from '../support/networks/open-frames.js';
import { type FrameLine, parseFrameLine } from '../support/processes/agent-process.js';
import { eventually, type Running, Service, startAgent } from '../support/processes/processes.js';
import { paintPictures, pictureName } from '../testbed/pictures.js';

/** More than a device finishes alone while the service is away: some of a slow machine's restarts take twenty seconds. */
const PICTURES = 160;
/** The others are copies, far from their originals: frames in flight together differ. */
const PAINTED = 40;
const pictureNames = Array.from({ length: PICTURES }, (_, i) => pictureName(i)).sort();
const LINK = { uplinkMbps: 12, downlinkMbps: 50, latencyMs: 2 };
/** After the last loss: the pictures that are left prove nothing more by taking long. */
const FAST_LINK = { uplinkMbps: 200, downlinkMbps: 200, latencyMs: 1 };
/** Well inside what a frame sends: the picture, 151 kB. */
const MID_FRAME_BYTES = 20_000;

interface FrameRow {
  readonly frame: string;
  readonly source: string;
  readonly outcome: string;
  readonly fault: { readonly code: string } | null;
  readonly sentBytes: number;
  readonly answer: { readonly index: number; readonly score: number } | null;
}

/** A device of the fleet, its agent behind a link of its own. */
interface Pi {
  readonly id: string;
  readonly secret: string;
  readonly link: LinkShaper;
  /** What its agents printed. */
  readonly frames: FrameLine[];
  agent?: Running;
}

/** The device is so slow that the cloud has its part in every plan, also one that shares its cores with other work. */
const SLOWDOWN = '120';
/** Frames an agent has in flight at most. */
const IN_FLIGHT = 4;

let folder: string;
let pictures: string;
let service: Service;
let one: Pi;
let two: Pi;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-large-'));
  pictures = await paintPictures(join(folder, 'pictures'), PAINTED);
  for (let i = PAINTED; i < PICTURES; i++) {
    await copyFile(join(pictures, pictureName(i % PAINTED)), join(pictures, pictureName(i)));
  }
  service = await Service.start({ data: join(folder, 'cloud') });
  const { build, manifest } = referenceNetwork('squeezenet');
  const model = await service.addModel('squeezenet', serializeModel(build()), manifest);
  const pi = async (id: string): Promise<Pi> => ({
    id,
    secret: await service.addDevice(id, model),
    link: await LinkShaper.start({ host: '127.0.0.1', port: service.mqttPort }, LINK),
    frames: [],
  });
  [one, two] = [await pi('pi-one'), await pi('pi-two')];
});

afterAll(async () => {
  for (const { agent, link } of [one, two]) {
    await agent?.stop('SIGKILL');
    await link.close();
  }
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Starts an agent that runs all pictures once, or goes on where the one before stopped, and then ends. */
function startOn(pi: Pi): Running {
  pi.agent = startAgent({
    device: pi.id,
    secret: pi.secret,
    cloud: service.url,
    mqtt: `mqtt://127.0.0.1:${pi.link.port}`,
    data: join(folder, pi.id),
    args: [
      ...['--input', pictures, '--slowdown', SLOWDOWN, '--threads', '1', '--json'],
      ...['--in-flight', `${IN_FLIGHT}`],
    ],
    onLine: (line, stream) => {
      if (stream === 'stdout') pi.frames.push(parseFrameLine(line));
    },
  });
  return pi.agent;
}

/** Resolves when the cloud has answered `count` more frames of a device. */
async function cloudFrames(pi: Pi, count: number): Promise<void> {
  const answered = () => pi.frames.filter(({ outcome }) => outcome === 'cloud').length;
  const wanted = answered() + count;
  const isThere = () => (answered() >= wanted ? true : undefined);
  await pi.agent?.whileRunning(eventually(`${count} frames of ${pi.id} by the cloud`, isThere));
}

/** Resolves when the act was done, in the middle of a frame's upload. */
function inMidFrame(pi: Pi, act: () => void): Promise<void> {
  return new Promise((resolve) => {
    pi.link.after(MID_FRAME_BYTES, () => {
      act();
      resolve();
    });
  });
}

/** A frame that was finished on the device because the connection broke while it was out. */
function brokenOff({ outcome, fault, sentBytes }: FrameRow | FrameLine): boolean {
  return outcome === 'local-fallback' && fault?.code === 'CLOUD_UNREACHABLE' && sentBytes > 0;
}

async function rowsOf({ id }: Pi): Promise<FrameRow[]> {
  const path = `/api/v1/devices/${id}/frames?limit=1000`;
  return (await service.request<{ frames: FrameRow[] }>('GET', path)).frames;
}

describe('a fleet that loses things', () => {
  it('answers every frame and records each once despite a cut link, a killed agent and a killed service', {
    timeout: 300_000,
  }, async () => {
    const killed = startOn(two);
    await cloudFrames(two, 3);
    await inMidFrame(two, () => killed.child.kill('SIGKILL'));
    await killed.exited;
    const interrupted = await openFrames(join(folder, two.id, two.id));
    expect(interrupted.length).toBeGreaterThanOrEqual(1);
    expect(interrupted.length).toBeLessThanOrEqual(IN_FLIGHT);

    const first = startOn(one);
    await cloudFrames(one, 3);
    await inMidFrame(one, () => one.link.cut());
    await eventually('a frame that was broken off', () => one.frames.find(brokenOff));
    one.link.restore();

    const second = startOn(two);
    await Promise.all([cloudFrames(two, 3), cloudFrames(one, 1)]);
    const receipted = await rowsOf(two);
    await inMidFrame(two, () => service.process.child.kill('SIGKILL'));
    await service.process.exited;
    const { httpPort, mqttPort, operatorKey } = service;
    const env = { FLOTILLA_HTTP_PORT: `${httpPort}`, FLOTILLA_MQTT_PORT: `${mqttPort}` };
    service = await Service.start({ data: join(folder, 'cloud'), operatorKey, env });
    await Promise.all([cloudFrames(two, 1), cloudFrames(one, 1)]);

    for (const { link } of [one, two]) link.set(FAST_LINK);
    expect(await first.exited).toBe(0);
    expect(await second.exited).toBe(0);
    const rowsOne = await rowsOf(one);
    const rowsTwo = await rowsOf(two);
    const idsTwo = rowsTwo.map(({ frame }) => frame);
    expect(idsTwo).toEqual(expect.arrayContaining(interrupted));
    expect(idsTwo).toEqual(expect.arrayContaining(receipted.map(({ frame }) => frame)));
    for (const [pi, rows] of [
      [one, rowsOne],
      [two, rowsTwo],
    ] as const) {
      expect(rows.map(({ source }) => source).sort()).toEqual(pictureNames);
      expect(new Set(rows.map(({ frame }) => frame)).size).toBe(PICTURES);
      // A device leaves a cloud that was silent for two frames: its next ones are no fallbacks, but planned without it.
      expect(rows.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
      expect(rows.some(brokenOff)).toBe(true);
      const recorded = new Map(rows.map(({ frame, outcome }) => [frame, outcome]));
      for (const { frame, outcome } of pi.frames) expect(recorded.get(frame)).toBe(outcome);
      expect(new Set(pi.frames.map(({ frame }) => frame)).size).toBe(pi.frames.length);
    }
    // Wherever a picture was finished, its answer is the same.
    const scores = new Map(rowsTwo.map(({ source, answer }) => [source, answer?.score]));
    for (const { source, answer } of rowsOne) {
      expect(scores.get(source)).toBeCloseTo(answer?.score ?? Number.NaN, 3);
    }
  });
});
