/** What devices cost the service: its processor for a connection with a plan, and its memory for a device that is idle. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadState } from '../../../src/platform/index.js';
import type { Service } from '../../support/processes/processes.js';

/** Fewer devices do not show what one costs: what the process keeps for later is more. */
const ENOUGH_DEVICES = 10_000;
const MAX_CONNECT_MS = 2;
const MAX_DEVICE_BYTES = 15_000;
/** The collector runs as often as this, with pauses in which it gives memory back. */
const COLLECTIONS = 3;
const PAUSE_MS = 1500;

/** Options of Node for a service whose collector is to run on request. */
export const COLLECTING = `--import=${new URL('./collect-on-signal.js', import.meta.url).href}`;

export interface Memory {
  readonly rssBytes: number;
  /** JavaScript heap and buffers. */
  readonly usedBytes: number;
}

/** What the loads of a process and their times say. */
export interface LoadAt {
  readonly atMs: number;
  readonly load: LoadState;
}

export async function loadOf(service: Service, seconds = 60): Promise<LoadAt> {
  const load = await service.request<LoadState>('GET', `/health/load?seconds=${seconds}`);
  return { atMs: performance.now(), load };
}

/** Memory of the service after its collector has run; the least that was seen. */
export async function settledMemory(service: Service): Promise<Memory> {
  let [rssBytes, usedBytes] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = 0; i < COLLECTIONS; i++) {
    service.process.child.kill('SIGUSR2');
    await sleep(PAUSE_MS);
    const { memory } = (await loadOf(service)).load;
    rssBytes = Math.min(rssBytes, memory.rssBytes);
    usedBytes = Math.min(usedBytes, memory.heapUsedBytes + memory.externalBytes);
  }
  return { rssBytes, usedBytes };
}

const cpuMsOf = ({ load: { cpu } }: LoadAt): number => cpu.userMs + cpu.systemMs;

/** Prints the processor time of a connection: that of the storm without what the service takes in calm. Returns what is not met. */
export function connectCost(
  calm: readonly [LoadAt, LoadAt],
  storm: readonly [LoadAt, LoadAt],
  connections: number,
): string[] {
  const share = ([from, to]: readonly [LoadAt, LoadAt]): number =>
    (cpuMsOf(to) - cpuMsOf(from)) / (to.atMs - from.atMs);
  const calmShare = share(calm);
  const durationMs = storm[1].atMs - storm[0].atMs;
  const connectMs = ((share(storm) - calmShare) * durationMs) / connections;
  console.log(
    `Processor: ${connectMs.toFixed(2)} ms a connection with plan, all threads (${(100 * calmShare).toFixed(0)} % of one processor in calm).`,
  );
  if (connectMs <= MAX_CONNECT_MS) return [];
  return [`a connection takes ${connectMs.toFixed(2)} ms of a processor`];
}

/** Memory of the service at the steps of the benchmark. */
export interface MemorySteps {
  /** Without devices. */
  readonly before: Memory;
  /** With half of the devices connected, then with all. */
  readonly half: Memory;
  readonly idle: Memory;
  /** With a plan for each. */
  readonly planned: Memory;
}

/**
 * Prints what a device takes of the memory, idle and with a plan. For an idle one it is the slope between half of the fleet and all, so
 * that what the process takes for itself is no device's. Returns what is not met by memory in use: what is resident depends on when
 * the collector ran last.
 */
export function memoryCost(
  { before, half, idle, planned }: MemorySteps,
  devices: { readonly half: number; readonly all: number },
): string[] {
  const perDevice = (from: Memory, to: Memory, count: number) => ({
    used: (to.usedBytes - from.usedBytes) / count,
    resident: (to.rssBytes - from.rssBytes) / count,
  });
  const kb = (bytes: number): string => (bytes / 1000).toFixed(1);
  const mb = (bytes: number): string => (bytes / 1e6).toFixed(0);
  const slope = perDevice(half, idle, devices.all - devices.half);
  const plan = perDevice(idle, planned, devices.all);
  const whole = perDevice(before, idle, devices.all);
  console.log(
    [
      `Memory of a connected device, from ${devices.half} to ${devices.all}: ${kb(slope.used)} KB in use, ${kb(slope.resident)} KB resident.`,
      `A plan adds ${kb(plan.used)} and ${kb(plan.resident)} KB.`,
      `The process: ${mb(before.rssBytes)} MB resident before, ${mb(idle.rssBytes)} with all devices, ${mb(planned.rssBytes)} with plans;`,
      `by this, ${kb(whole.used)} KB in use and ${kb(whole.resident)} KB resident a device.`,
    ].join(' '),
  );
  if (devices.all < ENOUGH_DEVICES || slope.used <= MAX_DEVICE_BYTES) return [];
  return [`an idle device takes ${kb(slope.used)} KB of memory in use`];
}
