/** The thread of threaded-driver.ts: runs the real driver, one call after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import {
  DriverAdapterError,
  type SqlDriverAdapter,
  type Transaction,
} from '@prisma/driver-adapter-utils';
import { type DatabaseLocation, driverOf } from '../location.js';
import type { DriverAnswer, DriverCall } from './threaded-driver.js';

let connecting: Promise<SqlDriverAdapter> | undefined;
const transactions = new Map<number, Transaction>();
let begun = 0;

/** Opens the database at the first call: the thread may be there before the file is. */
function connected(): Promise<SqlDriverAdapter> {
  connecting ??= driverOf(workerData as DatabaseLocation).connect();
  return connecting;
}

/** The transaction of a call; the connection itself when it names none. */
async function scopeOf({ transaction }: DriverCall) {
  return (
    (transaction === undefined ? undefined : transactions.get(transaction)) ?? (await connected())
  );
}

async function endTransaction(call: DriverCall, how: 'commit' | 'rollback'): Promise<void> {
  const open = transactions.get(call.transaction ?? 0);
  transactions.delete(call.transaction ?? 0);
  await open?.[how]();
}

async function answered(call: DriverCall): Promise<unknown> {
  switch (call.does) {
    case 'queryRaw':
    case 'executeRaw':
      return (await scopeOf(call))[call.does](call.query);
    case 'executeScript':
      return (await connected()).executeScript(call.script);
    case 'startTransaction': {
      // Another may begin while this one waits for the connection.
      begun += 1;
      const number = begun;
      transactions.set(number, await (await connected()).startTransaction());
      return number;
    }
    case 'commit':
    case 'rollback':
      return endTransaction(call, call.does);
    case 'dispose':
      await (await connected()).dispose();
      return undefined;
  }
}

async function resultOf(call: DriverCall) {
  try {
    return { value: await answered(call) };
  } catch (error) {
    if (error instanceof DriverAdapterError) return { driverError: error.cause };
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
}

parentPort?.on('message', async ({ call, does }: { call: number; does: DriverCall }) => {
  const answer: DriverAnswer = { call, ...(await resultOf(does)) };
  parentPort?.postMessage(answer);
  if (does.does === 'dispose') parentPort?.close();
});
