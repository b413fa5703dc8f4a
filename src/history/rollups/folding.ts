/**
 * Folds frames into the roll-ups they belong to, in the order they came in; so a frame that comes late goes where it belongs. It goes
 * to the levels that still cover its time, and nowhere else: below the mark of a level it would stand for all that was removed.
 *
 * A few rows at a time are read, added to and written, and last of all how far it came. Whatever is lost in between is done
 * again and adds nothing twice: each row knows the last frame that is in it.
 */
import { setImmediate as othersRun } from 'node:timers/promises';
import { linkClassOf } from '../../wire/index.js';
import type { CatalogueStore } from '../frames/catalogue.store.js';
import type { FramesStore, FrameTimes } from '../frames/frames.store.js';
import { type BinnedTimes, binnedTimes, type CellKey, Cells } from './cells.js';
import { type KnownKeys, OTHER_PLAN } from './known-keys.js';
import { type Marks, type MarksStore, marksForWriting } from './marks.store.js';
import { DAY_MS, floorTo, rollupLevels } from './rollup-levels.js';
import {
  type RollupKey,
  type RollupsStore,
  rollupName,
  type StoredRollup,
} from './rollups.store.js';
import type { StoredTraffic, TrafficDay, TrafficStore } from './traffic.store.js';

/** Frames of one step. */
const STEP_FRAMES = 20_000;
/** Rows read and written at once; some 20 ms of the thread. */
const STEP_ROWS = 250;

interface Addition {
  readonly seq: number;
  readonly key: CellKey;
  readonly times: BinnedTimes;
}

/** Frames that go into one roll-up. */
interface Target {
  readonly rollup: RollupKey;
  readonly additions: Addition[];
}

export class Folding {
  /** The last frame that is in the roll-ups; undefined: to be read from the database. */
  private progress: number | undefined;
  private running: Promise<boolean> = Promise.resolve(true);

  constructor(
    private readonly frames: FramesStore,
    private readonly rollups: RollupsStore,
    private readonly traffic: TrafficStore,
    private readonly keys: KnownKeys,
    private readonly marks: MarksStore,
    private readonly catalogue: CatalogueStore,
  ) {}

  /** The last frame that is in every roll-up it belongs to. */
  async upTo(): Promise<number> {
    this.progress ??= await this.rollups.progress();
    return this.progress;
  }

  /** Takes one step, after those of earlier calls; true when nothing is left. Rejects when the database is away; the next call goes on there. */
  step(): Promise<boolean> {
    const after = this.running.catch(() => true);
    this.running = after.then(() => this.takeStep());
    return this.running;
  }

  /** Runs a task between two steps: all rows are complete up to the same frame then. */
  between<T>(task: (upTo: number) => Promise<T>): Promise<T> {
    const after = this.running.catch(() => true);
    const ran = after.then(async () => task(await this.upTo()));
    this.running = ran.then(
      () => true,
      () => true,
    );
    return ran;
  }

  private async takeStep(): Promise<boolean> {
    const arrivals = await this.frames.arrivals(await this.upTo(), STEP_FRAMES);
    const last = arrivals.at(-1);
    if (last === undefined) return true;
    const marks = marksForWriting(await this.marks.read());
    if (marks.fleet === 0) await this.markFleet();
    const { devices, fleet } = targetsOf(await this.keys.of(arrivals), marks);
    for (const targets of [fleet, devices]) {
      for (let at = 0; at < targets.length; at += STEP_ROWS) {
        await this.write(targets.slice(at, at + STEP_ROWS), last.seq);
        await othersRun();
      }
    }
    const counted = arrivals.filter((frame) => dayOf(frame).dayMs >= marks.traffic);
    await this.writeTraffic(counted, last.seq);
    await this.rollups.saveProgress(last.seq);
    this.progress = last.seq;
    return arrivals.length < STEP_FRAMES;
  }

  /** Notes the first enrolment, before that device can be deleted with frames in the fleet's roll-ups; later ones are later. */
  private async markFleet(): Promise<void> {
    const fleet = await this.catalogue.firstEnrolledMs(undefined);
    if (fleet !== undefined) await this.marks.save({ fleet });
  }

  private async write(targets: readonly Target[], upTo: number): Promise<void> {
    const stored = await this.rollups.find(targets.map(({ rollup }) => rollup));
    const byName = new Map(stored.map((rollup) => [rollupName(rollup), rollup]));
    const changed = targets.flatMap(({ rollup, additions }) => {
      const old = byName.get(rollupName(rollup));
      const missing = additions.filter(({ seq }) => seq > (old?.seq ?? 0));
      return missing.length === 0 ? [] : [added(rollup, old, missing, upTo)];
    });
    if (changed.length > 0) await this.rollups.save(changed);
  }

  /** The same for what devices sent by days. */
  private async writeTraffic(arrivals: readonly FrameTimes[], upTo: number): Promise<void> {
    const days = [...daysOf(arrivals)];
    for (let at = 0; at < days.length; at += STEP_ROWS) {
      const step = days.slice(at, at + STEP_ROWS);
      const stored = await this.traffic.find(step.map(([, [first]]) => dayOf(first)));
      const byName = new Map(stored.map((row) => [nameOf(row), row]));
      const changed = step.flatMap(([name, frames]) => {
        const old = byName.get(name);
        const missing = frames.filter(({ seq }) => seq > (old?.seq ?? 0));
        const day = dayOf(frames[0]);
        return missing.length === 0 ? [] : [trafficOf(day, old, missing, upTo)];
      });
      if (changed.length > 0) await this.traffic.save(changed);
      await othersRun();
    }
  }
}

function added(
  rollup: RollupKey,
  old: StoredRollup | undefined,
  additions: readonly Addition[],
  upTo: number,
): StoredRollup {
  const cells = new Cells();
  if (old !== undefined) cells.read(old.cells);
  for (const { key, times } of additions) cells.of(key).add(times);
  return { ...rollup, seq: upTo, cells: cells.written() };
}

function additionOf({ seq, model, planVersion, outcome, uplinkMsPerByte, ...frame }: FrameTimes) {
  const key: CellKey = { model, planVersion, link: linkClassOf(uplinkMsPerByte), outcome };
  return { seq, key, times: binnedTimes(frame.measuredMs, frame.predictedMs) };
}

/** The roll-ups of devices that frames go into, and those of the fleet, of the levels that cover their times. */
function targetsOf(
  frames: readonly FrameTimes[],
  marks: Marks,
): { devices: Target[]; fleet: Target[] } {
  const devices = new Map<string, Target>();
  const fleet = new Map<string, Target>();
  for (const frame of frames) {
    const addition = additionOf(frame);
    // In the fleet's roll-ups versions of plans, which are a device's own, are put together.
    const ofFleet = { ...addition, key: { ...addition.key, planVersion: OTHER_PLAN } };
    for (const { name, ms: levelMs } of rollupLevels) {
      const startMs = floorTo(frame.startedMs, levelMs);
      if (startMs < marks[name]) continue;
      addTo(devices, { device: frame.device, levelMs, startMs }, addition);
      addTo(fleet, { device: undefined, levelMs, startMs }, ofFleet);
    }
  }
  return { devices: [...devices.values()], fleet: [...fleet.values()] };
}

function addTo(targets: Map<string, Target>, rollup: RollupKey, addition: Addition): void {
  const name = rollupName(rollup);
  const target = targets.get(name) ?? { rollup, additions: [] };
  targets.set(name, target);
  target.additions.push(addition);
}

type Frames = [FrameTimes, ...FrameTimes[]];

const dayOf = ({ device, startedMs }: FrameTimes): TrafficDay => {
  return { device, dayMs: floorTo(startedMs, DAY_MS) };
};

const nameOf = ({ device, dayMs }: TrafficDay): string => `${device} ${dayMs}`;

/** Frames by device and day. */
function daysOf(frames: readonly FrameTimes[]): Map<string, Frames> {
  const days = new Map<string, Frames>();
  for (const frame of frames) {
    const name = nameOf(dayOf(frame));
    const known = days.get(name);
    if (known === undefined) days.set(name, [frame]);
    else known.push(frame);
  }
  return days;
}

/** A day with frames added to what was stored of it. */
function trafficOf(
  day: TrafficDay,
  old: StoredTraffic | undefined,
  frames: readonly FrameTimes[],
  upTo: number,
): StoredTraffic {
  const { frames: count = 0, sentBytes = 0, firstMs = Number.POSITIVE_INFINITY } = old ?? {};
  return {
    ...{ ...day, seq: upTo, frames: count + frames.length },
    sentBytes: frames.reduce((sum, frame) => sum + frame.sentBytes, sentBytes),
    firstMs: frames.reduce((first, { startedMs }) => Math.min(first, startedMs), firstMs),
  };
}
