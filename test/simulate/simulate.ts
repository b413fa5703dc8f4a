/**
 * `npm run simulate -- [--devices 100] [--seconds 60] [--trace NAME|mixed] [--change-every-s 10] [--frame-every-s 5]
 * [--telemetry-per-s 0] [--seed 1]`: a fleet at one built service, over real MQTT and in real messages, whose blocks are modelled and
 * whose links follow synthetic uplinks. The devices share this process; the service is another. Deterministic but for the clock.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { referenceNetwork, serializeModel } from '../../src/onnx/index.js';
import type { LoadState } from '../../src/platform/index.js';
import { uplinks, uplinkTrace } from '../../src/replay/index.js';
import { Service } from '../support/processes/processes.js';
import { SimulatedDevice } from './simulated-device.js';

const NETWORK = 'squeezenet';
const JOINING_AT_ONCE = 8;
const TICK_MS = 20;

const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '60' },
    trace: { type: 'string', default: 'mixed' },
    'change-every-s': { type: 'string', default: '10' },
    'frame-every-s': { type: 'string', default: '5' },
    'telemetry-per-s': { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
  },
});
const count = Number(values.devices);
const lastsMs = 1000 * Number(values.seconds);
const seed = Number(values.seed);
const named = uplinks.filter(({ name }) => values.trace === 'mixed' || name === values.trace);
if (named.length === 0 || !(count > 0) || !(lastsMs > 0)) {
  process.stderr.write(
    `simulate: --trace is mixed or one of ${uplinks.map(({ name }) => name).join('; ')}; numbers are above 0\n`,
  );
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), 'flotilla-simulate-'));
const service = await Service.start({
  data: join(folder, 'cloud'),
  env: {
    ...{ FLOTILLA_LOG_LEVEL: 'warn', FLOTILLA_WORKERS: '1' },
    // All devices stand behind one address here.
    ...{ FLOTILLA_ADDRESS_CONNECTS_PER_S: '200', FLOTILLA_MAX_ADDRESS_CONNECTIONS: '10000' },
  },
});
const fleet: SimulatedDevice[] = [];
try {
  const { build, manifest } = referenceNetwork(NETWORK);
  const model = await service.addModel(NETWORK, serializeModel(build()), manifest);
  const traces = named.map((uplink, i) =>
    uplinkTrace(uplink, seed + i, Math.max(lastsMs, 600_000)),
  );
  const startedMs = performance.now();
  const ids = Array.from({ length: count }, (_, i) => `simulated-${i}`);
  const secrets = await service.addDevices(ids, model);
  for (let from = 0; from < count; from += JOINING_AT_ONCE) {
    const some = secrets.slice(from, from + JOINING_AT_ONCE);
    fleet.push(...(await Promise.all(some.map((secret, i) => joined(from + i, secret, traces)))));
  }
  console.log(
    `${count} devices joined in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`,
  );
  await run();
} finally {
  await Promise.all(fleet.map((device) => device.leave()));
  await service.stop();
  await rm(folder, { recursive: true, force: true });
}

async function joined(i: number, secret: string, traces: ReturnType<typeof uplinkTrace>[]) {
  const id = `simulated-${i}`;
  const trace = traces[i % traces.length];
  if (trace === undefined) throw new Error('there is a trace for every device');
  return SimulatedDevice.join(service.mqttPort, { id, secret, trace, offsetMs: 7919 * i });
}

/** Every device does its part at its own time: changes, telemetry and frames are spread over their periods. */
async function run(): Promise<void> {
  const before = await service.request<LoadState>('GET', '/health/load');
  const startMs = performance.now();
  const everyMs = (name: 'change-every-s' | 'frame-every-s'): number => 1000 * Number(values[name]);
  const [changeMs, frameMs] = [everyMs('change-every-s'), everyMs('frame-every-s')];
  const telemetryPerTick = (Number(values['telemetry-per-s']) * TICK_MS) / 1000;
  const failed = { sends: 0 };
  const underway = new Set<Promise<void>>();
  const send = (task: Promise<void>): void => {
    const done = task
      .catch(() => {
        failed.sends += 1;
      })
      .finally(() => underway.delete(done));
    underway.add(done);
  };
  let extra = 0;
  for (let atMs = 0; atMs < lastsMs; atMs += TICK_MS) {
    for (const [i, device] of fleet.entries()) {
      if (isTurn(i, atMs, changeMs)) send(device.changeLink(atMs));
      if (isTurn(i, atMs, frameMs)) send(device.runFrame(atMs));
    }
    for (let n = 0; n < telemetryPerTick; n++) {
      const device = fleet[extra++ % fleet.length];
      if (device !== undefined) send(device.reportLink());
    }
    await sleep(Math.max(0, startMs + atMs + TICK_MS - performance.now()));
  }
  await Promise.all(underway);
  await report(before, performance.now() - startMs, failed.sends);
}

function isTurn(i: number, atMs: number, periodMs: number): boolean {
  const place = (i * periodMs) / count;
  return Math.floor((atMs - place) / periodMs) > Math.floor((atMs - TICK_MS - place) / periodMs);
}

async function report(before: LoadState, tookMs: number, failedSends: number): Promise<void> {
  const after = await service.request<LoadState>('GET', `/health/load?seconds=60`);
  const { devices } = await service.request<{ devices: { presence: { state: string } }[] }>(
    'GET',
    '/api/v1/devices?limit=1000',
  );
  const sum = (of: (device: SimulatedDevice) => number): number =>
    fleet.reduce((total, device) => total + of(device), 0);
  const cpuMs = after.cpu.userMs + after.cpu.systemMs - before.cpu.userMs - before.cpu.systemMs;
  const plans = after.parts.plans ?? {};
  const seconds = tookMs / 1000;
  const latencies = fleet.flatMap(({ latenciesMs }) => latenciesMs);
  console.log(
    JSON.stringify(
      {
        devices: count,
        seconds: Math.round(seconds),
        telemetryPerSecond: Math.round(sum(({ sent }) => sent.telemetry) / seconds),
        records: sum(({ sent }) => sent.records),
        failedSends,
        meanLatencyMs:
          latencies.reduce((total, ms) => total + ms, 0) / Math.max(1, latencies.length),
        switchesPerDeviceAndMinute: (60 * sum(({ sent }) => sent.switches)) / seconds / count,
        plansPerDevice: sum((device) => device.plans) / count,
        planning: plans,
        serviceCpu: cpuMs / tookMs,
        serviceRssMB: Math.round(after.memory.rssBytes / 1e6),
        eventLoop: after.eventLoop,
        online: devices.filter(({ presence }) => presence.state === 'online').length,
      },
      null,
      1,
    ),
  );
}
