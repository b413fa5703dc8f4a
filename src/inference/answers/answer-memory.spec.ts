import { describe, expect, it } from 'vitest';
import { Fault } from '../../wire/index.js';
import { AnswerMemory } from './answer-memory.js';
import { type Answer, faultAnswer, resultAnswer } from './answer-messages.js';

const LIMITS = {
  ...{ answersPerDevice: 3, bytesPerDevice: 1000, idsPerDevice: 5, devices: 2, repeatMs: 100 },
};

const frameOf = (n: number): string => String(n).padStart(32, '0');

function answerOf(n: number, bytes = 100): Answer {
  const data = new Uint8Array(bytes);
  const outputs = new Map([['y', { dtype: 'uint8' as const, dims: [bytes], data }]]);
  return resultAnswer(frameOf(n), {
    outputs,
    waitMs: undefined,
    queueMs: 1,
    cloudMs: 2,
    nonFinite: [],
    blockMs: [],
    decodings: [],
    overheadMs: 0,
  });
}

/** The answer to a repeated frame: 'result', a fault's code, 'quiet', or undefined. */
function answerTo(
  answers: AnswerMemory,
  n: number,
  nowMs: number,
  device = 'pi',
): string | undefined {
  const recalled = answers.recall(device, frameOf(n), nowMs);
  if (recalled?.kind !== 'answer') return recalled?.kind;
  const { head } = recalled.answer;
  return head.kind === 'fault' ? head.code : head.kind;
}

describe('remembered answers', () => {
  it('answer a repeated frame again, but not once per chunk', () => {
    const answers = new AnswerMemory(LIMITS);
    answers.remember('pi', frameOf(1), answerOf(1), 0);
    expect(answerTo(answers, 1, 50)).toBe('quiet');
    expect(answerTo(answers, 1, 100)).toBe('result');
    expect(answerTo(answers, 1, 150)).toBe('quiet');
    expect(answerTo(answers, 2, 150)).toBeUndefined();
    expect(answerTo(answers, 1, 150, 'other')).toBeUndefined();
  });

  it('keep the newest whole answers, then only that the frame ended, then nothing', () => {
    const answers = new AnswerMemory(LIMITS);
    for (let i = 0; i < 6; i++) answers.remember('pi', frameOf(i), answerOf(i), 0);
    const all = [0, 1, 2, 3, 4, 5].map((i) => answerTo(answers, i, 1000));
    const replayed = 'FRAME_REPLAYED';
    expect(all).toEqual([undefined, replayed, replayed, 'result', 'result', 'result']);
  });

  it('keep no more bytes than allowed', () => {
    const answers = new AnswerMemory(LIMITS);
    answers.remember('pi', frameOf(1), answerOf(1, 600), 0);
    answers.remember('pi', frameOf(2), answerOf(2, 600), 0);
    expect(answerTo(answers, 1, 1000)).toBe('FRAME_REPLAYED');
    expect(answerTo(answers, 2, 1000)).toBe('result');
    answers.remember('pi', frameOf(3), answerOf(3, 5000), 0);
    expect(answerTo(answers, 3, 1000)).toBe('FRAME_REPLAYED');
  });

  it('hold on to the first of two answers', () => {
    const answers = new AnswerMemory(LIMITS);
    answers.remember('pi', frameOf(1), faultAnswer(new Fault('FRAME_EXPIRED', 'late')), 0);
    answers.remember('pi', frameOf(1), answerOf(1), 0);
    expect(answerTo(answers, 1, 1000)).toBe('FRAME_EXPIRED');
  });

  it('forget the device that was quiet longest', () => {
    const answers = new AnswerMemory(LIMITS);
    for (const device of ['a', 'b', 'a', 'c']) {
      answers.remember(device, frameOf(device.charCodeAt(0)), answerOf(1), 0);
    }
    expect(answerTo(answers, 'b'.charCodeAt(0), 1000, 'b')).toBeUndefined();
    expect(answerTo(answers, 'a'.charCodeAt(0), 1000, 'a')).toBe('result');
  });
});
