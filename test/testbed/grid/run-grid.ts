/** Runs the grid: one network after the other on a device of its own, so that nothing but the testbed itself is in its way. */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { LinkSettings } from '../../support/link-shaper.js';
import type { Service } from '../../support/processes.js';
import type { Emulation } from '../emulation/emulation.js';
import { say } from '../terminal.js';
import { BenchDevice } from './bench-device.js';
import { type Cell, type MeasuredRow, ROWS } from './grid.js';
import type { GridNetwork } from './grid-networks.js';
import { cellLine, rowLine } from './progress.js';

/** Large networks load slowly on a slow processor. */
const FIRST_PLAN_MS = 300_000;

export interface GridOptions {
  readonly networks: readonly GridNetwork[];
  readonly links: readonly LinkSettings[];
  /** Frames of every row of a cell. */
  readonly frames: number;
  /** Every row is measured in so many parts, in turn with the others, so that a drift of the machine meets all alike. */
  readonly rounds: number;
}

export interface GridPlace {
  readonly service: Service;
  readonly emulation: Emulation;
  readonly folder: string;
  /** Hears what is to be stopped when the run is broken off. */
  readonly onStarted: (stop: () => Promise<void>) => void;
}

/** All cells of one network. */
export async function runNetwork(
  network: GridNetwork,
  { service, emulation, folder, onStarted }: GridPlace,
  options: GridOptions,
): Promise<Cell[]> {
  const { name, onnx, manifest, inputs } = await network.load(folder);
  say(`${name}: ${(onnx.length / 1e6).toFixed(1)} MB, being examined`);
  const model = await service.addModel(name, onnx, manifest);
  const id = `pi-${name}`.toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-');
  const secret = await service.addDevice(id, model);
  const args = [...inputs.flatMap((input) => ['--input', input]), '--loop'];
  const emulated = await emulation.start(service, { id, secret, data: join(folder, id), args });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= emulated.stop();
    return stopped;
  };
  onStarted(stop);
  const device = new BenchDevice(service, id, emulated);
  const { device: here, cloud } = await device.untilPlanned(FIRST_PLAN_MS);
  say(`${name}: profiled, ${here.length + cloud.length} blocks`);
  const cells: Cell[] = [];
  for (const link of options.links) {
    const load = loadavg()[0] ?? 0;
    await device.changeLink(link);
    const rows = await measureRows(device, options);
    const cell = { network: name, link, load, rows };
    say(cellLine(cell));
    cells.push(cell);
  }
  await stop();
  return cells;
}

async function measureRows(
  device: BenchDevice,
  { frames, rounds }: GridOptions,
): Promise<MeasuredRow[]> {
  const measured: MeasuredRow[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [i, row] of ROWS.entries()) {
      const part = await device.measure(row, Math.ceil(frames / rounds));
      const before = measured[i]?.frames ?? [];
      measured[i] = { ...part, frames: [...before, ...part.frames] };
      if (round === rounds - 1) say(rowLine(measured[i]));
    }
  }
  return measured;
}
