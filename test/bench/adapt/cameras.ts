/**
 * Cameras behind a slow uplink: what a plan for their rate is worth against plans for a single frame and for a stream. The built
 * service and an agent as processes; the device's processor and the link are emulated, times are real.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { referenceNetwork, serializeModel } from '../../../src/onnx/index.js';
import { LinkShaper } from '../../support/mqtt/link-shaper.js';
import { eventually, root, Service, startAgent } from '../../support/processes/processes.js';
import type { BenchOptions } from '../bench-options.js';
import { percent, quantile, table } from '../measure.js';

const NETWORK = 'squeezenet';
const UPLINK_MBPS = 5.85;
const SLOWDOWN = '40';
/** A photograph: a plain picture is a file of next to nothing, which is best sent. */
const PICTURE = join(root, 'docs/pictures/samples/picture-00.jpg');
/** Pictures a second. */
const RATES = [1, 5, 15];
const OBJECTIVES = ['by rate', 'frame', 'stream'] as const;
/** Until a rate is measured, and a plan for it is in force. */
const SETTLING_MS = 12_000;
const SECONDS = 30;

interface Frame {
  readonly totalMs: number;
  readonly outcome: string;
  readonly plan: { readonly version: number } | null;
}

interface Cell {
  readonly rate: number;
  readonly objective: (typeof OBJECTIVES)[number];
  readonly seconds: number;
}

/** Prints latency and rate of every camera by objective. */
export async function cameras({ isShort, seconds = SECONDS }: BenchOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-cameras-'));
  const service = await Service.start({ data: join(folder, 'cloud') });
  try {
    const { build, manifest } = referenceNetwork(NETWORK);
    const model = await service.addModel(NETWORK, serializeModel(build()), manifest);
    const rows: string[][] = [];
    for (const rate of isShort ? RATES.slice(1, 2) : RATES) {
      for (const objective of OBJECTIVES) {
        const cell = { rate, objective, seconds: isShort ? 5 : seconds };
        rows.push(await measured(cell, { service, model, folder }));
      }
    }
    const head = ['pictures/s', 'objective', 'plan for', 'mean ms', 'p95 ms', 'frames/s'];
    console.log(`${NETWORK}, ${UPLINK_MBPS} Mbps, device slowed down ${SLOWDOWN} times\n`);
    console.log(table([...head, 'fallbacks'], rows));
  } finally {
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Place {
  readonly service: Service;
  readonly model: string;
  readonly folder: string;
}

/** One camera: its rate as asked, its objective, and what its frames took. */
async function measured(
  { rate, objective, seconds }: Cell,
  { service, model, folder }: Place,
): Promise<string[]> {
  const id = `camera-${rate}-${objective.replace(' ', '-')}`;
  const secret = await service.addDevice(id, model);
  const link = await LinkShaper.start(
    { host: service.host, port: service.mqttPort },
    { uplinkMbps: UPLINK_MBPS, downlinkMbps: 20, latencyMs: 10 },
  );
  const frames: Frame[] = [];
  const agent = startAgent({
    ...{ device: id, secret, cloud: service.url, mqtt: `mqtt://127.0.0.1:${link.port}` },
    data: join(folder, id),
    args: [
      ...['--mjpeg', `while cat ${PICTURE}; do sleep ${1 / rate}; done`, '--json'],
      ...['--slowdown', SLOWDOWN, '--threads', '1'],
      ...(objective === 'by rate' ? [] : ['--objective', objective]),
    ],
    onLine: (line, stream) => {
      if (stream === 'stdout' && line.startsWith('{')) frames.push(JSON.parse(line) as Frame);
    },
  });
  try {
    const first = eventually('frames', () => frames.length > 0 || undefined, 60_000);
    await agent.whileRunning(first);
    await agent.whileRunning(sleep(SETTLING_MS));
    const before = frames.length;
    await agent.whileRunning(sleep(1000 * seconds));
    const shown = frames.slice(before);
    const totals = shown.map(({ totalMs }) => totalMs);
    const meanMs = totals.reduce((sum, ms) => sum + ms, 0) / Math.max(1, totals.length);
    const fallbacks = shown.filter(({ outcome }) => !['cloud', 'local-plan'].includes(outcome));
    const path = `/api/v1/devices/${id}/plan/explain`;
    const plan = await service.request<{ objective: string }>('GET', path);
    return [
      ...[String(rate), objective, plan.objective, meanMs.toFixed(0)],
      ...[quantile(totals, 0.95).toFixed(0), (shown.length / seconds).toFixed(1)],
      percent(fallbacks.length / Math.max(1, shown.length)),
    ];
  } finally {
    await agent.stop();
    await link.close();
  }
}
