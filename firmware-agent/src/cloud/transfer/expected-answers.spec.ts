/** Answers reach their frame; answers without a frame are logged and change nothing. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DownlinkEstimator, ResultHead } from '../../../../src/wire/index.js';
import { createLog } from '../../log.js';
import { ExpectedAnswers } from './expected-answers.js';

const [FRAME, OTHER] = ['a'.repeat(32), 'b'.repeat(32)];
const body = new Uint8Array();

function faultFor(frame?: string): ResultHead {
  const fault = { code: 'CHUNK_MALFORMED', message: 'a chunk has a bad magic' };
  return { v: 1, kind: 'fault', ...fault, ...(frame !== undefined && { frame }) };
}

describe('answers', () => {
  const lines: string[] = [];
  const answers = new ExpectedAnswers(
    createLog('warn', (line) => lines.push(line)),
    { returned: (result) => returns.push(result) },
  );
  const returns: Parameters<DownlinkEstimator['returned']>[0][] = [];
  beforeEach(() => {
    lines.length = 0;
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('logs a fault without a frame at a bounded rate and leaves every frame waiting', () => {
    const expected = answers.expect(FRAME, Number.MAX_SAFE_INTEGER, 1000);
    for (let i = 0; i < 100; i++) answers.take({ head: faultFor(), body });
    expect(expected.known()).toBeUndefined();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('CHUNK_MALFORMED: a chunk has a bad magic');
    expected.forget();
  });

  it('are timed from the acknowledgement of the last tensor, also when they are too late', async () => {
    returns.length = 0;
    const late = answers.expect(FRAME, 0, 1000, () => 5000);
    late.forget();
    const head = { v: 1 as const, kind: 'result' as const, queueMs: 20, cloudMs: 30, outputs: [] };
    answers.take({ head: { ...head, frame: FRAME }, body: new Uint8Array(4000) });
    // A repeated answer was not sent when the first one was.
    answers.take({ head: { ...head, frame: FRAME }, body: new Uint8Array(4000) });
    expect(returns).toMatchObject([{ bytes: 4000, readyAtMs: 5050 }]);
  });

  it('reach the frame they name and no other', async () => {
    const one = answers.expect(FRAME, Number.MAX_SAFE_INTEGER, 1000);
    const other = answers.expect(OTHER, Number.MAX_SAFE_INTEGER, 1000);
    answers.take({ head: faultFor(FRAME), body });
    answers.take({ head: faultFor('c'.repeat(32)), body });
    expect(await one.answer).toMatchObject({ kind: 'fault', fault: { code: 'CHUNK_MALFORMED' } });
    expect(other.known()).toBeUndefined();
    other.forget();
  });

  it('of a code that is not known here are failed frames', async () => {
    const expected = answers.expect(FRAME, Number.MAX_SAFE_INTEGER, 1000);
    answers.take({ head: { v: 1, kind: 'fault', frame: FRAME, code: 'NEW', message: '' }, body });
    expect(await expected.answer).toMatchObject({ fault: { code: 'FRAME_FAILED' } });
  });
});
