/**
 * A process that stores frames as the history thread does, reports every commit to its parent, and folds meanwhile: to be killed
 * at any moment. Its parent says by message which frames; what is committed is answered by their numbers.
 */
import { pino } from 'pino';
import { HistoryEngine } from '../../../src/history/engine/history-engine.js';
import { Database, openDatabase } from '../../../src/platform/database/database.js';
import { seededRandom } from '../../../src/wire/index.js';
import { generatedRow } from '../devices/generated-frames.js';

const START_MS = Date.parse('2026-03-01T00:00:00Z');
const FRAMES_A_MINUTE = 50;

/** Frames `from` to `to`, the first of them left out of the rest. */
export interface IngestOrder {
  readonly from: number;
  readonly to: number;
}

const [data = '', databaseUrl = ''] = process.argv.slice(2);
const config = { data, databaseUrl: databaseUrl === '' ? undefined : databaseUrl };
const database = await openDatabase(config, pino({ level: 'silent' }));
for (const id of ['a', 'b']) {
  const device = { id, name: id, secretHash: '-' };
  await database.client.device.upsert({ where: { id }, create: device, update: {} });
}
const engine = new HistoryEngine(Database.onThread(database.location));

/** The same frame every time it is asked for. */
function row(n: number) {
  const startedMs = START_MS + Math.floor((n / FRAMES_A_MINUTE) * 60_000);
  return generatedRow(seededRandom(n), n, n % 2 === 0 ? 'a' : 'b', startedMs);
}

process.on('message', async ({ from, to }: IngestOrder) => {
  await engine.insert(Array.from({ length: to - from }, (_, i) => row(from + i)));
  process.send?.({ from, to });
});
process.send?.('ready');
for (;;) {
  await engine.fold();
  await new Promise((resolve) => setTimeout(resolve, 5));
}
