/** The agent as a process whose disk is full, or whose cloud takes no records for long: frames go on, and nothing is lost in silence. */
import { spawnSync } from 'node:child_process';
import { access, chmod, chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { decodeEntries } from '../../../firmware-agent/src/disk/ledger-entry.js';
import { seededRandom } from '../../../src/wire/index.js';
import { agentScene, DEVICE } from '../../support/devices/agent-scene.js';
import type { SmallCloud } from '../../support/devices/small-cloud.js';
import { SmallDisk } from '../../support/devices/small-disk.js';
import { type SplitModel, splitModel } from '../../support/devices/split-model.js';
import { paintPlainPictures } from '../../support/networks/plain-pictures.js';
import type { AgentProcess } from '../../support/processes/agent-process.js';
import { eventually } from '../../support/processes/processes.js';

const DISK_BYTES = 4 << 20;
/** A user who owns no files (Debian). */
const OTHER_USER = 65_534;
/** Records that an agent may keep. */
const SPOOL = 10;

const scene = agentScene('tiny-fork', async ({ cloud, folder, model }) => {
  await paintPlainPictures(join(folder, 'pictures'), ['a.jpg', 'b.jpg', 'c.jpg']);
  await cloud.assignModel(model);
  await cloud.assignPlan(1, 2);
});
let model: SplitModel;
let folder: string;
let cloud: SmallCloud;

beforeEach(() => {
  ({ model, folder, cloud } = scene);
});

const start = (data: string, args: readonly string[]): AgentProcess =>
  scene.start(['--input', join(folder, 'pictures'), ...args], { data });

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

/** The cloud has a record of each of these frames, and no record twice; frames that were in flight at a kill may be others. */
function expectOnce(frames: readonly { readonly frame: string }[]): void {
  const ids = idsOf(cloud.records);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(expect.arrayContaining(idsOf(frames)));
}

const idsOf = (records: readonly { readonly frame: string }[]): string[] =>
  records.map(({ frame }) => frame).toSorted();

describe('an agent whose disk is full', () => {
  let disk: SmallDisk;

  beforeEach(async ({ skip }) => {
    const made = await SmallDisk.make(DISK_BYTES);
    if (typeof made === 'string') return skip(made);
    disk = made;
    return async () => {
      await Promise.all(scene.agents.map(({ running }) => running.stop('SIGKILL')));
      await disk.remove();
    };
  });

  async function ledgerOnDisk() {
    const bytes = await readFile(join(disk.folder, DEVICE, 'ledger'));
    return { ...decodeEntries(bytes), bytes: bytes.length };
  }

  it('answers every frame, logs the fault once and delivers each record once', async () => {
    const agent = start(disk.folder, ['--loop', '--interval-ms', '10']);
    await agent.untilFrames(5);
    disk.fill();
    const warning = await agent.untilLog('the ledger cannot be written');
    expect(warning).toContain('ENOSPC: no space left on device');
    await agent.untilFrames(agent.frames.length + 30);
    const telemetry = await eventually('telemetry of the full disk', () =>
      cloud.telemetry.find(({ diskFault }) => diskFault !== undefined),
    );
    expect(telemetry.diskFault).toContain('ENOSPC');
    const onFullDisk = await ledgerOnDisk();
    expect(onFullDisk.goodBytes).toBe(onFullDisk.bytes);

    // The cloud takes none of these, and is away for some: they wait in memory, and go to the disk when there is room.
    cloud.sendsReceipts = false;
    await agent.untilFrames(agent.frames.length + 15);
    cloud.cutConnections();
    await agent.untilFrames(agent.frames.length + 15);
    expect(linesWith(agent, 'the ledger cannot be written')).toHaveLength(1);
    disk.free();
    await agent.untilLog('the ledger is written again');
    await agent.untilFrames(agent.frames.length + 5);
    await agent.running.stop('SIGKILL');
    expectRightAnswers(agent);

    cloud.sendsReceipts = true;
    const next = start(disk.folder, ['--frames', '1']);
    expect(await next.ended(), next.log).toBe(0);
    expect(next.log).not.toContain('torn');
    expectOnce([...agent.frames, ...next.frames]);
  });

  it('starts and stops in order on a full disk and loses nothing that has a receipt', async () => {
    const first = start(disk.folder, ['--frames', '3']);
    expect(await first.ended(), first.log).toBe(0);
    disk.fill();
    const second = start(disk.folder, ['--loop', '--interval-ms', '10']);
    await second.untilLog('the ledger cannot be written');
    await second.untilFrames(20);
    expect(await second.running.stop('SIGTERM'), second.log).toBe(0);
    expectRightAnswers(second);
    expect(idsOf(cloud.records)).toEqual(idsOf([...first.frames, ...second.frames]));
  });

  it('rejects a restart, which would lose the records in memory', async () => {
    const agent = start(disk.folder, ['--loop', '--interval-ms', '10']);
    await agent.untilFrames(3);
    disk.fill();
    const id = '1'.repeat(16);
    await cloud.send('command', { v: 1, id, kind: 'restart', expiresInMs: 60_000 });
    const report = await eventually('the end of the command', () =>
      cloud.commandReports.find(({ state }) => state !== 'accepted'),
    );
    expect(report).toMatchObject({ id, state: 'failed', fault: { code: 'DISK_FULL' } });
    await agent.untilFrames(agent.frames.length + 5);
    expectRightAnswers(agent);
  });

  it('holds at most its spool limit of records in memory and delivers the newest', async () => {
    const agent = await runLongUnheard(disk.folder, () => disk.fill());
    expect(agent.log).toContain('the ledger cannot be written');
  });

  it('removes unused blocks when there is no room for its own', async () => {
    const blocks = join(disk.folder, 'blocks');
    await mkdir(blocks);
    const unneeded = join(blocks, 'f'.repeat(64));
    await writeFile(unneeded, Buffer.alloc(DISK_BYTES / 2));
    disk.fill();
    const agent = start(disk.folder, ['--loop', '--interval-ms', '10']);
    await agent.untilFrames(3);
    await expect(access(unneeded)).rejects.toThrow('ENOENT');
    expect(cloud.reportedModels.map(({ state }) => state)).not.toContain('refused');
  });

  it('runs on a disk that is read-only from its start, and writes its records when it can', async () => {
    const first = start(disk.folder, ['--frames', '3']);
    expect(await first.ended(), first.log).toBe(0);
    disk.remount('ro');
    const agent = start(disk.folder, ['--loop', '--interval-ms', '10']);
    await agent.untilLog('is on a read-only disk');
    await agent.untilFrames(10);
    const telemetry = await eventually('telemetry of the read-only disk', () =>
      cloud.telemetry.find(({ diskFault }) => diskFault !== undefined),
    );
    expect(telemetry.diskFault).toContain('EROFS');
    disk.remount('rw');
    await agent.untilLog('the ledger is written again');
    await agent.untilFrames(agent.frames.length + 5);
    expect(await agent.running.stop('SIGTERM'), agent.log).toBe(0);
    expectRightAnswers(agent);
    expectOnce([...first.frames, ...agent.frames]);
  });

  it('says that a new folder cannot be on a read-only disk', async () => {
    disk.remount('ro');
    const agent = start(join(disk.folder, 'new'), ['--frames', '1']);
    expect(await agent.ended()).toBe(2);
    expect(agent.log).toContain('its disk is read-only; give another folder');
  });

  it('keeps model and plan when another model’s blocks do not fit, and retries', async () => {
    const other = await splitModel('tiny-chain', 2);
    const agent = start(disk.folder, ['--loop', '--interval-ms', '10']);
    await agent.untilFrames(5);
    disk.fill();
    await cloud.assignModel(other);
    await cloud.assignPlan(2, 1);
    const refusal = await eventually('the refusal', () =>
      cloud.reportedModels.find(({ state }) => state === 'refused'),
    );
    expect(refusal).toMatchObject({ version: 2, fault: { code: 'DISK_FULL' } });
    const { downloads } = cloud.blocks;
    expect(downloads).toHaveLength(model.document.blocks.length);
    const before = agent.frames.length;
    await agent.untilFrames(before + 10);
    for (const { outcome, plan } of agent.frames.slice(before)) {
      expect(outcome).not.toBe('failed');
      expect(plan?.version).toBe(1);
    }
    disk.free();
    await eventually('a frame by the other model', () =>
      agent.frames.find(({ plan, outcome }) => plan?.version === 2 && outcome === 'cloud'),
    );
    expect(cloud.reportedModels.at(-1)).toMatchObject({ version: 2, state: 'applied' });
    expect(cloud.reportedModels.filter(({ state }) => state === 'refused')).toHaveLength(1);
    await other.whole.release();
  });
});

describe('an agent whose data folder holds files of another user', () => {
  it('names the file and what to do', async () => {
    const data = join(folder, 'data');
    const ledger = join(data, DEVICE, 'ledger');
    await mkdir(join(data, DEVICE), { recursive: true });
    await writeFile(ledger, '', { mode: 0o600 });
    const isRoot = process.getuid?.() === 0;
    const other = isRoot ? { uid: OTHER_USER, gid: OTHER_USER } : {};
    if (isRoot)
      for (const path of [folder, data, join(data, DEVICE)])
        await chown(path, OTHER_USER, OTHER_USER);
    else await chmod(ledger, 0o400);
    const { status, stderr } = spawnSync(
      process.execPath,
      [scene.build.file, '--device', DEVICE, '--secret', 'secret', '--data', data, '--stay'],
      { ...other, encoding: 'utf8', timeout: 20_000, env: {} },
    );
    expect(stderr).toMatch(/ledger cannot be written by .*\(?uid \d+\)?.*sudo chown -R \d+ /);
    expect(status).toBe(2);
  });
});

describe('an agent whose cloud takes no records for long', () => {
  it('keeps the newest records, reports the number dropped and delivers each kept one once', async () => {
    await runLongUnheard(join(folder, 'data'));
  });
});

describe('an agent with a flipped bit in every file that it keeps', () => {
  const draw = seededRandom(16);

  async function flipIn(...path: string[]): Promise<void> {
    const file = join(folder, 'data', ...path);
    const bytes = await readFile(file);
    const at = Math.floor(draw() * bytes.length);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << Math.floor(draw() * 8)), at);
    await writeFile(file, bytes);
  }

  const run = (...args: string[]) => start(join(folder, 'data'), args);

  it.each([1, 2, 3])('gives every answer as before and reports the damage (%i)', async () => {
    const first = run('--outputs');
    expect(await first.ended(), first.log).toBe(0);
    const blocks = await readdir(join(folder, 'data', 'blocks'));
    const own = ['model.json', 'plan.json', 'profiles.json', 'ledger'];
    for (const name of own) await flipIn(DEVICE, name);
    for (const name of blocks) await flipIn('blocks', name);
    const second = run('--outputs', '--start-over');
    expect(await second.ended(), second.log).toBe(0);
    expect(second.frames.map(({ outputs }) => outputs)).toEqual(
      first.frames.map(({ outputs }) => outputs),
    );
    for (const name of ['model.json', 'profiles.json']) {
      expect(second.log).toContain(`${name} is damaged`);
    }
    for (const name of blocks) expect(second.log).toContain(`block ${name} on disk is damaged`);
    expect(cloud.blocks.downloads).toHaveLength(2 * blocks.length);
    const reported = cloud.telemetry.findLast(({ damageFound }) => damageFound !== undefined);
    expect(reported?.damageFound).toBeGreaterThanOrEqual(1);
  });

  it('gives no answer without the cloud, rather than a wrong one, and stops in order', async () => {
    const first = run();
    expect(await first.ended(), first.log).toBe(0);
    await flipIn(DEVICE, 'model.json');
    cloud.cutConnections();
    const alone = scene.start(['--input', join(folder, 'pictures')], {
      mqtt: 'mqtt://127.0.0.1:1',
    });
    await alone.untilLog('cannot connect');
    expect(alone.log).toContain('model.json is damaged');
    expect(await alone.running.stop('SIGTERM'), alone.log).toBe(0);
    expect(alone.frames).toEqual([]);
  });
});

/** Frames without end whose records get no receipts at first, and then do. */
async function runLongUnheard(data: string, whenItRuns = () => {}): Promise<AgentProcess> {
  cloud.sendsReceipts = false;
  const args = ['--loop', '--interval-ms', '10', '--in-flight', '1'];
  const agent = start(data, [...args, '--spool-limit', `${SPOOL}`]);
  await agent.untilFrames(3);
  whenItRuns();
  await agent.untilLog('dropping the oldest (--spool-limit)');
  const telemetry = await eventually('telemetry of dropped records', () =>
    cloud.telemetry.find(({ recordsDropped = 0 }) => recordsDropped >= 2 * SPOOL),
  );
  expect(telemetry.recordsWaiting).toBe(SPOOL);
  cloud.sendsReceipts = true;
  cloud.cutConnections();
  await agent.untilLog('the cloud accepts records again');
  expect(await agent.running.stop('SIGTERM'), agent.log).toBe(0);
  expectRightAnswers(agent);
  expect(linesWith(agent, 'dropping the oldest')).toHaveLength(1);
  const dropped = Number(/again; (\d+) dropped/.exec(agent.log)?.[1]);
  expect(dropped).toBeGreaterThanOrEqual(2 * SPOOL);
  expectOnce(agent.frames.slice(dropped));
  const early = new Set(idsOf(agent.frames.slice(0, telemetry.recordsDropped)));
  expect(cloud.records.filter(({ frame }) => early.has(frame))).toEqual([]);
  return agent;
}
