/** The devices of ingest.ts, a process of its own: batches of records at a steady rate, and when each was receipted. */
import mqtt from 'mqtt';
import { decodeMessage, encodeMessage, seededRandom, topicOf } from '../../../src/wire/index.js';
import { generatedRecord } from '../../support/devices/generated-frames.js';
import { quantile } from '../measure.js';

/** Since `begin`. */
export interface SenderReport {
  readonly receipted: number;
  readonly receiptP50Ms: number;
  readonly receiptP99Ms: number;
}

const BATCH = 100;
/** No device has more batches on their way. */
const MAX_OPEN = 5;
const [port, senders = 1, recordsPerS = 1] = process.argv.slice(2).map(Number);
const random = seededRandom(Date.now() % 2 ** 31);
const firstFrame = Date.now() * 1_000;
let made = 0;
let receipted = 0;
let receiptMs: number[] = [];

async function send(n: number): Promise<void> {
  const id = `sender-${n}`;
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    ...{ clientId: id, username: id, password: 'any' },
  });
  const sentAtMs = new Map<string, number>();
  await client.subscribeAsync(topicOf('receipt', id), { qos: 1 });
  client.on('message', (_, payload) => {
    const { frames } = decodeMessage('receipt', payload);
    const atMs = sentAtMs.get(frames[0] ?? '');
    if (atMs === undefined) return;
    sentAtMs.delete(frames[0] ?? '');
    receipted += frames.length;
    receiptMs.push(performance.now() - atMs);
  });
  setInterval(
    () => {
      if (sentAtMs.size >= MAX_OPEN) return;
      const records = Array.from({ length: BATCH }, () => {
        made += 1;
        return generatedRecord(random, firstFrame + made, 50);
      });
      sentAtMs.set(records[0]?.frame ?? '', performance.now());
      const bytes = Buffer.from(encodeMessage('record', { v: 1, records }));
      client.publish(topicOf('record', id), bytes, { qos: 1 });
    },
    (1000 * BATCH * senders) / recordsPerS,
  );
}

process.on('message', async (what) => {
  if (what === 'open') {
    for (let n = 0; n < senders; n += 1) await send(n);
    process.send?.('ready');
    return;
  }
  if (what === 'begin') {
    receipted = 0;
    receiptMs = [];
    return;
  }
  const report: SenderReport = {
    receipted,
    receiptP50Ms: quantile(receiptMs, 0.5),
    receiptP99Ms: quantile(receiptMs, 0.99),
  };
  process.send?.(report);
});
