/** The thread that plans: one question after the other, each answered. Arithmetic only; see planning-thread.ts. */
import { parentPort } from 'node:worker_threads';
import { answerLine, type LineAnswer, type LineQuestion } from '../sites/line-question.js';
import { type Decision, decide, type Question } from './decide.js';
import { KnownCuts } from './plan-rows.js';
import type { PlanningAnswer, ThreadQuestion } from './planning-thread.js';

const known = new KnownCuts();

function decisionOn(question: Question): PlanningAnswer {
  const startMs = performance.now();
  const decision = answered<Decision>(() => decide(question, known.at));
  return { decision, planningMs: performance.now() - startMs };
}

function answerOn(question: LineQuestion): LineAnswer {
  return answered(() => answerLine(question));
}

function answered<A>(answer: () => A): A | { readonly kind: 'impossible'; because: string } {
  try {
    return answer();
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    return { kind: 'impossible', because };
  }
}

parentPort?.on('message', (asked: ThreadQuestion) => {
  const { kind, question } = asked;
  parentPort?.postMessage(kind === 'device' ? decisionOn(question) : answerOn(question));
});
