/** The thread of one replay: the event loop that serves MQTT never computes. */
import { parentPort, workerData } from 'node:worker_threads';
import {
  type ComparedPolicy,
  compared,
  type ReplayCase,
  Trace,
  type TracePoint,
} from '../../replay/index.js';

/** What is replayed: a case with its trace as plain values. */
export interface ReplayQuestion extends Omit<ReplayCase, 'trace'> {
  readonly points: readonly TracePoint[];
  readonly policies: readonly ComparedPolicy[];
}

const { points, policies, ...one } = workerData as ReplayQuestion;
const trace = new Trace(points, one.lastsMs);
const found = policies.map((name) => [name, compared({ ...one, trace }, name)] as const);
parentPort?.postMessage(Object.fromEntries(found));
