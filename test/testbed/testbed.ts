/**
 * `npm run testbed`: the built service and built agents over emulated links and processors, every reference network under
 * every way to run it. Measures, and saves what it measured; nothing it made on the machine outlives it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Service } from '../support/processes.js';
import { chooseEmulation } from './emulation/choose-emulation.js';
import type { Cell } from './grid/grid.js';
import { machineOf } from './grid/machine.js';
import { offerOf } from './grid/offer.js';
import { readOptions, type TestbedOptions } from './grid/options.js';
import { saveResults } from './grid/results.js';
import { runNetwork } from './grid/run-grid.js';
import { gridTable, predictionText } from './grid/table.js';
import { paint, say } from './terminal.js';

/** What is to be ended, last first. */
const ends: (() => Promise<unknown>)[] = [];

async function main(options: TestbedOptions): Promise<void> {
  const machine = machineOf(options.command);
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-testbed-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  const emulation = await chooseEmulation(options.emulation, say);
  ends.push(() => emulation.end());
  console.log(`${paint('bold', 'Flotilla testbed')}: emulated devices.`);
  for (const sentence of emulation.about) console.log(sentence);
  const service = await Service.start({ data: join(folder, 'cloud'), host: emulation.host });
  ends.push(() => service.stop());
  const offer = await offerOf(service);
  for (const reason of offer.skipped) say(`skipped: ${reason}`);
  const cells: Cell[] = [];
  const onStarted = (stop: () => Promise<void>): void => {
    ends.push(stop);
  };
  for (const network of options.networks) {
    const place = { service, offer, emulation, folder, onStarted };
    cells.push(...(await runNetwork(network, place, options)));
  }
  console.log(`\n${gridTable(cells)}\n\n${predictionText(cells)}`);
  const { about } = emulation;
  const results = { machine, about, skipped: offer.skipped, cells };
  for (const file of await saveResults(results, options)) say(`wrote ${file}`);
}

/** Ctrl-C, or a polite end by another process. */
const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
});
try {
  await Promise.race([
    readOptions().then(main),
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
