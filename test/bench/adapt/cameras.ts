/**
 * Cameras behind a slow uplink: what a plan for their rate is worth against plans for a single frame and for a stream. The built
 * service and an agent as processes; the device's processor and the link are emulated, times are real.
 *
 * A picture is in time when its answer comes within twice the latency that a frame alone is predicted to have on that link. All
 * objectives have the same deadline. A picture that a newer one replaced is late. The objectives of a camera follow each other
 * in one run, in another order each time, so that a machine that becomes slower is no disadvantage of one of them.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { referenceNetwork, serializeModel } from '../../../src/onnx/index.js';
import { LinkShaper } from '../../support/mqtt/link-shaper.js';
import { eventually, root, Service, startAgent } from '../../support/processes/processes.js';
import type { BenchOptions } from '../bench-options.js';
import { percent, quantile, table } from '../measure.js';
import { type CameraFrame, inTime, type JudgedPictures, judgePictures } from './judged-pictures.js';

const NETWORKS = ['squeezenet', 'mobilenetv2'];
const UPLINKS_MBPS = [5.85, 18.88];
const SLOWDOWN = '40';
/** A photograph: a plain picture is a file of next to nothing, which is best sent. */
const PICTURE = join(root, 'docs/pictures/samples/picture-00.jpg');
const CAMERA = fileURLToPath(new URL('./camera-process.js', import.meta.url));
/** Pictures a second. */
const RATES = [1, 5, 15];
const OBJECTIVES = ['by rate', 'frame', 'stream'] as const;
type Objective = (typeof OBJECTIVES)[number];
/** Until a rate is measured, and a plan for it is in force. */
const SETTLING_MS = 12_000;
const SECONDS = 20;
/** Of the latency of a frame alone. */
const DEADLINE_FACTOR = 2;
/** Answers that come later than this after the last picture are late by any deadline. */
const LAST_ANSWERS_MS = 3000;

/** One camera. */
interface Camera {
  readonly network: string;
  readonly uplinkMbps: number;
  readonly rate: number;
}

interface Place {
  readonly service: Service;
  readonly model: string;
  readonly folder: string;
  readonly seconds: number;
}

/** A camera under one objective. */
interface Measured {
  readonly objective: Objective;
  readonly judged: JudgedPictures;
  readonly explained: Explained;
  /** Predicted latency of a frame under the plan. */
  readonly predictedMs: number;
  /** Causes of the plans that were made while it was measured. */
  readonly causes: readonly string[];
}

interface Explained {
  readonly objective: string;
  readonly intervalMs: number | null;
  readonly loads: { readonly shortestMs: number } | null;
}

interface PlanList {
  readonly plans: readonly {
    readonly desired: {
      readonly at: string;
      readonly cause: { readonly code: string };
      readonly predicted: { readonly totalMs: number };
    };
  }[];
}

const HEAD = [
  ...['network', 'Mbps', 'pictures/s', 'objective', 'plan for', 'sustains/s', 'deadline ms'],
  ...['in time', 'answered', 'mean ms', 'p95 ms', 'fallbacks', 'new plans'],
];

/** Prints what became of the pictures of every camera by objective. */
export async function cameras({ isShort, seconds = SECONDS }: BenchOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-cameras-'));
  const service = await Service.start({ data: join(folder, 'cloud') });
  const rows: string[][] = [];
  try {
    for (const network of isShort ? NETWORKS.slice(0, 1) : NETWORKS) {
      const { build, manifest } = referenceNetwork(network);
      const model = await service.addModel(network, serializeModel(build()), manifest);
      const place = { service, model, folder, seconds: isShort ? 5 : seconds };
      for (const camera of camerasOf(network, isShort)) {
        const turn = rows.length / OBJECTIVES.length;
        rows.push(...(await compared(camera, place, turn)));
        process.stderr.write(`bench: ${JSON.stringify(camera)} measured\n`);
      }
    }
  } finally {
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  }
  console.log(`Devices slowed down ${SLOWDOWN} times; ${isShort ? 5 : seconds} s each.\n`);
  console.log(table(HEAD, rows));
}

function camerasOf(network: string, isShort: boolean): Camera[] {
  const all = UPLINKS_MBPS.flatMap((uplinkMbps) =>
    RATES.map((rate): Camera => ({ network, uplinkMbps, rate })),
  );
  return isShort ? all.slice(1, 2) : all;
}

/** A camera under all objectives; the turn says which comes first. */
async function compared(camera: Camera, place: Place, turn: number): Promise<string[][]> {
  const order = OBJECTIVES.map((_, i) => OBJECTIVES[(i + turn) % OBJECTIVES.length] ?? 'frame');
  const measured: Measured[] = [];
  for (const objective of order) measured.push(await measure(camera, objective, place));
  const alone = measured.find(({ objective }) => objective === 'frame');
  const deadlineMs = DEADLINE_FACTOR * (alone?.predictedMs ?? Number.NaN);
  return measured
    .toSorted((a, b) => OBJECTIVES.indexOf(a.objective) - OBJECTIVES.indexOf(b.objective))
    .map((one) => rowOf(camera, one, deadlineMs));
}

/** One camera under one objective: what became of its pictures. */
async function measure(camera: Camera, objective: Objective, place: Place): Promise<Measured> {
  const { service, model, folder, seconds } = place;
  const { network, uplinkMbps, rate } = camera;
  const id = `${network}-${uplinkMbps}-${rate}-${objective}`.replaceAll(/[ .]/g, '-');
  const secret = await service.addDevice(id, model);
  const target = { host: service.host, port: service.mqttPort };
  const link = await LinkShaper.start(target, { uplinkMbps, downlinkMbps: 20, latencyMs: 10 });
  const frames: CameraFrame[] = [];
  const log = join(folder, `${id}.pictures`);
  const words = [process.execPath, CAMERA, PICTURE, String(1000 / rate), log];
  const agent = startAgent({
    ...{ device: id, secret, cloud: service.url, mqtt: `mqtt://127.0.0.1:${link.port}` },
    data: join(folder, id),
    args: [
      ...['--mjpeg', `exec ${words.map((word) => `'${word}'`).join(' ')}`, '--json'],
      ...['--slowdown', SLOWDOWN, '--threads', '1'],
      ...(objective === 'by rate' ? [] : ['--objective', objective]),
    ],
    onLine: (line, stream) => {
      if (stream === 'stdout' && line.startsWith('{')) frames.push(JSON.parse(line) as CameraFrame);
    },
  });
  try {
    const first = eventually('frames', () => frames.length > 0 || undefined, 60_000);
    await agent.whileRunning(first);
    await agent.whileRunning(sleep(SETTLING_MS));
    const fromMs = Date.now();
    await agent.whileRunning(sleep(1000 * seconds));
    const toMs = Date.now();
    await agent.whileRunning(sleep(LAST_ANSWERS_MS));
    const path = `/api/v1/devices/${id}`;
    const explained = await service.request<Explained>('GET', `${path}/plan/explain`);
    const { plans } = await service.request<PlanList>('GET', `${path}/plans?limit=100`);
    const sentAtMs = (await readFile(log, 'utf8')).trim().split('\n').map(Number);
    const isInWindow = (at: string): boolean => Date.parse(at) >= fromMs && Date.parse(at) < toMs;
    const newPlans = plans.filter(({ desired }) => isInWindow(desired.at));
    return {
      ...{ objective, explained },
      judged: judgePictures(sentAtMs, frames, { fromMs, toMs }),
      predictedMs: plans[0]?.desired.predicted.totalMs ?? Number.NaN,
      causes: newPlans.map(({ desired }) => desired.cause.code),
    };
  } finally {
    await agent.stop();
    await link.close();
  }
}

function rowOf(
  { network, uplinkMbps, rate }: Camera,
  { objective, judged, explained, causes }: Measured,
  deadlineMs: number,
): string[] {
  const { latenciesMs, pictures, fallbacks } = judged;
  const count = Math.max(1, latenciesMs.length);
  const meanMs = latenciesMs.reduce((sum, ms) => sum + ms, 0) / count;
  const sustained = 1000 / (explained.loads?.shortestMs ?? Number.NaN);
  return [
    ...[network, String(uplinkMbps), String(rate), objective, explained.objective],
    ...[sustained.toFixed(1), deadlineMs.toFixed(0), percent(inTime(judged, deadlineMs))],
    ...[percent(latenciesMs.length / Math.max(1, pictures)), meanMs.toFixed(0)],
    ...[quantile(latenciesMs, 0.95).toFixed(0), percent(fallbacks / count), countedText(causes)],
  ];
}

/** `2 link, 1 profile`; a dash for none. */
function countedText(causes: readonly string[]): string {
  const counts = [...new Set(causes)].map(
    (cause) => `${causes.filter((one) => one === cause).length} ${cause}`,
  );
  return counts.length === 0 ? '–' : counts.join(', ');
}
