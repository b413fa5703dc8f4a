/**
 * `npm run testbed -- --uplinks …`: the built service and a built agent while the link follows a synthetic uplink, under the
 * device's own choice and under plans it must keep to; next to each stands the replay of the same trace.
 */
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  compared,
  type ReplayCase,
  replay,
  summaryOf,
  type Uplink,
  uplinkTrace,
} from '../../../src/replay/index.js';
import type { DesiredPlan } from '../../../src/wire/index.js';
import type { Policy } from '../grid/measure/grid.js';
import type { GridNetwork } from '../grid/measure/grid-networks.js';
import type { GridPlace } from '../grid/measure/run-grid.js';
import { modeArgs } from '../grid/measure/sessions.js';
import { machineOf } from '../grid/report/machine.js';
import { ms } from '../scene.js';
import { say } from '../terminal.js';
import { LiveDevice, LiveFrames } from './live-device.js';
import { asReplayed, rowsOver, withOwnRow } from './live-frames.js';
import { LIVE_POLICIES, type LiveOptions, type LivePolicy, shortName } from './live-options.js';
import { type LiveResult, type LiveSummary, liveTable } from './live-table.js';
import { stepsOf } from './trace-steps.js';

const DOWNLINK_MBPS = 50;
/** Every frame, as its agent printed it, with the policy and how long after the start of the play it ended. */
const FRAMES_FILE = 'live-frames.ndjson';

/** What a run of the testbed needs to know for this. */
export interface LiveRun extends LiveOptions {
  readonly networks: readonly GridNetwork[];
  readonly encoding: Policy;
  readonly out: string;
  readonly command: string;
}

/** Measures all networks over all uplinks; prints the table, and saves it with all figures. */
export async function runLive(place: GridPlace, run: LiveRun): Promise<void> {
  const results: LiveResult[] = [];
  await mkdir(run.out, { recursive: true });
  await writeFile(join(run.out, FRAMES_FILE), '');
  for (const network of run.networks) results.push(...(await runNetwork(network, place, run)));
  console.log(`\n${liveTable(results)}`);
  const path = join(run.out, 'live.json');
  const { seed, lastsMs, periodMs } = run;
  const found = { machine: machineOf(run.command), seed, lastsMs, periodMs, results };
  await writeFile(path, `${JSON.stringify(found)}\n`);
  say(`wrote ${path}`);
}

async function runNetwork(
  network: GridNetwork,
  place: GridPlace,
  run: LiveRun,
): Promise<LiveResult[]> {
  const { service, emulation, folder, onStarted } = place;
  const loaded = await network.load(folder);
  say(`${network.name}: being examined`);
  const model = await service.addModel(network.name, loaded.onnx, loaded.manifest);
  await service.request('PATCH', `/api/v1/models/${model}`, { policy: run.encoding });
  const [sources = []] = loaded.feeds.values();
  const id = `pi-live-${network.name}`;
  const log = new LiveFrames();
  const emulated = await emulation.start(service, {
    ...{ id, secret: await service.addDevice(id, model), data: join(folder, id) },
    args: [
      ...sources.flatMap((input) => ['--input', input]),
      ...['--loop', '--start-over', '--json', '--interval-ms', `${run.periodMs}`],
      ...modeArgs('frames'),
    ],
    onLine: log.take,
  });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= emulated.stop();
    return stopped;
  };
  onStarted(stop);
  const device = new LiveDevice(service, id, emulated, log);
  await device.order('adaptive');
  const results: LiveResult[] = [];
  for (const uplink of run.uplinks) {
    const { rttMs } = uplink;
    const link = { uplinkMbps: 5, downlinkMbps: DOWNLINK_MBPS, latencyMs: rttMs / 2 };
    await emulated.setLink(link);
    results.push(...(await runUplink(network.name, uplink, device, run)));
  }
  await stop();
  return results;
}

/** All policies over one trace, the device's own choice first: its plan's table is what the replay knows. */
async function runUplink(
  network: string,
  uplink: Uplink,
  device: LiveDevice,
  run: LiveRun,
): Promise<LiveResult[]> {
  const { lastsMs, seed, periodMs } = run;
  const { rttMs } = uplink;
  const trace = uplinkTrace(uplink, seed, lastsMs);
  const steps = stepsOf(trace, lastsMs);
  const adaptive = await device.order('adaptive');
  const one: ReplayCase = { trace, rows: rowsOver(adaptive, rttMs), rttMs, periodMs, lastsMs };
  const names = { network, uplink: shortName(uplink) };
  const results: LiveResult[] = (['clairvoyant', 'clairvoyant-six'] as const).map((policy) => ({
    ...{ ...names, policy, live: null, replay: compared(one, policy) },
  }));
  for (const policy of LIVE_POLICIES) {
    const own = policy === 'adaptive' ? adaptive : await device.order(policy);
    const take = await device.play(steps, lastsMs);
    const lines = take.frames.map(({ endedMs, ...frame }) =>
      JSON.stringify({ ...names, policy, endedAtMs: endedMs - take.beganMs, ...frame }),
    );
    await appendFile(join(run.out, FRAMES_FILE), `${lines.join('\n')}\n`);
    const live: LiveSummary = {
      ...summaryOf(asReplayed(take.frames, take.plans, take.beganMs), lastsMs),
      failed: take.frames.filter(({ outcome }) => outcome === 'failed').length,
      versions: take.versions,
    };
    const predicted = predictedOf(policy, one, adaptive, own);
    say(
      `${network} over ${uplink.name}, ${policy}: ${ms(live.meanMs)}, replay ${ms(predicted.meanMs)}`,
    );
    results.push({ ...names, policy, live, replay: predicted });
    await device.order('adaptive');
  }
  return results;
}

function predictedOf(
  policy: LivePolicy,
  one: ReplayCase,
  adaptive: DesiredPlan,
  own: DesiredPlan,
): LiveResult['replay'] {
  if (policy === 'adaptive') return compared(one, 'adaptive');
  const fixed = withOwnRow(one, adaptive, own);
  return summaryOf(replay(fixed.case, fixed.row), one.lastsMs);
}
