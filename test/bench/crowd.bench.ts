/**
 * Two dozen devices at one service of the size of this machine: the built service as a process; devices that speak the real wire, in a
 * process of their own. First all alike and as fast as they are served, then unequal ones together. Fails when a frame is
 * not answered exactly once, shares are unfair, or the service's event loop comes late.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { referenceNetwork, serializeModel } from '../../src/onnx/index.js';
import type { LoadState } from '../../src/platform/index.js';
import { childrenOf, type ProcessUsage, usageOf } from '../support/processes/process-usage.js';
import { Service } from '../support/processes/processes.js';
import type { BenchOptions } from './bench-options.js';
import type { Habit } from './crowd/crowd-device.js';
import type { CrowdOrders, CrowdTallies } from './crowd/crowd-process.js';
import { crowdProblems, crowdTable } from './crowd/crowd-report.js';
import { percent } from './measure.js';

const PROCESS = fileURLToPath(new URL('./crowd/crowd-process.js', import.meta.url));
const NETWORK = 'squeezenet';
const MAX_DELAY_MS = 20;
const BOUNDS = { jain: 0.95, inTime: 0.99 };
/** A short run, or one that loses a process, says something about lost frames only. */
const SHORT_BOUNDS = { jain: 0, inTime: 0 };
/** The service remembers its event loop's delays for so long. */
const LONGEST_WINDOW_S = 60;

const patient = { window: 3, everyMs: 0, deadlineMs: 30_000 };
const ALIKE: readonly Habit[] = [{ kind: 'alike', quickBlocks: 2, ...patient }];
const UNEQUAL: readonly Habit[] = [
  { kind: 'large tensors, long tails', quickBlocks: 0, ...patient },
  { kind: 'small tensors, short tails', quickBlocks: 3, ...patient },
  { kind: 'two a second, due in 300 ms', quickBlocks: 3, window: 4, everyMs: 500, deadlineMs: 300 },
];

/** What the devices are like, and whether a tail process is killed on the way. */
interface Scene {
  readonly name: string;
  readonly habits: readonly Habit[];
  readonly isKilling: boolean;
}

const SCENES: readonly Scene[] = [
  { name: 'alike', habits: ALIKE, isKilling: false },
  { name: 'unequal', habits: UNEQUAL, isKilling: false },
  { name: 'bereaved', habits: ALIKE, isKilling: true },
];

interface Crowd {
  readonly service: Service;
  readonly model: string;
  readonly count: number;
  readonly seconds: number;
}

/** Prints a table for each crowd and what the service took; answers with what is not as it must be. */
export async function crowd({ isShort, devices, seconds }: BenchOptions): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-crowd-'));
  const env = { FLOTILLA_LOG_LEVEL: 'warn' };
  const service = await Service.start({ data: join(folder, 'cloud'), env });
  try {
    const { build, manifest } = referenceNetwork(NETWORK);
    const model = await service.addModel(NETWORK, serializeModel(build()), manifest);
    const size = { count: devices ?? 24, seconds: seconds ?? (isShort ? 5 : 60) };
    const problems: string[] = [];
    for (const scene of SCENES) {
      problems.push(...(await play({ service, model, ...size }, scene, isShort)));
    }
    return problems;
  } finally {
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function play(crowd: Crowd, scene: Scene, isShort: boolean): Promise<string[]> {
  const { service, count, seconds } = crowd;
  const { name, isKilling } = scene;
  const orders = await ordersOf(crowd, scene);
  const { tallies, loads, usages } = await run(orders, service, isKilling);
  const killed = isKilling ? ', a tail process killed half-way' : '';
  console.log(`\n${count} devices, ${name}, ${seconds} s${killed}:\n`);
  console.log(crowdTable(tallies.devices, seconds));
  const [before, after] = loads;
  const { p50Ms, p99Ms, maxMs } = after.eventLoop;
  const cpuMs = after.cpu.userMs + after.cpu.systemMs - before.cpu.userMs - before.cpu.systemMs;
  const rss = usages.map(({ rssBytes }) => rssBytes / 1e6);
  console.log(
    [
      `\nService: event-loop delay p50 ${p50Ms.toFixed(1)}, p99 ${p99Ms.toFixed(1)}, max ${maxMs.toFixed(0)} ms;`,
      `${percent(cpuMs / 1000 / seconds)} of a core; ${(after.memory.rssBytes / 1e6).toFixed(0)} MB resident.`,
      `Tail processes: ${rss.map((mb) => mb.toFixed(0)).join(', ')} MB. The devices: ${percent(tallies.cpuMs / 1000 / seconds)} of a core.`,
    ].join(' '),
  );
  const isMeasured = !isShort && !isKilling;
  const problems = crowdProblems(tallies.devices, isMeasured ? BOUNDS : SHORT_BOUNDS);
  if (isMeasured && p99Ms > MAX_DELAY_MS) {
    problems.push(`the service’s event loop is ${p99Ms.toFixed(1)} ms late (p99)`);
  }
  return problems.map((problem) => `${name}: ${problem}`);
}

async function ordersOf(
  { service, model, count, seconds }: Crowd,
  { name, habits }: Scene,
): Promise<CrowdOrders> {
  const devices: { id: string; secret: string; habit: Habit }[] = [];
  for (let i = 0; i < count; i++) {
    const id = `${name}-${i}`;
    const habit = habits[i % habits.length];
    if (habit !== undefined) {
      devices.push({ id, secret: await service.addDevice(id, model), habit });
    }
  }
  const { mqttPort, url, operatorKey } = service;
  return { mqttPort, url, operatorKey, devices, forMs: 1000 * seconds };
}

/** Has the crowd send, and looks at the service just before, and just when it stops. */
async function run(orders: CrowdOrders, service: Service, isKilling: boolean) {
  const child = fork(PROCESS);
  const ended = once(child, 'exit').then(([code]): never => {
    throw new Error(`the devices’ process ended with ${code}`);
  });
  const nextMessage = async <T>(): Promise<T> => {
    const [message] = await Promise.race([once(child, 'message'), ended]);
    return message as T;
  };
  try {
    child.send(orders);
    await nextMessage();
    const seconds = Math.min(LONGEST_WINDOW_S, orders.forMs / 1000);
    const loads = async (): Promise<LoadState> =>
      await service.request('GET', `/health/load?seconds=${Math.ceil(seconds)}`);
    const before = await loads();
    const tallies = nextMessage<CrowdTallies>();
    child.send('send');
    await Promise.race([sleep(orders.forMs / 2), ended]);
    if (isKilling) await killOne(service);
    await Promise.race([sleep(orders.forMs / 2), ended]);
    const after = await loads();
    const pids = await childrenOf(service.process.child.pid ?? 0);
    const usages = (await Promise.all(pids.map(usageOf))).filter(
      (usage): usage is ProcessUsage => usage !== undefined,
    );
    return { tallies: await tallies, loads: [before, after] as const, usages };
  } finally {
    ended.catch(() => undefined);
    child.kill();
  }
}

/** Ends a tail process with nothing said. */
async function killOne({ process: { child } }: Service): Promise<void> {
  const [tail] = await childrenOf(child.pid ?? 0);
  if (tail !== undefined) process.kill(tail, 'SIGKILL');
}
