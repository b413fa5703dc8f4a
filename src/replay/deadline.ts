/** A case replayed for a deadline: by its chance, by expected latency, by every fixed row, and with the whole trace known. */
import { type DeadlineGoal, LinkEstimator, LinkForecast, latencyOver } from '../wire/index.js';
import { Adaptive, FixedRow } from './policies.js';
import { localRow, type ReplayCase, type Replayed, replayWith } from './replay.js';
import { bytesPerFrame, lateFrames } from './summary.js';

/** What a policy did, from 0 to 1 and in bytes a frame. */
export interface DeadlineReplay {
  /** Share of frames that ended after the deadline. */
  readonly missed: number;
  /** Bytes of the chosen row, on average; frames that ended on the device count in full, probes do not count. */
  readonly bytes: number;
}

export interface DeadlineReplays {
  readonly chance: DeadlineReplay;
  readonly expected: DeadlineReplay;
  /** The one row that misses least in hindsight. */
  readonly fixed: DeadlineReplay;
  /** Share of frames that no row and no fallback would have brought in time. */
  readonly hopeless: number;
}

/** Replays a case with rows chosen by their chance of being late; the device finishes frames itself when the deadline is near. */
export function chanceReplay(one: ReplayCase, goal: DeadlineGoal): DeadlineReplay {
  const policy = new Adaptive(one.rows, localRow(one.rows), new LinkForecast(), {
    aim: { deadline: goal },
  });
  return judged(one, replayWith(one, policy, new LinkEstimator()), goal.deadlineMs);
}

/** Replays a case under all of them; every device finishes frames itself when the deadline is near. */
export function deadlineReplays(one: ReplayCase, goal: DeadlineGoal): DeadlineReplays {
  const local = localRow(one.rows);
  const { deadlineMs } = goal;
  const flown = (policy: Adaptive | FixedRow): DeadlineReplay =>
    judged(one, replayWith(one, policy, new LinkEstimator()), deadlineMs);
  const chance = chanceReplay(one, goal);
  const expected = flown(new Adaptive(one.rows, local, new LinkForecast(), { deadlineMs }));
  const fixed = one.rows
    .map((_, row) => flown(new FixedRow(row, deadlineMs)))
    .reduce((best, next) => (next.missed < best.missed ? next : best));
  return { chance, expected, fixed, hopeless: hopelessShare(one, local, deadlineMs) };
}

function judged({ rows }: ReplayCase, replayed: Replayed, deadlineMs: number): DeadlineReplay {
  const missed = lateFrames(replayed, deadlineMs) / Math.max(1, replayed.frames.length);
  return { missed, bytes: bytesPerFrame(replayed, rows) };
}

/** Frames at every picture of the camera, each as if it ran alone. */
function hopelessShare(
  { rows, trace, periodMs, lastsMs }: ReplayCase,
  local: number,
  deadlineMs: number,
): number {
  if ((rows[local]?.ownMs ?? 0) <= deadlineMs) return 0;
  let [frames, hopeless] = [0, 0];
  for (let atMs = 0; atMs < lastsMs; atMs += periodMs) {
    frames += 1;
    const leastMs = rows.map((times) => {
      let freeMs = atMs;
      return latencyOver(times, (readyMs, bytes) => {
        freeMs = trace.endOf(Math.max(freeMs, atMs + readyMs), bytes);
        return freeMs - atMs;
      });
    });
    if (Math.min(...leastMs) > deadlineMs) hopeless += 1;
  }
  return hopeless / Math.max(1, frames);
}
