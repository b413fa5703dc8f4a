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

/** Prints what a device takes of the memory, idle and with a plan. Returns what is not met by an idle one. */
export function memoryCost(
  before: Memory,
  { idle, planned }: { readonly idle: Memory; readonly planned: Memory },
  devices: number,
): string[] {
  const rssOf = (after: Memory): number => (after.rssBytes - before.rssBytes) / devices;
  const usedOf = (after: Memory): number => (after.usedBytes - before.usedBytes) / devices;
  const kb = (bytes: number): string => (bytes / 1000).toFixed(1);
  console.log(
    [
      `Memory: ${kb(rssOf(idle))} KB resident a connected device, ${kb(usedOf(idle))} KB of it in use;`,
      `with a plan ${kb(rssOf(planned))} and ${kb(usedOf(planned))} KB.`,
      `${(before.rssBytes / 1e6).toFixed(0)} MB resident before ${devices} devices.`,
    ].join(' '),
  );
  if (devices < ENOUGH_DEVICES || rssOf(idle) <= MAX_DEVICE_BYTES) return [];
  return [`an idle device takes ${kb(rssOf(idle))} KB of memory`];
}
