/**
 * A whole fleet loses its connection at once, and comes back with the agent's own jitter to a service with its settings at their
 * defaults. Fails when a device is not back with its plan in half a minute, a steady device's frame comes late meanwhile, a connection
 * takes too much of the processor, or, with `--devices 10000`, a device too much memory.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { referenceNetwork, serializeModel } from '../../src/onnx/index.js';
import { ProbeDevice, type ProbeFrame } from '../support/devices/probe-device.js';
import { Service } from '../support/processes/processes.js';
import type { BenchOptions } from './bench-options.js';
import { quantile, table } from './measure.js';
import {
  COLLECTING,
  connectCost,
  type LoadAt,
  loadOf,
  type Memory,
  memoryCost,
  settledMemory,
} from './storm/storm-cost.js';
import type { Return, StormOrder } from './storm/storm-device.js';
import type { StormOrders } from './storm/storm-process.js';

const PROCESS = fileURLToPath(new URL('./storm/storm-process.js', import.meta.url));
const NETWORK = 'squeezenet';
/** What steady devices run: their way is measured, not their network. */
const STEADY_NETWORK = 'tiny-chain';
const STEADY_DEVICES = 3;
const STEADY_EVERY_MS = 50;
/** Devices behind one address of the loopback network, as at a site. */
const DEVICES_AT_SITE = 50;
const CALM_MS = 5000;
const MAX_RETURN_MS = 30_000;
const MAX_LATE_MS = 250;
/** Rows of one file. */
const ENROLLED_AT_ONCE = 2000;
/** Connections of others than the fleet. */
const SPARE_CONNECTIONS = 100;

/** What comes back at once, and to which service. */
interface Fleet {
  readonly service: Service;
  readonly model: string;
  readonly count: number;
  readonly isShort: boolean;
}

interface Steady {
  readonly calm: readonly ProbeFrame[];
  readonly storm: readonly ProbeFrame[];
}

/** Prints how the fleet came back and what it cost those who stayed; answers with what is not as it must be. */
export async function storm({ isShort, devices }: BenchOptions): Promise<string[]> {
  const count = devices ?? (isShort ? 60 : 2000);
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-storm-'));
  const env = {
    ...{ FLOTILLA_LOG_LEVEL: 'error', FLOTILLA_WORKERS: '1', NODE_OPTIONS: COLLECTING },
    // As `npm start` has it.
    MALLOC_ARENA_MAX: '2',
    ...(count > 9000 && { FLOTILLA_MAX_CONNECTIONS: `${count + SPARE_CONNECTIONS}` }),
  };
  const service = await Service.start({ data: join(folder, 'cloud'), env });
  const steady: ProbeDevice[] = [];
  try {
    const small = await addNetwork(service, STEADY_NETWORK);
    const model = await addNetwork(service, NETWORK);
    const memory = await settledMemory(service);
    for (let i = 0; i < STEADY_DEVICES; i++) {
      const id = `steady-${i}`;
      const secret = await service.addDevice(id, small);
      steady.push(await ProbeDevice.join(service.mqttPort, id, secret));
    }
    return await run({ service, model, count, isShort }, steady, memory);
  } finally {
    await Promise.all(steady.map((device) => device.leave()));
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function addNetwork(service: Service, name: string): Promise<string> {
  const { build, manifest } = referenceNetwork(name);
  return service.addModel(name, serializeModel(build()), manifest);
}

/** Enrols devices with numbers from `first` on. */
async function enrol(
  { service, model }: Fleet,
  first: number,
  count: number,
): Promise<StormOrder[]> {
  const ids = Array.from({ length: count }, (_, i) => `storm-${first + i}`);
  const secrets: string[] = [];
  for (let from = 0; from < count; from += ENROLLED_AT_ONCE) {
    secrets.push(...(await service.addDevices(ids.slice(from, from + ENROLLED_AT_ONCE), model)));
  }
  return secrets.map((secret, i): StormOrder => {
    const site = Math.floor((first + i) / DEVICES_AT_SITE);
    const address = `127.1.${Math.floor(site / 250)}.${1 + (site % 250)}`;
    return { id: `storm-${first + i}`, secret, address };
  });
}

async function run(
  fleet: Fleet,
  devices: readonly ProbeDevice[],
  memoryBefore: Memory,
): Promise<string[]> {
  const { service, count, isShort } = fleet;
  const child = fork(PROCESS);
  const ended = once(child, 'exit').then(([code]): never => {
    throw new Error(`the devices’ process ended with ${code}`);
  });
  const nextMessage = async <T>(): Promise<T> => {
    const [message] = await Promise.race([once(child, 'message'), ended]);
    return message as T;
  };
  const steadyFrames = async (during: () => Promise<unknown>): Promise<ProbeFrame[]> => {
    for (const device of devices) device.begin(STEADY_EVERY_MS);
    await during();
    return (await Promise.all(devices.map((device) => device.end()))).flat();
  };
  try {
    let joinedMs = 0;
    const join = async (first: number, more: number): Promise<Memory> => {
      const orders: StormOrders = {
        mqttPort: service.mqttPort,
        devices: await enrol(fleet, first, more),
      };
      const startMs = performance.now();
      child.send(orders);
      await nextMessage();
      joinedMs += performance.now() - startMs;
      return settledMemory(service);
    };
    const half = Math.ceil(count / 2);
    const halfMemory = await join(0, half);
    const idle = await join(half, count - half);
    console.log(`\n${count} devices joined in ${(joinedMs / 1000).toFixed(1)} s.\n`);
    child.send('measure');
    await nextMessage();
    const planned = await settledMemory(service);
    const calmFrom = await loadOf(service);
    const calm = await steadyFrames(() => sleep(isShort ? CALM_MS / 5 : CALM_MS));
    const before = await loadOf(service);
    const returned = nextMessage<Return[]>();
    child.send('drop');
    const storm = await steadyFrames(() => returned);
    const seconds = Math.min(60, Math.ceil((performance.now() - before.atMs) / 1000));
    const after = await loadOf(service, seconds);
    const online = await onlineDevices(service);
    const problems = report(await returned, { calm, storm }, isShort);
    const expected = count + devices.length;
    if (online !== expected) problems.push(`${online} of ${expected} devices are online`);
    reportService(before, after, online);
    const costs = connectCost([calmFrom, before], [before, after], count);
    if (!isShort) problems.push(...costs);
    const steps = { before: memoryBefore, half: halfMemory, idle, planned };
    problems.push(...memoryCost(steps, { half, all: count }));
    child.send('leave');
    await once(child, 'exit');
    return problems;
  } finally {
    ended.catch(() => undefined);
    child.kill();
  }
}

/** Devices the service itself takes for online, page by page. */
async function onlineDevices(service: Service): Promise<number> {
  let count = 0;
  let cursor = '';
  for (;;) {
    const page = await service.request<{ devices: unknown[]; next: string | null }>(
      'GET',
      `/api/v1/devices?state=online&limit=1000${cursor}`,
    );
    count += page.devices.length;
    if (!page.next) return count;
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
}

function report(returns: readonly Return[], { calm, storm }: Steady, isShort: boolean): string[] {
  const row = (name: string, values: readonly number[]): string[] => [
    name,
    ...[0.5, 0.99, 1].map((share) => quantile(values, share).toFixed(0)),
  ];
  const tookMs = returns.map((one) => one.tookMs);
  const usualMs = quantile(latencies(calm), 0.5);
  const lateMs = latencies(storm).map((ms) => Math.max(0, ms - usualMs));
  console.log(
    table(
      ['', 'p50', 'p99', 'max'],
      [
        row(
          'first attempt, ms after the drop',
          returns.map((one) => one.firstMs),
        ),
        row('back with its plan, ms after the drop', tookMs),
        row(
          'attempts',
          returns.map((one) => one.attempts),
        ),
        row('steady frame in calm, ms', latencies(calm)),
        row('steady frame in the storm, ms', latencies(storm)),
        row('later than usual, ms', lateMs),
      ],
    ),
  );
  const problems: string[] = [];
  const ends = new Set(storm.map(({ endedAs }) => endedAs));
  ends.delete('result');
  for (const end of ends) {
    const frames = storm.filter(({ endedAs }) => endedAs === end).length;
    problems.push(`${frames} steady frames ended as ${end ?? 'never answered'}`);
  }
  const lastMs = quantile(tookMs, 1);
  if (lastMs > MAX_RETURN_MS)
    problems.push(`the last device is back after ${lastMs.toFixed(0)} ms`);
  const latest = quantile(lateMs, 1);
  // A short run has no figures to quote, on machines that do much else.
  if (!isShort && latest > MAX_LATE_MS) {
    problems.push(`a steady frame is ${latest.toFixed(0)} ms later than usual`);
  }
  return problems;
}

const latencies = (frames: readonly ProbeFrame[]): number[] =>
  frames.map(({ latencyMs }) => latencyMs ?? Number.POSITIVE_INFINITY);

function reportService({ load: before }: LoadAt, { load: after }: LoadAt, online: number): void {
  const { p50Ms, p99Ms, maxMs } = after.eventLoop;
  const broker = after.parts.broker ?? {};
  const cpuMs = after.cpu.userMs + after.cpu.systemMs - before.cpu.userMs - before.cpu.systemMs;
  console.log(
    [
      `\n${online} devices online. Service: event-loop delay p50 ${p50Ms.toFixed(1)}, p99 ${p99Ms.toFixed(1)}, max ${maxMs.toFixed(0)} ms;`,
      `${(cpuMs / 1000).toFixed(1)} s of a processor; ${(after.memory.rssBytes / 1e6).toFixed(0)} MB resident; ${broker.connectionsDelayed} connections waited for their turn,`,
      `${broker.connectionRefused} were closed instead; ${broker.connectionsAdmittedPerS?.toFixed(0)} may begin in a second now.`,
    ].join(' '),
  );
}
