/**
 * A camera of one picture a second in an unchanging world: the built service and a real agent behind an emulated link. Counts the plan
 * documents by cause. Fails when there are more than two an hour after the first five minutes, or more than six in any minute.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/processes/processes.js';
import type { BenchOptions } from '../bench-options.js';
import { table } from '../measure.js';
import { type PlanDocument, SteadyScene } from './steady-scene.js';

const MINUTE_MS = 60_000;
const FIRST_MINUTES = 5;
const LOOK_MS = 10_000;
const PER_HOUR = 2;
const PER_MINUTE = 6;
const INTERVAL_MS = 1000;

/** Prints documents by five minutes and cause; answers with bounds that are not met. */
export async function steady({ isShort, minutes }: BenchOptions): Promise<string[]> {
  const forMinutes = minutes ?? (isShort ? 0.1 : 65);
  const scene = await SteadyScene.start(isShort ? 'tiny-chain' : 'squeezenet', INTERVAL_MS);
  try {
    await eventually('frames', () => (scene.frames > 3 ? true : undefined), MINUTE_MS);
    const [startMs, framesBefore] = [Date.now(), scene.frames];
    const endMs = startMs + forMinutes * MINUTE_MS;
    while (Date.now() < endMs) {
      await sleep(Math.min(LOOK_MS, Math.max(0, endMs - Date.now())));
      await scene.look();
    }
    const documents = [...scene.documents.values()];
    console.log(byFiveMinutes(documents, startMs, forMinutes));
    for (const { version, atMs, cause } of documents) {
      const second = ((atMs - startMs) / 1000).toFixed(0);
      console.log(`- ${second} s: version ${version}, ${cause.code}: ${cause.text}`);
    }
    const frames = scene.frames - framesBefore;
    console.log(`\n${documents.length} documents, ${frames} frames in ${forMinutes} minutes.`);
    return [...problemsOf(documents, startMs, forMinutes), ...(frames > 0 ? [] : ['no frames'])];
  } finally {
    await scene.end();
  }
}

function byFiveMinutes(
  documents: readonly PlanDocument[],
  startMs: number,
  forMinutes: number,
): string {
  const codes = [...new Set(documents.map(({ cause }) => cause.code))].sort();
  const parts = Math.ceil(forMinutes / FIRST_MINUTES);
  const rows = Array.from({ length: parts }, (_, part) => {
    const fromMs = startMs + part * FIRST_MINUTES * MINUTE_MS;
    // Documents from before the first frame belong to the first part.
    const own = documents.filter(({ atMs }) => {
      const isAfter = part === 0 || atMs >= fromMs;
      return isAfter && atMs < fromMs + FIRST_MINUTES * MINUTE_MS;
    });
    const counts = codes.map((code) => own.filter(({ cause }) => cause.code === code).length);
    return [`${part * FIRST_MINUTES}–${(part + 1) * FIRST_MINUTES}`, own.length, ...counts];
  });
  return table(['minutes', 'documents', ...codes], rows);
}

function problemsOf(
  documents: readonly PlanDocument[],
  startMs: number,
  forMinutes: number,
): string[] {
  if (documents.length === 0) return ['the device got no plan'];
  const problems: string[] = [];
  const later = documents.filter(({ atMs }) => atMs >= startMs + FIRST_MINUTES * MINUTE_MS);
  const hours = Math.max(1, Math.ceil((forMinutes - FIRST_MINUTES) / 60));
  if (later.length > PER_HOUR * hours) {
    problems.push(`${later.length} documents after the first ${FIRST_MINUTES} minutes`);
  }
  const most = Math.max(
    ...documents.map(({ atMs: fromMs }) => {
      return documents.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + MINUTE_MS).length;
    }),
  );
  // The first plan has no budget.
  if (most > PER_MINUTE + 1) problems.push(`${most} documents in a minute`);
  return problems;
}
