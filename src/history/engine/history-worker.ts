/** The thread of history-thread.ts: calls of the engine, each answered when it is done. */
import { parentPort, workerData } from 'node:worker_threads';
import {
  Database,
  type DatabaseLocation,
  databaseTroubleOf,
  isRefusal,
} from '../../platform/database/index.js';
import { Fault } from '../../wire/index.js';
import { HistoryEngine } from './history-engine.js';
import type { EngineAnswer, EngineCall } from './history-thread.js';

const engine = new HistoryEngine(Database.onThread(workerData as DatabaseLocation));

async function answerTo({ id, name, args }: EngineCall): Promise<EngineAnswer> {
  try {
    const call = engine[name] as (...words: readonly unknown[]) => Promise<unknown>;
    return { id, value: await call.apply(engine, [...args]) };
  } catch (error) {
    if (error instanceof Fault) return { id, fault: { code: error.code, message: error.message } };
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { id, error: text, trouble: databaseTroubleOf(error), isRefusal: isRefusal(error) };
  }
}

parentPort?.on('message', async (call: EngineCall) => {
  parentPort?.postMessage(await answerTo(call));
  if (call.name === 'close') parentPort?.close();
});
