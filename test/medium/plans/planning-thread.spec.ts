/** Planning off the event loop: wide networks in a real thread, which is late, is lost, and is replaced. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Question } from '../../../src/plans/decision/decide.js';
import { PlanningThread } from '../../../src/plans/decision/planning-thread.js';
import { MAX_MEMBERS } from '../../../src/plans/sites/site-lines.js';
import {
  type DrawnBlocks,
  digestOf,
  drawnModel,
  exactOnly,
} from '../../support/networks/drawn-models.js';

/** One input, read by three paths of blocks whose ends are the outputs. */
function wideQuestion(blocksPerPath: number): Question {
  const blocks: Record<string, DrawnBlocks[string]> = {};
  const elements: Record<string, number> = { in: 40_000 };
  for (const path of ['a', 'b', 'c']) {
    for (let i = 0; i < blocksPerPath; i++) {
      const tensor = `${path}${i}.out`;
      blocks[`${path}${i}`] = [[i === 0 ? 'in' : `${path}${i - 1}.out`], [tensor]];
      elements[tensor] = 20_000 - 1_000 * i;
    }
  }
  const outputs = ['a', 'b', 'c'].map((path) => `${path}${blocksPerPath - 1}.out`);
  const model = drawnModel({ inputs: ['in'], outputs, blocks, elements });
  const timesOf = (ms: number) =>
    new Map(Object.keys(blocks).map((name, i) => [digestOf(name), ms * (1 + (i % 5))]));
  return {
    situation: {
      model,
      costs: {
        ...exactOnly,
        deviceMs: timesOf(4),
        cloudMs: timesOf(0.5),
        source: 'tensor',
        maxBytes: 1e7,
      },
      link: { uplinkMsPerByte: 8e-4, rttMs: 20, ageMs: 0, confidence: 1, samples: 9 },
      objective: 'frame',
      deadlineMs: null,
      creditBytes: 1e7,
    },
    current: undefined,
    cause: 'first',
  };
}

describe('the planning thread', () => {
  const wide = wideQuestion(13);
  const logged: string[] = [];
  let thread: PlanningThread;
  beforeEach(() => {
    logged.length = 0;
    thread = new PlanningThread(pino({ level: 'debug' }, { write: (line) => logged.push(line) }));
  });
  afterEach(() => thread.close());

  it('leaves the event loop free while wide networks are planned for several devices', async () => {
    await thread.decide(wideQuestion(1));
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const planningMs: number[] = [];
    for (let device = 0; device < 6; device++) {
      const answer = await thread.decide(wide);
      expect(answer.decision.kind).toBe('issue');
      planningMs.push(answer.planningMs);
    }
    delay.disable();
    expect(Math.min(...planningMs)).toBeGreaterThan(20);
    expect(delay.percentile(99) / 1e6).toBeLessThan(20);
  });

  it('is ended with a reason when it takes too long, and is replaced', async () => {
    const { decision } = await thread.decide(wide, 1);
    expect(decision).toEqual({
      kind: 'impossible',
      because: 'planning did not end within 1 ms',
    });
    expect((await thread.decide(wide)).decision.kind).toBe('issue');
  });

  it('is replaced when it dies over a question', async () => {
    await thread.decide(wideQuestion(1));
    const lost = thread.decide(wide);
    const waiting = thread.decide(wide);
    await setImmediate();
    await thread.close();
    expect((await lost).decision).toEqual({
      kind: 'impossible',
      because: 'the planning thread was lost',
    });
    expect((await waiting).decision.kind).toBe('impossible');
    expect((await thread.decide(wide)).decision.kind).toBe('issue');
  });

  it('plans for single devices between questions about lines, whose devices it plans together', async () => {
    const { situation: slow } = wideQuestion(4);
    // Slow devices with quick links, on a line that cannot carry what all would send.
    const deviceMs = new Map([...slow.costs.deviceMs].map(([block, ms]) => [block, 10 * ms]));
    const situation = {
      ...{ ...slow, costs: { ...slow.costs, deviceMs } },
      link: { ...slow.link, uplinkMsPerByte: 1e-4 },
    };
    const members = Array.from({ length: MAX_MEMBERS }, (_, n) => ({
      ...{ device: `d-${n}`, situation, intervalMs: 400 },
    }));
    await thread.decide(wideQuestion(1));
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const order: string[] = [];
    const noted = async <T>(name: string, answer: Promise<T>): Promise<T> => {
      const got = await answer;
      order.push(name);
      return got;
    };
    const line = { site: 'barn', mbps: 100, members };
    const [first, plan, second] = await Promise.all([
      noted('line', thread.share(line)),
      noted('device', thread.decide(wide)),
      noted('line', thread.share({ ...line, mbps: 50 })),
    ]);
    delay.disable();
    expect([first.kind, plan.decision.kind, second.kind]).toEqual(['shared', 'issue', 'shared']);
    expect(order).toEqual(['line', 'device', 'line']);
    expect(delay.percentile(99) / 1e6).toBeLessThan(20);
  });

  it('says why a line has no answer, and goes on', async () => {
    const { situation } = wideQuestion(1);
    const member = { device: 'd', situation, intervalMs: 0 };
    const line = { site: 'barn', mbps: 20, members: [member] };
    expect(await thread.share(line)).toMatchObject({
      kind: 'impossible',
      because: expect.stringContaining('intervalMs'),
    });
    const many = Array.from({ length: 50 }, (_, n) => ({
      ...{ device: `d-${n}`, situation: wideQuestion(8).situation, intervalMs: 100 },
    }));
    expect(await thread.share({ ...line, members: many }, 1)).toEqual({
      kind: 'impossible',
      because: 'planning did not end within 1 ms',
    });
    expect((await thread.decide(wideQuestion(1))).decision.kind).toBe('issue');
  });

  it('answers a contradictory model with what is wrong, and keeps running', async () => {
    const { situation } = wideQuestion(1);
    const model = { ...situation.model, tensors: situation.model.tensors.slice(1) };
    const { decision } = await thread.decide({ ...wide, situation: { ...situation, model } });
    expect(decision).toMatchObject({
      kind: 'impossible',
      because: expect.stringContaining('no tensor in in its list'),
    });
    expect((await thread.decide(wideQuestion(1))).decision.kind).toBe('issue');
    expect(logged).toEqual([]);
  });
});
