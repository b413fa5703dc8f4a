/** The thread that plans: one question after the other, each answered. Arithmetic only; see planning-thread.ts. */
import { parentPort } from 'node:worker_threads';
import { type Decision, decide, type Question } from './decide.js';
import { KnownCuts } from './plan-rows.js';
import type { PlanningAnswer } from './planning-thread.js';

const known = new KnownCuts();

function decisionOn(question: Question): Decision {
  try {
    return decide(question, known.at);
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    return { kind: 'impossible', because };
  }
}

parentPort?.on('message', (question: Question) => {
  const startMs = performance.now();
  const decision = decisionOn(question);
  const answer: PlanningAnswer = { decision, planningMs: performance.now() - startMs };
  parentPort?.postMessage(answer);
});
