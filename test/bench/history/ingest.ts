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
const RESOLUTION_MS = 5;

export interface IngestTimes {
  readonly recordsPerS: number;
  /** Before the first record: what the machine does to a process that does nothing. */
  readonly idleDelayP99Ms: number;
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
  readonly receiptP50Ms: number;
  readonly receiptP99Ms: number;
}

export interface IngestLoad {
  /** Records a second in all; more than can be taken shows how many can. */
  readonly recordsPerS: number;
  readonly seconds: number;
  /** Sessions open, the first groups commit, roll-ups are first written: not measured. */
  readonly warmUpS: number;
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
    return await measure(child, load);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

async function measure(child: ChildProcess, load: IngestLoad): Promise<IngestTimes> {
  const idle = await delays(load.warmUpS);
  child.send('open');
  await once(child, 'message');
  await sleep(load.warmUpS * 1000);
  child.send('begin');
  const busy = await delays(load.seconds);
  const reported = once(child, 'message');
  child.send('report');
  const [report] = (await reported) as [SenderReport];
  return {
    recordsPerS: report.receipted / load.seconds,
    idleDelayP99Ms: idle.p99Ms,
    loopDelayP99Ms: busy.p99Ms,
    loopDelayMaxMs: busy.maxMs,
    receiptP50Ms: report.receiptP50Ms,
    receiptP99Ms: report.receiptP99Ms,
  };
}

/** How late the event loop of this process is meanwhile. */
async function delays(seconds: number): Promise<{ p99Ms: number; maxMs: number }> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  await sleep(seconds * 1000);
  delay.disable();
  // The monitor counts the whole time between its own ticks.
  const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  return { p99Ms: late(delay.percentile(99)), maxMs: late(delay.max) };
}
