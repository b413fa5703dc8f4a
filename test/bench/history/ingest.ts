/**
 * Records of many devices through the broker into the history, at a steady rate: are they receipted as fast as they come, and how
 * late is the event loop of the service meanwhile? The devices are a process of their own.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Broker } from '../../../src/broker/index.js';
import { Database } from '../../../src/platform/index.js';
import type { SenderReport } from './record-sender.js';

const ENTRY = join(import.meta.dirname, 'record-sender.js');
const SENDERS = 20;
/** Sessions open, the first groups commit, roll-ups are first written: not measured. */
const WARM_UP_MS = 3_000;
const RESOLUTION_MS = 5;

export interface IngestTimes {
  readonly recordsPerS: number;
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
  readonly receiptP50Ms: number;
  readonly receiptP99Ms: number;
}

export interface IngestLoad {
  /** Records a second in all; more than can be taken shows how many can. */
  readonly recordsPerS: number;
  readonly seconds: number;
}

/** Sends and measures; the service is the calling process. */
export async function ingest(app: NestFastifyApplication, load: IngestLoad): Promise<IngestTimes> {
  const { client } = app.get(Database);
  const broker = app.get(Broker);
  broker.useAuthenticator(async ({ device }) => ({ kind: 'accepted', device }));
  for (let n = 0; n < SENDERS; n += 1) {
    const id = `sender-${n}`;
    const device = { id, name: id, secretHash: '-' };
    await client.device.upsert({ where: { id }, create: device, update: {} });
  }
  const child = fork(ENTRY, [`${broker.port}`, `${SENDERS}`, `${load.recordsPerS}`]);
  try {
    return await measure(child, load.seconds);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

async function measure(child: ChildProcess, seconds: number): Promise<IngestTimes> {
  await once(child, 'message');
  await sleep(WARM_UP_MS);
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  child.send('begin');
  delay.enable();
  await sleep(seconds * 1000);
  delay.disable();
  const reported = once(child, 'message');
  child.send('report');
  const [report] = (await reported) as [SenderReport];
  // The monitor counts the whole time between its own ticks.
  const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  return {
    recordsPerS: report.receipted / seconds,
    loopDelayP99Ms: late(delay.percentile(99)),
    loopDelayMaxMs: late(delay.max),
    receiptP50Ms: report.receiptP50Ms,
    receiptP99Ms: report.receiptP99Ms,
  };
}
