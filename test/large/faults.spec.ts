/**
 * A user's view of losses: the link cut, the agent killed and the service killed, each while a frame's tensors are on their
 * way (a trap counts the bytes of the uplink). Every frame is answered once and recorded once, and rightly.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { referenceNetwork, serializeModel } from '../../src/onnx/index.js';
import { LinkShaper } from '../support/mqtt/link-shaper.js';
import { openFrames } from '../support/networks/open-frames.js';
import { type FrameLine, parseFrameLine } from '../support/processes/agent-process.js';
import { inMidFrame } from '../support/processes/mid-frame.js';
import { eventually, type Running, Service, startAgent } from '../support/processes/processes.js';
import { paintPictures, pictureName } from '../testbed/pictures.js';

/** Repeated for ever: no machine is so quick that they run out before the last loss. Frames in flight together differ. */
const PICTURES = 40;
const LINK = { uplinkMbps: 12, downlinkMbps: 50, latencyMs: 2 };

interface FrameRow {
  readonly frame: string;
  readonly source: string;
  readonly outcome: string;
  readonly fault: { readonly code: string } | null;
  readonly sentBytes: number;
  readonly answer: { readonly index: number; readonly score: number } | null;
}

interface FramePage {
  readonly frames: readonly FrameRow[];
  readonly next: string | null;
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
/** A device that lost the cloud first finishes its frames in flight alone: some ten seconds where cores are shared. */
const RETURN_MS = 90_000;

let folder: string;
let pictures: string;
let service: Service;
let one: Pi;
let two: Pi;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-large-'));
  pictures = await paintPictures(join(folder, 'pictures'), PICTURES);
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

/** Starts an agent that repeats the pictures, or goes on where the one before stopped. */
function startOn(pi: Pi): Running {
  pi.agent = startAgent({
    device: pi.id,
    secret: pi.secret,
    cloud: service.url,
    mqtt: `mqtt://127.0.0.1:${pi.link.port}`,
    data: join(folder, pi.id),
    args: [
      ...['--input', pictures, '--slowdown', SLOWDOWN, '--threads', '1', '--json'],
      ...['--loop', '--interval-ms', '50', '--objective', 'frame', '--in-flight', `${IN_FLIGHT}`],
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
  const reached = eventually(`${count} frames of ${pi.id} by the cloud`, isThere, RETURN_MS);
  await pi.agent?.whileRunning(reached);
}

/** A frame that was finished on the device because the connection broke while it was out. */
function brokenOff({ outcome, fault, sentBytes }: FrameRow | FrameLine): boolean {
  return outcome === 'local-fallback' && fault?.code === 'CLOUD_UNREACHABLE' && sentBytes > 0;
}

/** Names of the pictures that a number of frames take in turn, sorted. */
function sourcesOf(frames: number): string[] {
  return Array.from({ length: frames }, (_, i) => pictureName(i % PICTURES)).sort();
}

async function rowsOf({ id }: Pi): Promise<FrameRow[]> {
  const rows: FrameRow[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const path = `/api/v1/devices/${id}/frames?limit=1000${cursor && `&cursor=${cursor}`}`;
    const page: FramePage = await service.request<FramePage>('GET', path);
    rows.push(...page.frames);
    cursor = page.next;
  }
  return rows;
}

describe('a fleet that loses things', () => {
  it('answers every frame and records each once despite a cut link, a killed agent and a killed service', {
    timeout: 300_000,
  }, async () => {
    const killed = startOn(two);
    await cloudFrames(two, 3);
    await inMidFrame(two.link, two.agent, () => killed.child.kill('SIGKILL'));
    await killed.exited;
    const interrupted = await openFrames(join(folder, two.id, two.id));
    expect(interrupted.length).toBeGreaterThanOrEqual(1);
    expect(interrupted.length).toBeLessThanOrEqual(IN_FLIGHT);

    const first = startOn(one);
    await cloudFrames(one, 3);
    await inMidFrame(one.link, one.agent, () => one.link.cut());
    await eventually('a frame that was broken off', () => one.frames.find(brokenOff));
    one.link.restore();

    const second = startOn(two);
    await Promise.all([cloudFrames(two, 3), cloudFrames(one, 1)]);
    const receipted = await rowsOf(two);
    await inMidFrame(two.link, two.agent, () => service.process.child.kill('SIGKILL'));
    await service.process.exited;
    const { httpPort, mqttPort, operatorKey } = service;
    const env = { FLOTILLA_HTTP_PORT: `${httpPort}`, FLOTILLA_MQTT_PORT: `${mqttPort}` };
    service = await Service.start({ data: join(folder, 'cloud'), operatorKey, env });
    await Promise.all([cloudFrames(two, 1), cloudFrames(one, 1)]);

    expect(await first.stop()).toBe(0);
    expect(await second.stop()).toBe(0);
    const rowsOne = await rowsOf(one);
    const rowsTwo = await rowsOf(two);
    const idsTwo = rowsTwo.map(({ frame }) => frame);
    expect(idsTwo).toEqual(expect.arrayContaining(interrupted));
    expect(idsTwo).toEqual(expect.arrayContaining(receipted.map(({ frame }) => frame)));
    for (const [pi, rows] of [
      [one, rowsOne],
      [two, rowsTwo],
    ] as const) {
      expect(rows.map(({ source }) => source).sort()).toEqual(sourcesOf(rows.length));
      expect(new Set(rows.map(({ frame }) => frame)).size).toBe(rows.length);
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
