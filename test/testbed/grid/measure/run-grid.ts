/** Runs the grid: one network after the other on devices of its own, so that nothing but the testbed itself is in its way. */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { LinkSettings } from '../../../support/mqtt/link-shaper.js';
import type { Service } from '../../../support/processes/processes.js';
import type { DeviceOptions, Emulation } from '../../emulation/emulation.js';
import { say } from '../../terminal.js';
import { cellLine, rowLine } from '../report/progress.js';
import { BenchDevice, type TurnLength } from './bench-device.js';
import { FrameLog } from './frame-log.js';
import type { Cell, Feed, Mode, Policy } from './grid.js';
import type { GridNetwork, LoadedNetwork } from './grid-networks.js';
import { ReferenceAnswers } from './reference-answers.js';
import { RowInMaking } from './row-in-making.js';
import { cellsOf, modeArgs, type Session, sessionsOf, type Taken } from './sessions.js';

/** Large networks load slowly on a slow processor. */
const FIRST_PLAN_MS = 300_000;

export interface GridOptions {
  readonly networks: readonly GridNetwork[];
  readonly links: readonly LinkSettings[];
  readonly modes: readonly Mode[];
  readonly policies: readonly Policy[];
  /** Frames of every row of a cell. */
  readonly frames: number;
  /** Number of turns of every row, with the other rows in between; half as many, but longer ones, for streams. */
  readonly rounds: number;
}

export interface GridPlace {
  readonly service: Service;
  readonly emulation: Emulation;
  readonly folder: string;
  /** Hears what is to be stopped when the run is broken off. */
  readonly onStarted: (stop: () => Promise<void>) => void;
}

/** A network as it was measured, with what its pictures weigh. */
export interface MeasuredNetwork {
  readonly cells: readonly Cell[];
  readonly jpegBytes: number | undefined;
}

/** All cells of one network. Rejects with what is wrong with a network that cannot be measured. */
export async function runNetwork(
  network: GridNetwork,
  place: GridPlace,
  options: GridOptions,
): Promise<MeasuredNetwork> {
  const loaded = await network.load(place.folder);
  const { name, onnx, manifest, jpegBytes } = loaded;
  say(`${name}: ${(onnx.length / 1e6).toFixed(1)} MB, being examined`);
  const model = await place.service.addModel(name, onnx, manifest);
  const reference = await ReferenceAnswers.of(loaded.unsplit, loaded.frames, loaded.classes);
  const feeds = [...loaded.feeds.keys()];
  const devices = await devicesFor(name, feeds, model, place.service);
  const taken: Taken[] = [];
  for (const session of sessionsOf(feeds, options.modes, options.policies)) {
    const registered = { loaded, model, reference, devices };
    taken.push(...(await runSession(session, registered, place, options)));
  }
  const cells = cellsOf(name, taken, options);
  for (const cell of cells) say(cellLine(cell));
  return { cells, jpegBytes };
}

interface Registered {
  readonly loaded: LoadedNetwork;
  readonly model: string;
  readonly reference: ReferenceAnswers;
  readonly devices: ReadonlyMap<Feed, Registration>;
}

type Registration = Pick<DeviceOptions, 'id' | 'secret'>;

/** The rows of one agent at every link. */
async function runSession(
  session: Session,
  { loaded, model, reference, devices }: Registered,
  place: GridPlace,
  options: GridOptions,
): Promise<Taken[]> {
  const { service, folder } = place;
  const { mode, feed } = session;
  const device = devices.get(feed);
  if (device === undefined) throw new Error(`no device is fed with ${feed}`);
  const sources = (loaded.feeds.get(feed) ?? []).flatMap((input) => ['--input', input]);
  const log = new FrameLog(reference);
  const { emulated, stop } = await start(place, {
    ...device,
    data: join(folder, device.id),
    args: [...sources, '--loop', '--start-over', '--json', '--outputs', ...modeArgs(mode)],
    onLine: log.take,
  });
  const bench = new BenchDevice(service, device.id, emulated, log);
  const { device: here, cloud } = await bench.untilPlanned(FIRST_PLAN_MS);
  say(`${loaded.name}, ${mode}, ${feed}: profiled, ${here.length + cloud.length} blocks`);
  const taken: Taken[] = [];
  for (const link of options.links) {
    const load = loadavg()[0] ?? 0;
    await bench.changeLink(link);
    for (const row of await measureRows(bench, session, { model, service }, options)) {
      const measured = row.finished();
      say(rowLine(loaded.name, link, mode, measured));
      taken.push({ mode, task: row.task, rate: link.uplinkMbps, load, measured });
    }
  }
  await stop();
  return taken;
}

/** All rows in turn, round by round. */
async function measureRows(
  bench: BenchDevice,
  { mode, tasks, feed }: Session,
  { model, service }: { readonly model: string; readonly service: Service },
  { frames, rounds }: GridOptions,
): Promise<RowInMaking[]> {
  const rows = tasks.map((task) => new RowInMaking(task, feed));
  let policy: Policy | undefined;
  const turns = mode === 'stream' ? Math.ceil(rounds / 2) : rounds;
  for (let round = 0; round < turns; round++) {
    for (const row of rows) {
      if (row.task.policy !== policy) {
        policy = row.task.policy;
        await service.request('PATCH', `/api/v1/models/${model}`, { policy });
      }
      const length = turnLength(mode, Math.ceil(frames / rounds), round === 0);
      row.add(await bench.measure(row.task.row.strategy, length));
    }
  }
  return rows;
}

/** A slow row gets fewer frames, for the sake of the others' time; a stream's rate needs some seconds, however quick it is. */
function turnLength(mode: Mode, frames: number, isFirst: boolean): TurnLength {
  return mode === 'stream'
    ? { settlingFrames: isFirst ? 7 : 5, frames: 5, minMs: 3000, maxMs: 3000, minFrames: 5 }
    : { settlingFrames: isFirst ? 2 : 1, frames, minMs: 0, maxMs: 2500, minFrames: 3 };
}

/** One device for each feed: the service remembers how long the files of a device's camera are. */
async function devicesFor(
  network: string,
  feeds: readonly Feed[],
  model: string,
  service: Service,
): Promise<ReadonlyMap<Feed, Registration>> {
  const devices = new Map<Feed, Registration>();
  for (const feed of feeds) {
    const id = `pi-${network}-${feed}`.toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-');
    devices.set(feed, { id, secret: await service.addDevice(id, model) });
  }
  return devices;
}

/** Starts a device that is stopped exactly once, by the first of its users that ends. */
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
