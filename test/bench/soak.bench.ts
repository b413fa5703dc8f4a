/**
 * Full speed for minutes: the built service and real agents with streams in flight, models re-assigned and links cut on the way.
 * Fails when a process's memory grows, or descriptors, threads, children, sessions or frames are left behind.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/processes/processes.js';
import type { BenchOptions } from './bench-options.js';
import { table } from './measure.js';
import { SoakFleet } from './soak/soak-fleet.js';
import { growth, medianOf, slopePerMinute } from './soak/trend.js';
import { Watch } from './soak/watch.js';

const MINUTE_MS = 60_000;
/**
 * What memory may grow by, in all and a minute. Collected and uncollected, a process swings by a tenth of its size, and a
 * heap by 20 MB, within minutes, so that less growth than that says nothing: a longer run finds a smaller leak.
 */
const MAX_GROWTH_SHARE = 0.1;
const MAX_GROWTH_MB = 20;
const MAX_MB_PER_MINUTE = 2;
/** What counts may grow by: connections that are just being made, a timer more. */
const MAX_MORE: Readonly<Record<string, number>> = {
  ...{ descriptors: 3, sockets: 3, threads: 1, children: 0, sessions: 0, handles: 5 },
};
/** Part of the time in which sessions open and compilers work. */
const WARM_UP_SHARE = 0.2;
const FIFTHS = [0, 1, 2, 3, 4];
/** A model is re-assigned and a link is cut so often. */
const UPSETS = 6;
const CUT_MS = 2000;

/** Prints a row for every process and quantity; answers with what grew. */
export async function soak({ isShort, minutes }: BenchOptions): Promise<string[]> {
  const forMs = (minutes ?? (isShort ? 0.25 : 10)) * MINUTE_MS;
  const networks = isShort ? ['tiny-chain', 'tiny-fork'] : ['squeezenet', 'mobilenetv2'];
  const fleet = await SoakFleet.start(networks, isShort ? 2 : 3);
  try {
    await eventually('frames of all agents', () => haveAll(fleet), MINUTE_MS);
    const watch = new Watch(fleet);
    const framesBefore = fleet.frames;
    const end = new AbortController();
    const upsets = upset(fleet, forMs / UPSETS, end.signal);
    const endMs = performance.now() + forMs;
    while (performance.now() < endMs) {
      await watch.look();
      await fleet.service.process.whileRunning(sleep(isShort ? 500 : 2000));
    }
    end.abort();
    await upsets;
    const rate = (1000 * (fleet.frames - framesBefore)) / forMs;
    const problems = report(watch, forMs, isShort);
    console.log(`\n${rate.toFixed(1)} frames/s: ${outcomesText(fleet)}.`);
    console.log(`${UPSETS - 1} re-assignments of a model and as many cuts of a link on the way.`);
    return [...problems, ...fleet.warnings, ...(await leftovers(fleet, watch))];
  } finally {
    await fleet.end();
  }
}

function haveAll({ agents }: SoakFleet): true | undefined {
  return agents.every(({ outcomes }) => (outcomes.cloud ?? 0) > 5) ? true : undefined;
}

/** The first agent's model changes and the last one's link is cut, over and over. */
async function upset(fleet: SoakFleet, everyMs: number, signal: AbortSignal): Promise<void> {
  const first = fleet.agents.at(0);
  const last = fleet.agents.at(-1);
  for (let i = 1; i < UPSETS; i++) {
    const isOver = await sleep(everyMs, false, { signal }).catch(() => true);
    if (isOver) return;
    const model = fleet.models[i % fleet.models.length];
    await fleet.service.request('PATCH', `/api/v1/devices/${first?.id}`, { model });
    last?.link.cut();
    await sleep(CUT_MS);
    last?.link.restore();
  }
}

function report({ series }: Watch, forMs: number, isShort: boolean): string[] {
  const problems: string[] = [];
  const rows = [...series].flatMap(([name, quantities]) =>
    [...quantities].map(([quantity, samples]) => {
      const warm = samples.filter(({ atMs }) => atMs >= WARM_UP_SHARE * forMs);
      const perMinute = slopePerMinute(warm);
      const max = MAX_MORE[quantity];
      const isGrowing =
        max === undefined
          ? perMinute > MAX_MB_PER_MINUTE &&
            growth(warm) > Math.max(MAX_GROWTH_MB, MAX_GROWTH_SHARE * medianOf(warm))
          : growth(warm) > max;
      if (isGrowing && !isShort) {
        const text = `${perMinute.toFixed(2)} a minute, ${growth(warm).toFixed(1)} in all`;
        problems.push(`${quantity} of ${name} grows by ${text}`);
      }
      const fifths = FIFTHS.map((fifth) =>
        samples.filter(({ atMs }) => Math.min(4, Math.floor((5 * atMs) / forMs)) === fifth),
      );
      const medians = fifths.map((values) => medianOf(values).toFixed(0)).join(' / ');
      return [name, quantity, medians, perMinute.toFixed(2)];
    }),
  );
  console.log(table(['process', 'quantity', 'medians of fifths', 'per minute, when warm'], rows));
  return problems;
}

/** What the service still holds when all agents have gone. */
async function leftovers(fleet: SoakFleet, watch: Watch): Promise<string[]> {
  await fleet.stopAgents();
  let held: readonly (readonly [string, number])[] = [];
  const look = async (): Promise<true | undefined> => {
    const { broker = {}, frames = {} } = (await watch.load()).parts;
    const names = { ...broker, ...frames };
    held = ['sessions', 'connections', 'open', 'running', 'heldBytes'].map(
      (name) => [name, names[name] ?? 0] as const,
    );
    return held.every(([, count]) => count === 0) ? true : undefined;
  };
  await eventually('the service to hold nothing', look, 10_000).catch(() => undefined);
  return held
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => `${count} ${name} are left without any agent`);
}

function outcomesText({ agents }: SoakFleet): string {
  const counts: Record<string, number> = {};
  for (const { outcomes } of agents) {
    for (const [outcome, count] of Object.entries(outcomes)) {
      counts[outcome] = (counts[outcome] ?? 0) + count;
    }
  }
  return Object.entries(counts)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ');
}
