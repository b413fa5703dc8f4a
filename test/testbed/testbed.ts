/**
 * `npm run testbed`: the built service and built agents over emulated links and processors, every reference network under
 * every way to run it. Measures, and saves what it measured; nothing it made on the machine outlives it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '../../src/wire/index.js';
import { Service } from '../support/processes/processes.js';
import { chooseEmulation } from './emulation/choose-emulation.js';
import { slowdownText } from './emulation/emulation.js';
import type { Cell } from './grid/measure/grid.js';
import type { GridNetwork } from './grid/measure/grid-networks.js';
import { readOptions, type TestbedOptions } from './grid/measure/options.js';
import { type GridPlace, runNetwork } from './grid/measure/run-grid.js';
import { machineOf } from './grid/report/machine.js';
import { earlierResults, saveCells, saveResults, settingsText } from './grid/report/results.js';
import type { Results } from './grid/report/run-results.js';
import { gridText } from './grid/report/table.js';
import { runLive } from './live/run-live.js';
import { paint, say } from './terminal.js';

/** What is to be ended, last first. */
const ends: (() => Promise<unknown>)[] = [];

async function main(options: TestbedOptions): Promise<void> {
  const earlier = options.resumes ? await earlierResults(options) : undefined;
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-testbed-'));
  // A run that is broken off may be writing still.
  const patience = { maxRetries: 10, retryDelay: 200 };
  ends.push(() => rm(folder, { recursive: true, force: true, ...patience }));
  const emulation = await chooseEmulation(options.emulation, say);
  ends.push(() => emulation.end());
  // A core is left for the service and for what emulating a device takes: tails that share it would be measured slower than they are.
  const workers = Math.max(1, availableParallelism() - 1);
  const about = [
    ...emulation.about,
    slowdownText,
    `Cloud: ${workers} tail process${workers === 1 ? '' : 'es'} of one thread.`,
  ];
  console.log(`${paint('bold', 'Flotilla testbed')}: emulated devices.`);
  for (const sentence of about) console.log(sentence);
  const env = { FLOTILLA_WORKERS: `${workers}` };
  const service = await Service.start({ data: join(folder, 'cloud'), host: emulation.host, env });
  ends.push(() => service.stop());
  const onStarted = (stop: () => Promise<void>): void => {
    ends.push(stop);
  };
  const place = { service, emulation, folder, onStarted };
  if (options.live !== undefined) {
    const { live, networks, policies, out, command } = options;
    const [encoding = 'exact'] = policies;
    await runLive(place, { ...live, networks, encoding, out, command });
    return;
  }
  const results = await measure(
    place,
    options,
    earlier ?? {
      ...{ machine: machineOf(options.command), settings: settingsText(options) },
      ...{ about, skipped: [], cells: [] },
    },
  );
  console.log(`\n${gridText(results.cells)}`);
  for (const file of await saveResults(results, options)) say(`wrote ${file}`);
}

/** Network by network, each saved when it is done. One that cannot be measured is skipped, with its reason. */
async function measure(
  place: GridPlace,
  options: TestbedOptions,
  earlier: Results,
): Promise<Results> {
  let results = earlier;
  for (const network of options.networks) {
    if (results.cells.some((cell) => cell.network === network.name)) {
      say(`${network.name}: measured before`);
      continue;
    }
    const { cells, notes, skipped } = await measureOne(network, place, options);
    results = {
      ...results,
      about: [...results.about, ...notes.filter((note) => !results.about.includes(note))],
      skipped: [...results.skipped, ...skipped],
      cells: [...results.cells, ...cells],
    };
    await saveCells(results, options.out);
  }
  return results;
}

interface Outcome {
  readonly cells: readonly Cell[];
  readonly notes: readonly string[];
  readonly skipped: readonly string[];
}

async function measureOne(
  network: GridNetwork,
  place: GridPlace,
  options: TestbedOptions,
): Promise<Outcome> {
  try {
    const { cells, jpegBytes } = await runNetwork(network, place, options);
    return { cells, notes: jpegBytes === undefined ? [] : [cameraText(jpegBytes)], skipped: [] };
  } catch (error) {
    if (!(error instanceof Fault || isRefusal(error))) throw error;
    const reason = `${network.name}: ${(error as Error).message}`;
    say(`skipped ${reason}`);
    return { cells: [], notes: [], skipped: [reason] };
  }
}

/** The service refuses a network that it cannot run. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.message.includes('"code":"MODEL_');
}

function cameraText(jpegBytes: number): string {
  return (
    `Camera: JPEG files of 640 × 480, quality 88, ${(jpegBytes / 1000).toFixed(0)} KB (median), painted with texture and a sensor's noise. ` +
    'Every row is fed with them, so that Flotilla and the baselines may send the file, but *cloud-only, 8-bit image*: that is fed with the same pixels as PNG.'
  );
}

/** Ctrl-C, or a polite end by another process. */
const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
});
try {
  await Promise.race([
    readOptions(process.argv.slice(2)).then(main),
    interrupted.then(() => {
      process.exitCode = 130;
    }),
  ]);
} catch (error) {
  console.error(`The testbed failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  for (const end of ends.toReversed()) await end().catch((error) => console.error(String(error)));
}
process.exit();
