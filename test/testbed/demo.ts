/**
 * `npm run demo`: the cloud service and three emulated Pis behind shaped links, as real processes over real MQTT.
 * Each network runs on all three; half-way one link drops; plans, predictions and measurements are shown.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Service } from '../support/processes/processes.js';
import { EmulatedPi } from './fleet.js';
import { type DemoNetwork, ownProgramme, programmeOf } from './networks.js';
import { latencyHistory, tableOfActs } from './report.js';
import { type Act, type Network, playScene } from './scene.js';
import { paint, say } from './terminal.js';

const SLOWDOWN = 12;
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

const USAGE = `npm run demo [-- OPTIONS]
  --model FILE.onnx   another network than MobileNetV2 and the detector with three heads
  --frames N          frames under each state of a link (default 12)
  --keep              leave it running and show the addresses`;

interface DemoOptions {
  readonly model: string | undefined;
  readonly frames: number;
  readonly keep: boolean;
}

/** Throws naming the option that is unknown or wrong. */
function readOptions(): DemoOptions {
  const { values } = parseArgs({
    options: {
      model: { type: 'string' },
      frames: { type: 'string', default: '12' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit();
  }
  const frames = Number(values.frames);
  if (!Number.isInteger(frames) || frames < 1 || frames > 150) {
    throw new Error(`--frames ${values.frames}: is a whole number from 1 to 150`);
  }
  return { model: values.model, frames, keep: values.keep };
}

/** What is running and is to be ended, last first. */
const ends: (() => Promise<unknown>)[] = [];

async function main(options: DemoOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-demo-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  const { networks, inputs } = await (options.model === undefined
    ? ownProgramme(folder)
    : programmeOf(options.model, folder));
  const title = `three emulated Pis (their times stretched ×${SLOWDOWN}) and a cloud, over real MQTT`;
  console.log(`${paint('bold', 'Flotilla')}: ${title}\n`);
  const service = await Service.start({ data: join(folder, 'cloud') });
  ends.push(() => service.stop());
  say(`the service listens: REST ${service.url}, MQTT port ${service.mqttPort}`);
  const models: Network[] = [];
  for (const network of networks) models.push(await register(service, network));
  const pis = await startPis(service, folder, inputs);
  const acts: Act[] = [];
  for (const network of models) {
    say(paint('bold', `${network.name} on every device`));
    for (const [i, pi] of pis.entries()) pi.shaper.set({ uplinkMbps: LINKS[i]?.uplinkMbps ?? 1 });
    const scene = { service, pis, network, framesPerAct: options.frames, drop: DROP };
    acts.push(...(await playScene(scene)));
  }
  console.log(`\n${tableOfActs(acts)}`);
  console.log(`\n${await latencyHistory(service, DROP.device)}`);
  if (options.keep) await stayOpen(service);
}

async function startPis(
  service: Service,
  folder: string,
  inputs: readonly string[],
): Promise<EmulatedPi[]> {
  const pis: EmulatedPi[] = [];
  const sources = inputs.flatMap((input) => ['--input', input]);
  const args = [
    ...sources,
    '--loop',
    '--slowdown',
    `${SLOWDOWN}`,
    '--threads',
    '1',
    '--in-flight',
    '1',
  ];
  for (const { id, uplinkMbps } of LINKS) {
    const link = { uplinkMbps, downlinkMbps: DOWNLINK_MBPS, latencyMs: LATENCY_MS };
    const pi = await EmulatedPi.start(service, { id, link, folder, args });
    ends.push(() => pi.stop());
    pis.push(pi);
    say(`${id}: enrolled, started, uplink ${uplinkMbps} Mbps, ${LATENCY_MS} ms away`);
  }
  return pis;
}

/** Uploads a network with its manifest and waits for the verdict, printing the progress of the examination. */
async function register(service: Service, { name, onnx, manifest }: DemoNetwork): Promise<Network> {
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

/** Keeps everything running until Ctrl-C. */
async function stayOpen(service: Service): Promise<void> {
  console.log(`\nStill running; Ctrl-C ends it.
  REST   ${service.url}/api/v1/devices   (Authorization: Bearer ${service.operatorKey})
  docs   ${service.url}/docs
  MQTT   port ${service.mqttPort}`);
  await new Promise(() => undefined);
}

/** Ctrl-C ends the demo; what was started ends with it. */
const interrupted = new Promise<void>((resolve) => process.once('SIGINT', () => resolve()));
try {
  await Promise.race([main(readOptions()), interrupted]);
} catch (error) {
  console.error(`The demo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  for (const end of ends.toReversed()) await end().catch(() => undefined);
}
process.exit();
