/** The rows of a plan table on a device: followed at once when the link changes, without a word from the cloud. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { downlinkMs } from '../../../src/plans/pricing/link-estimates.js';
import type { DesiredPlan, FrameRecord } from '../../../src/wire/index.js';
import { SmallCloud } from '../../support/devices/small-cloud.js';
import { planOf, type SplitModel, splitModel } from '../../support/devices/split-model.js';
import { LinkShaper } from '../../support/mqtt/link-shaper.js';
import {
  type AgentBuild,
  AgentProcess,
  buildAgentForTest,
} from '../../support/processes/agent-process.js';
import { eventually } from '../../support/processes/processes.js';

const DEVICE = 'pi-1';
const SECRET = 'a-secret-of-this-test';
const QUICK_MBPS = 200;
const SLOW_MBPS = 0.3;
const DEADLINE_MS = 10_000;

let build: AgentBuild;
let model: SplitModel;
let folder: string;
let cloud: SmallCloud;
let link: LinkShaper;
let agent: AgentProcess;

beforeAll(async () => {
  build = await buildAgentForTest();
  model = await splitModel('squeezenet');
});

afterAll(async () => {
  await build.remove();
  await model.whole.release();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-rows-'));
  cloud = await SmallCloud.start(DEVICE, SECRET);
  await cloud.assignModel(model);
  await cloud.assignPlan(1, 0, { table: tableOf(model), deadlineMs: DEADLINE_MS });
  const { port } = new URL(cloud.mqttUrl);
  const settings = { uplinkMbps: QUICK_MBPS, downlinkMbps: QUICK_MBPS, latencyMs: 1 };
  link = await LinkShaper.start({ host: '127.0.0.1', port: Number(port) }, settings);
  const pictures = join(folder, 'pictures');
  await mkdir(pictures);
  const background = { r: 90, g: 120, b: 30 };
  const picture = sharp({ create: { width: 240, height: 240, channels: 3, background } });
  await picture.jpeg().toFile(join(pictures, 'one.jpg'));
  agent = startAgent();
});

afterEach(async () => {
  await agent.running.stop('SIGTERM');
  await link.close();
  await cloud.close();
  await rm(folder, { recursive: true, force: true });
});

function startAgent(more: readonly string[] = []): AgentProcess {
  const flags = [
    ...['--cloud', cloud.blocks.url, '--mqtt', `mqtt://127.0.0.1:${link.port}`],
    ...['--device', DEVICE, '--data', join(folder, 'data'), '--threads', '1'],
    ...['--input', join(folder, 'pictures'), '--loop', '--interval-ms', '200', '--in-flight', '1'],
  ];
  return new AgentProcess(build, [...flags, ...more], { FLOTILLA_AGENT_SECRET: SECRET });
}

/** The whole network in the cloud, or on the device: the two cost the same at some 0.8 Mbps, far from what a busy machine makes of a quick link. */
function tableOf(split: SplitModel): DesiredPlan['table'] {
  const local = planOf(split, 1, split.document.blocks.length);
  const links = { latencyMs: 1, returnMs: 1 };
  const uploads = [{ readyMs: 0, bytes: 150_528, cloudMs: 30 }];
  return {
    times: { deviceMs: 0, ownMs: 0, uploads, ...links },
    rows: [
      {
        ...{ device: local.device, cloud: [], uploads: [], predicted: local.predicted },
        times: { deviceMs: 1500, ownMs: 1500, uploads: [], ...links },
      },
    ],
  };
}

const until = (isSo: () => boolean | Promise<boolean>): Promise<true> =>
  eventually('the agent', async () => (await isSo()) || undefined, 60_000);

const ledger = (): string => join(folder, 'data', DEVICE, 'ledger');

const localPlans = (text: string): number => text.split('"outcome":"local-plan"').length - 1;

const cutsOfRecords = (records: readonly FrameRecord[]): (number | undefined)[] =>
  records.map(({ cut }) => cut);

describe('a device with a plan table', () => {
  it('runs the next frame under the row for a worse link, reports it, and returns', async () => {
    // A busy machine can make the quick link look slow for a while; the device then returns by itself.
    await until(() => {
      const last = cutsOfRecords(cloud.records.slice(-5));
      return last.length === 5 && last.every((cut) => cut === 0);
    });
    const before = cloud.records.length;
    const sentBefore = cloud.sent.filter((name) => name !== 'receipt' && name !== 'result').length;

    link.set({ uplinkMbps: SLOW_MBPS });
    const steppedAtMs = performance.now();
    await until(() => cloud.reportedPlans.at(-1)?.cut === 1);
    const reportedMs = performance.now() - steppedAtMs;
    await until(() => cloud.records.length >= before + 5);
    const after = cloud.records.slice(before);
    // At most one frame was done before the step reached its packets, and one was under way.
    expect(after.findIndex(({ cut }) => cut === 1)).toBeLessThanOrEqual(3);
    expect(after.slice(3).every(({ cut, outcome }) => cut === 1 && outcome === 'local-plan')).toBe(
      true,
    );
    expect(after.every(({ outcome }) => outcome !== 'failed')).toBe(true);
    expect(reportedMs).toBeLessThan(10_000);
    const sent = cloud.sent.filter((name) => name !== 'receipt' && name !== 'result').length;
    expect(sent - sentBefore, 'control messages of the cloud').toBe(0);

    link.set({ uplinkMbps: QUICK_MBPS });
    await until(() => cloud.reportedPlans.at(-1)?.cut === 0);
  }, 180_000);

  it('measures a downlink of 32 kbps by its results, and predicts them within 30 %', async () => {
    await until(() => cloud.records.at(-1)?.outcome === 'cloud');
    link.set({ downlinkMbps: 0.032 });
    const measured = (): readonly FrameRecord[] =>
      cloud.records.filter(({ link: one }) => one?.downlinkMsPerByte !== undefined);
    // The first of them may have begun at the quick rate.
    await until(() => measured().length >= 3);
    const outputs = 1000 * Float32Array.BYTES_PER_ELEMENT;
    const tookMs = (outputs * 8) / 32;
    for (const record of measured().slice(-2)) {
      const { downlinkMsPerByte: rate = 0 } = record.link ?? {};
      expect(Math.abs(rate / (8 / 32) - 1)).toBeLessThan(0.3);
      expect(record.measured.downlinkMs).toBeGreaterThan(tookMs);
      const predictedMs = downlinkMs(outputs, undefined, { downlinkMsPerByte: rate });
      expect(Math.abs(predictedMs / record.measured.downlinkMs - 1)).toBeLessThan(0.3);
    }
    expect(cloud.telemetry.at(-1)?.link?.downlinkMsPerByte).toBeGreaterThan(0.7 * (8 / 32));
  });

  it('sends nothing while it keeps its deadline alone, however much quicker the cloud is', async () => {
    await until(() => cloud.records.at(-1)?.outcome === 'cloud');
    await agent.running.stop('SIGTERM');
    agent = startAgent(['--deadline-ms', `${DEADLINE_MS}`, '--risk', '0.05']);
    await until(() => cloud.reportedPlans.at(-1)?.cut === 1);
    const before = cloud.records.length;
    await until(() => cloud.records.length >= before + 5);
    expect(cloud.records.slice(before + 1).map(({ outcome }) => outcome)).not.toContain('cloud');
  });

  it('takes deadline and risk from its plan, until a plan comes without them', async () => {
    await until(() => cloud.records.at(-1)?.outcome === 'cloud');
    const plan = { table: tableOf(model), deadlineMs: DEADLINE_MS };
    await cloud.assignPlan(2, 0, { ...plan, deadline: { deadlineMs: DEADLINE_MS, risk: 0.05 } });
    await until(() => cloud.reportedPlans.at(-1)?.cut === 1);
    expect(cloud.reportedPlans.at(-1)?.version).toBe(2);
    const before = cloud.records.length;
    await until(() => cloud.records.length >= before + 5);
    expect(cloud.records.slice(before + 1).map(({ outcome }) => outcome)).not.toContain('cloud');
    await cloud.assignPlan(3, 0, plan);
    await until(() => cloud.reportedPlans.at(-1)?.cut === 0);
    expect(cloud.reportedPlans.at(-1)?.version).toBe(3);
  });

  it('stops sending to a silent cloud, finishes every frame, and returns to it', async () => {
    await until(() => cloud.records.length >= 3);
    link.freeze();
    // Records made in the silence are sent after it; the device's disk has them at once.
    await until(async () => localPlans(await readFile(ledger(), 'utf8')) > 3);
    link.restore();
    await until(
      () => cloud.records.at(-1)?.cut === 0 && cloud.records.some(({ cut }) => cut === 1),
    );
    const outcomes = cloud.records.map(({ outcome }) => outcome);
    expect(outcomes).not.toContain('failed');
    expect(outcomes.filter((one) => one === 'local-fallback').length).toBeLessThanOrEqual(4);
    expect(outcomes.filter((one) => one === 'local-plan').length).toBeGreaterThan(3);
    const slowest = Math.max(...cloud.records.map(({ totalMs }) => totalMs));
    expect(slowest).toBeLessThan(DEADLINE_MS);
  }, 180_000);
});
