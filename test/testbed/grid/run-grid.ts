/** Runs the grid: one network after the other on a device of its own, so that nothing but the testbed itself is in its way. */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { LinkSettings } from '../../support/link-shaper.js';
import type { Service } from '../../support/processes.js';
import type { DeviceOptions, Emulation } from '../emulation/emulation.js';
import { say } from '../terminal.js';
import { BenchDevice } from './bench-device.js';
import { type Cell, type MeasuredRow, type Mode, type Precision, ROWS, type Row } from './grid.js';
import type { GridNetwork } from './grid-networks.js';
import { modeArgs, type Offer } from './offer.js';
import { cellLine, rowLine } from './progress.js';

/** Large networks load slowly on a slow processor. */
const FIRST_PLAN_MS = 300_000;

export interface GridOptions {
  readonly networks: readonly GridNetwork[];
  readonly links: readonly LinkSettings[];
  /** Of these, what the system offers is measured. */
  readonly modes: readonly Mode[];
  readonly precisions: readonly Precision[];
  /** Frames of every row of a cell. */
  readonly frames: number;
  /** Every row is measured in so many parts, in turn with the others, so that a drift of the machine meets all alike. */
  readonly rounds: number;
}

export interface GridPlace {
  readonly offer: Offer;
  readonly service: Service;
  readonly emulation: Emulation;
  readonly folder: string;
  /** Hears what is to be stopped when the run is broken off. */
  readonly onStarted: (stop: () => Promise<void>) => void;
}

/** All cells of one network, on a device of its own. */
export async function runNetwork(
  network: GridNetwork,
  place: GridPlace,
  options: GridOptions,
): Promise<Cell[]> {
  const { service, offer, folder } = place;
  const modes = offer.modes.filter((mode) => options.modes.includes(mode));
  const precisions = offer.precisions.filter((one) => options.precisions.includes(one));
  const { name, onnx, manifest, inputs } = await network.load(folder);
  say(`${name}: ${(onnx.length / 1e6).toFixed(1)} MB, being examined`);
  const model = await service.addModel(name, onnx, manifest);
  const id = `pi-${name}`.toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-');
  const secret = await service.addDevice(id, model);
  const cells: Cell[] = [];
  for (const mode of modes) {
    const sources = inputs.flatMap((input) => ['--input', input]);
    const args = [...sources, '--loop', ...modeArgs(mode, offer)];
    const { emulated, stop } = await start(place, { id, secret, data: join(folder, id), args });
    const device = new BenchDevice(service, id, emulated);
    const { device: here, cloud } = await device.untilPlanned(FIRST_PLAN_MS);
    say(`${name}: profiled, ${here.length + cloud.length} blocks`);
    for (const precision of precisions) {
      if (precision !== 'exact' || precisions.length > 1) await allow(service, model, precision);
      for (const link of options.links) {
        const before = cells.find((one) => one.link === link && one.precision === precision);
        const measured = await measureCell(device, { link, mode }, options, before);
        const cell = { network: name, precision, ...measured };
        say(cellLine(cell));
        cells.push(cell);
      }
    }
    await stop();
  }
  return cells;
}

/** Starts a device that is stopped once, by whoever comes first. */
async function start({ emulation, service, onStarted }: GridPlace, options: DeviceOptions) {
  const emulated = await emulation.start(service, options);
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= emulated.stop();
    return stopped;
  };
  onStarted(stop);
  return { emulated, stop };
}

async function allow(service: Service, model: string, policy: Precision): Promise<void> {
  await service.request('PATCH', `/api/v1/models/${model}`, { policy });
}

/** Partition-only is one frame after another by its nature: a stream takes it from the cell of single frames. */
async function measureCell(
  device: BenchDevice,
  { link, mode }: { readonly link: LinkSettings; readonly mode: Mode },
  options: GridOptions,
  before: Cell | undefined,
): Promise<Omit<Cell, 'network' | 'precision'>> {
  const load = loadavg()[0] ?? 0;
  await device.changeLink(link);
  if (mode === 'frames')
    return { link, mode, load, rows: await measureRows(device, ROWS, options) };
  const rows = ROWS.filter(({ strategy }) => strategy !== 'min-cut');
  const kept = before?.rows.filter(({ row }) => row.strategy === 'min-cut') ?? [];
  return { link, mode, load, rows: [...kept, ...(await measureRows(device, rows, options))] };
}

async function measureRows(
  device: BenchDevice,
  rows: readonly Row[],
  { frames, rounds }: GridOptions,
): Promise<MeasuredRow[]> {
  const measured: MeasuredRow[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [i, row] of rows.entries()) {
      const part = await device.measure(row, Math.ceil(frames / rounds));
      measured[i] = joined(measured[i], part, round);
      if (round === rounds - 1) say(rowLine(measured[i]));
    }
  }
  return measured;
}

/** A row's parts so far, and one more. */
function joined(before: MeasuredRow | undefined, part: MeasuredRow, parts: number): MeasuredRow {
  if (before === undefined) return part;
  const periodMs = (before.periodMs * parts + part.periodMs) / (parts + 1);
  return { ...part, frames: [...before.frames, ...part.frames], periodMs };
}
