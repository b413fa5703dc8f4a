/** The agent as a process whose disk is full, or whose cloud takes no records for long: frames go on, and nothing is lost in silence. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decodeEntries } from '../../firmware-agent/src/disk/ledger-entry.js';
import { type AgentBuild, AgentProcess, buildAgentForTest } from '../support/agent-process.js';
import { paintPlainPictures } from '../support/plain-pictures.js';
import { eventually } from '../support/processes.js';
import { SmallCloud } from '../support/small-cloud.js';
import { SmallDisk } from '../support/small-disk.js';
import { type SplitModel, splitModel } from '../support/split-model.js';

const DEVICE = 'pi-1';
const SECRET = 'a-secret-of-this-test';
const DISK_BYTES = 4 << 20;

let build: AgentBuild;
let model: SplitModel;
let folder: string;
let cloud: SmallCloud;
let agents: AgentProcess[];

beforeAll(async () => {
  build = await buildAgentForTest();
  model = await splitModel('tiny-fork');
});

afterAll(async () => {
  await build.remove();
  await model.whole.release();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-agent-disk-'));
  await paintPlainPictures(join(folder, 'pictures'), ['a.jpg', 'b.jpg', 'c.jpg']);
  cloud = await SmallCloud.start(DEVICE, SECRET);
  await cloud.assignModel(model);
  await cloud.assignPlan(1, 2);
  agents = [];
});

afterEach(async () => {
  await Promise.all(agents.map(({ running }) => running.stop('SIGKILL')));
  await cloud.close();
  await rm(folder, { recursive: true, force: true });
});

function start(data: string, args: readonly string[]): AgentProcess {
  const agent = new AgentProcess(
    build,
    [
      ...['--cloud', cloud.blocks.url, '--mqtt', cloud.mqttUrl, '--device', DEVICE],
      ...['--data', data, '--threads', '1', '--input', join(folder, 'pictures'), ...args],
    ],
    { FLOTILLA_AGENT_SECRET: SECRET },
  );
  agents.push(agent);
  return agent;
}

/** Every frame has the answer of its picture. */
function expectRightAnswers(agent: AgentProcess): void {
  const answers = new Map(agent.frames.slice(0, 3).map(({ source, answer }) => [source, answer]));
  expect(answers.size).toBe(3);
  for (const { source, answer } of agent.frames) {
    expect(answer?.index).toBe(answers.get(source)?.index);
    expect(answer?.score).toBeCloseTo(answers.get(source)?.score ?? Number.NaN, 4);
  }
}

const linesWith = (agent: AgentProcess, text: string): string[] =>
  agent.running.lines.filter((line) => line.includes(text));

const idsOf = (records: readonly { readonly frame: string }[]): string[] =>
  records.map(({ frame }) => frame).toSorted();

describe('an agent whose disk is full', () => {
  let disk: SmallDisk;

  beforeEach(async ({ skip }) => {
    const made = await SmallDisk.make(DISK_BYTES);
    if (typeof made === 'string') return skip(made);
    disk = made;
    return async () => {
      await Promise.all(agents.map(({ running }) => running.stop('SIGKILL')));
      await disk.remove();
    };
  });

  async function ledgerOnDisk() {
    const bytes = await readFile(join(disk.folder, DEVICE, 'ledger'));
    return { ...decodeEntries(bytes), bytes: bytes.length };
  }

  it('answers every frame, says so once, and has each record in the cloud once', async () => {
    const agent = start(disk.folder, ['--loop', '--interval-ms', '10']);
    await agent.untilFrames(5);
    disk.fill();
    const warning = await agent.untilLog('the ledger cannot be written');
    expect(warning).toContain('ENOSPC: no space left on device');
    await agent.untilFrames(agent.frames.length + 30);
    const told = await eventually('telemetry of the full disk', () =>
      cloud.telemetry.find(({ diskFault }) => diskFault !== undefined),
    );
    expect(told.diskFault).toContain('ENOSPC');
    const onFullDisk = await ledgerOnDisk();
    expect(onFullDisk.goodBytes).toBe(onFullDisk.bytes);

    // The cloud takes none of these: they wait in memory, and go to the disk when there is room.
    cloud.sendsReceipts = false;
    await agent.untilFrames(agent.frames.length + 30);
    expect(linesWith(agent, 'the ledger cannot be written')).toHaveLength(1);
    disk.free();
    await agent.untilLog('the ledger is written again');
    await agent.untilFrames(agent.frames.length + 5);
    await agent.running.stop('SIGKILL');
    expectRightAnswers(agent);
    expect(new Set(agent.frames.map(({ outcome }) => outcome))).toEqual(new Set(['cloud']));

    cloud.sendsReceipts = true;
    const next = start(disk.folder, ['--frames', '1']);
    expect(await next.ended(), next.log).toBe(0);
    expect(next.log).not.toContain('torn');
    const inFlight = cloud.records.filter(({ outcome }) => outcome === 'failed');
    expect(idsOf(cloud.records)).toEqual(idsOf([...agent.frames, ...inFlight, ...next.frames]));
  });
});
