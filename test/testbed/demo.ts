/**
 * `npm run demo`: the cloud service and three emulated Pis behind shaped links, as real processes over real MQTT.
 * Each network runs on all three; half-way one link drops; plans, predictions and measurements are shown.
 * Options: --model FILE.onnx (another network), --frames N (per state of a link), --keep (leave it running).
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { referenceNetwork, serializeModel } from '../../src/onnx/index.js';
import { Service } from '../support/processes.js';
import { EmulatedPi } from './fleet.js';
import { paintPictures } from './pictures.js';
import { type Act, cutText, ms, type Network, playScene } from './scene.js';
import { paint, say, table } from './terminal.js';

const SLOWDOWN = 6;
const LINKS = [
  { id: 'pi-3g', uplinkMbps: 1.1 },
  { id: 'pi-4g', uplinkMbps: 5.85 },
  { id: 'pi-wifi', uplinkMbps: 18.88 },
] as const;
const DROP = { device: 'pi-wifi', link: { uplinkMbps: 1.1 } };
const LATENCY_MS = 5;
const DOWNLINK_MBPS = 50;

interface ModelView {
  readonly id: string;
  readonly name: string;
  readonly document: { readonly digest: string; readonly blocks: readonly unknown[] };
  readonly findings: { readonly units: readonly unknown[] };
}

const { values: options } = parseArgs({
  options: {
    model: { type: 'string' },
    frames: { type: 'string', default: '12' },
    keep: { type: 'boolean', default: false },
  },
});

async function main(folder: string): Promise<void> {
  console.log(
    `${paint('bold', 'Flotilla')}: three emulated Pis (their times stretched ×${SLOWDOWN}) and a cloud, over real MQTT\n`,
  );
  const service = await Service.start({ data: join(folder, 'cloud') });
  say(`the service listens: REST ${service.url}, MQTT port ${service.mqttPort}`);
  const pis: EmulatedPi[] = [];
  try {
    const networks = await registerNetworks(service);
    const pictures = await paintPictures(join(folder, 'pictures'), 24);
    for (const { id, uplinkMbps } of LINKS) {
      const link = { uplinkMbps, downlinkMbps: DOWNLINK_MBPS, latencyMs: LATENCY_MS };
      const args = [
        '--input',
        pictures,
        '--loop',
        '--slowdown',
        String(SLOWDOWN),
        '--threads',
        '1',
      ];
      pis.push(await EmulatedPi.start(service, { id, link, folder, args }));
      say(`${id}: enrolled, started, uplink ${uplinkMbps} Mbps, ${LATENCY_MS} ms away`);
    }
    const acts: Act[] = [];
    for (const network of networks) {
      say(paint('bold', `${network.name} on every device`));
      for (const [i, pi] of pis.entries()) pi.shaper.set({ uplinkMbps: LINKS[i]?.uplinkMbps ?? 1 });
      acts.push(
        ...(await playScene({
          service,
          pis,
          network,
          framesPerAct: Number(options.frames),
          drop: DROP,
        })),
      );
    }
    showTable(acts);
    await showHistory(service);
    if (options.keep) await stayOpen(service);
  } finally {
    await Promise.all(pis.map((pi) => pi.stop()));
    await service.stop();
  }
}

async function registerNetworks(service: Service): Promise<Network[]> {
  if (options.model !== undefined) {
    const name = basename(options.model, '.onnx')
      .toLowerCase()
      .replaceAll(/[^a-z0-9._-]/g, '-');
    return [await register(service, name, await readFile(options.model), undefined)];
  }
  const models: Network[] = [];
  for (const name of ['mobilenetv2', 'three-heads']) {
    const network = referenceNetwork(name);
    models.push(await register(service, name, serializeModel(network.build()), network.manifest));
  }
  return models;
}

/** Uploads a network with its manifest and waits for the verdict, telling what the examination does meanwhile. */
async function register(
  service: Service,
  name: string,
  onnx: Uint8Array,
  manifest: unknown,
): Promise<Network> {
  const form = new FormData();
  if (manifest !== undefined) form.set('manifest', JSON.stringify(manifest));
  form.set('name', name);
  form.set('file', new Blob([new Uint8Array(onnx)]), `${name}.onnx`);
  say(`${name}: ${(onnx.length / 1e6).toFixed(1)} MB uploaded, being examined`);
  const model = await service.request<ModelView>('POST', '/api/v1/models', form);
  const { document, findings } = model;
  say(`${name}: ready – ${findings.units.length} units in ${document.blocks.length} blocks`);
  return { id: model.id, name, digest: document.digest };
}

function showTable(acts: readonly Act[]): void {
  const rows = acts.map((act) => {
    const totals = act.frames.map((frame) => frame.totalMs);
    const other = (strategy: string): string => {
      const found = act.plan.alternatives.find((one) => one.strategy === strategy);
      return found ? ms(found.totalMs) : '–';
    };
    return [
      act.device,
      act.network,
      act.linkText,
      cutText(act.plan),
      ms(act.plan.predicted.totalMs),
      ms(percentile(totals, 0.5)),
      ms(percentile(totals, 0.95)),
      other('local'),
      other('cloud'),
      `${act.frames.length}`,
    ];
  });
  const head = [
    'device',
    'network',
    'uplink',
    'plan',
    'predicted',
    'measured',
    'p95',
    'local-only*',
    'cloud-only*',
    'frames',
  ];
  console.log(`\n${table(head, rows)}`);
  console.log(
    paint('dim', 'measured: median; * predicted for the same link. Device times are emulated.'),
  );
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

async function showHistory(service: Service): Promise<void> {
  const path = `/api/v1/devices/${DROP.device}/latency?bucket=10s&percentiles=50,95`;
  const answer = await service.request('GET', path);
  console.log(`\nGET ${path}`);
  console.log(JSON.stringify(answer, undefined, 1).split('\n').slice(0, 40).join('\n'));
}

/** Keeps everything running until Ctrl-C. */
async function stayOpen(service: Service): Promise<void> {
  console.log(`\nStill running; Ctrl-C ends it.
  REST   ${service.url}/api/v1/devices   (Authorization: Bearer ${service.operatorKey})
  docs   ${service.url}/docs
  MQTT   port ${service.mqttPort}`);
  await new Promise((resolve) => process.once('SIGINT', resolve));
}

const folder = await mkdtemp(join(tmpdir(), 'flotilla-demo-'));
try {
  await main(folder);
} finally {
  await rm(folder, { recursive: true, force: true });
}
