/** How the benchmark of cameras judges pictures: no picture that was dropped, or that waited, looks quick. */
import { describe, expect, it } from 'vitest';
import { type CameraFrame, inTime, judgePictures } from './bench/adapt/judged-pictures.js';

const START_MS = Date.parse('2026-01-01T00:00:00Z');
const ALL = { fromMs: 0, toMs: Number.POSITIVE_INFINITY };

/** A frame that takes its picture at a time after the start. */
function frameAt(takenMs: number, totalMs: number, outcome = 'cloud'): CameraFrame {
  const prepareMs = 5;
  const at = new Date(START_MS + takenMs + prepareMs).toISOString();
  return { at, prepareMs, totalMs, outcome };
}

const sentEvery = (intervalMs: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => START_MS + i * intervalMs);

describe('pictures of a camera', () => {
  it('are in time when each gets its answer within the deadline', () => {
    const sent = sentEvery(100, 10);
    const judged = judgePictures(
      sent,
      sent.map((ms) => frameAt(ms - START_MS + 2, 50)),
      ALL,
    );
    expect(judged).toEqual({ pictures: 10, latenciesMs: Array(10).fill(57), fallbacks: 0 });
    expect([inTime(judged, 57), inTime(judged, 56)]).toEqual([1, 0]);
  });

  it('are late when a newer one replaced them', () => {
    const judged = judgePictures(
      sentEvery(100, 10),
      [0, 200, 400, 600, 800].map((ms) => frameAt(ms, 150)),
      ALL,
    );
    expect(judged.latenciesMs).toHaveLength(5);
    expect(inTime(judged, 1000)).toBe(0.5);
  });

  it('have waited for the beginning of their frame', () => {
    const judged = judgePictures(sentEvery(100, 1), [frameAt(90, 20)], ALL);
    expect(judged.latenciesMs).toEqual([115]);
  });

  it('are not answered by a frame that failed, nor by a second one', () => {
    const frames = [frameAt(1, 20, 'failed'), frameAt(2, 20), frameAt(101, 20, 'local-fallback')];
    const judged = judgePictures(sentEvery(100, 2), frames, ALL);
    expect(judged).toEqual({ pictures: 2, latenciesMs: [26], fallbacks: 1 });
  });

  it('count by the time at which they were sent', () => {
    const window = { fromMs: START_MS + 100, toMs: START_MS + 300 };
    const sent = sentEvery(100, 5);
    const frames = sent.map((ms) => frameAt(ms - START_MS, 400));
    expect(judgePictures(sent, frames, window)).toMatchObject({
      pictures: 2,
      latenciesMs: [405, 405],
    });
  });
});
