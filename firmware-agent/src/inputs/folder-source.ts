/**
 * Runs frames over files: in order, as often as asked, and after an interruption from where it stopped, under the same ids. A file
 * during which the agent ended twice is passed over.
 */
import { createHash } from 'node:crypto';
import { monotonicMs, pause, untilAborted } from '../clock.js';
import type { Ledger } from '../disk/ledger.js';
import { attemptsOf, type OpenFrame } from '../disk/ledger-entry.js';
import type { FrameQueue } from '../frames/queue/frame-queue.js';
import type { FrameRequest } from '../frames/queue/frame-work.js';
import type { Log } from '../log.js';
import { readInputFile } from './frame-input.js';
import type { FrameFiles } from './input-files.js';

/** A frame that was begun so often, by processes that ended during it, is not begun again. */
const MAX_ATTEMPTS = 2;

export interface FolderRun {
  /** How many frames in all; Infinity repeats for ever. */
  readonly count: number;
  readonly intervalMs: number;
  readonly startOver: boolean;
}

/** Runs the interrupted frames, then those not begun; resolves when all are done, or the signal aborts. */
export async function runFiles(
  frames: readonly FrameFiles[],
  run: FolderRun,
  interrupted: readonly OpenFrame[],
  { ledger, queue, log }: { ledger: Ledger; queue: FrameQueue; log: Log },
  signal: AbortSignal,
): Promise<void> {
  const first = ledger.currentRun()?.next ?? 0;
  if (first > 0) {
    log.info(`going on with frame ${first + 1 - interrupted.length} of an interrupted run`);
  }
  let broken: { readonly error: unknown } | undefined;
  const begin = async (request: FrameRequest): Promise<void> => {
    const { begun, report } = queue.submit(request);
    report.catch((error: unknown) => {
      broken ??= { error };
    });
    await begun.catch(() => undefined);
    if (broken !== undefined && !signal.aborted) throw broken.error;
  };
  // Alone: if the process ends again, it is known during which frame.
  for (const { frame, position = 0 } of interrupted) {
    if (signal.aborted) return;
    await begin({ ...requestAt(frames, position, run), frame });
    await Promise.race([queue.settled(), untilAborted(signal)]);
  }
  const passedOver = new Set(ledger.currentRun()?.passedOver);
  if (passedOver.size === frames.length) log.error('no file is left that did not end the agent');
  for (let position = first; position < run.count && !signal.aborted; position++) {
    if (passedOver.size === frames.length) await untilAborted(signal);
    if (passedOver.has(position % frames.length)) continue;
    const startMs = monotonicMs();
    await begin(requestAt(frames, position, run));
    await pause(Math.max(0, startMs + run.intervalMs - monotonicMs()), signal);
  }
  await Promise.race([queue.settled(), untilAborted(signal)]);
  if (signal.aborted) return;
  if (broken !== undefined) throw broken.error;
  ledger.setRun(null);
}

/** Frames of an interrupted run. */
export interface Interrupted {
  /** To run again. */
  readonly again: readonly OpenFrame[];
  /** The agent ended during them too often. */
  readonly abandoned: readonly OpenFrame[];
}

/** Takes up the run in the ledger when it is over the same files, else begins one; its frames that were not finished. */
export function takeUpRun(
  frames: readonly FrameFiles[],
  run: FolderRun,
  ledger: Ledger,
): Interrupted {
  const key = runKey(frames, run.count);
  if (run.startOver || ledger.currentRun()?.key !== key) {
    ledger.setRun({ key, next: 0 });
    return { again: [], abandoned: [] };
  }
  const open = ledger.openFrames().filter(({ position }) => position !== undefined);
  const abandoned = open.filter((frame) => attemptsOf(frame) >= MAX_ATTEMPTS);
  passOver(abandoned, frames.length, ledger);
  return { again: open.filter((frame) => !abandoned.includes(frame)), abandoned };
}

function passOver(abandoned: readonly OpenFrame[], files: number, ledger: Ledger): void {
  const run = ledger.currentRun();
  if (run === null || abandoned.length === 0) return;
  const places = abandoned.map(({ position = 0 }) => position % files);
  ledger.setRun({ ...run, passedOver: [...new Set([...(run.passedOver ?? []), ...places])] });
}

function runKey(frames: readonly FrameFiles[], count: number): string {
  const text = JSON.stringify([count, frames.map(({ files }) => files)]);
  return createHash('sha256').update(text).digest('hex');
}

function requestAt(
  frames: readonly FrameFiles[],
  position: number,
  { count }: FolderRun,
): FrameRequest {
  const { source, files } = frames[position % frames.length] as FrameFiles;
  const load = () => Promise.all(files.map(({ name, path }) => readInputFile(name, path)));
  return { source, load, position, isListed: Number.isFinite(count) };
}
