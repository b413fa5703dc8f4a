/**
 * One hostile device, or one client without a credential, at a service with its settings at their defaults: what it costs the
 * frames of another device and the REST interface. Fails when another device loses more than a tenth of its frames, when frames or
 * requests are late, when the service is not ready, or when the log grows.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { referenceNetwork, serializeModel } from '../../../src/onnx/index.js';
import { ProbeDevice } from '../../support/devices/probe-device.js';
import { Service } from '../../support/processes/processes.js';
import type { BenchOptions } from '../bench-options.js';
import { quantile, table } from '../measure.js';
import { ATTACKS, type AttackKind, type AttackOrder } from './attacks.js';

const PROCESS = fileURLToPath(new URL('./hostile-process.js', import.meta.url));
const NETWORK = 'tiny-chain';
const FRAME_MS = 66;
const REQUEST_MS = 100;
const ATTACK_S = 20;
const MAX_LOST_SHARE = 0.1;
const MAX_P99_MS = 250;
const MAX_LOG_CHARS = 100_000;

/** Whom an attack is to have no effect on. */
interface Observed {
  readonly service: Service;
  readonly steady: ProbeDevice;
  /** Characters of log so far. */
  readonly logged: () => number;
}

/** What others noticed meanwhile. */
interface Noticed {
  readonly frames: number;
  readonly answered: number;
  readonly frameP99Ms: number;
  readonly requestP99Ms: number;
  readonly unready: number;
  readonly logChars: number;
}

/** Prints what each attack cost others; returns what is not as it must be. */
export async function hostile({ isShort, seconds }: BenchOptions): Promise<string[]> {
  const attackS = seconds ?? (isShort ? 3 : ATTACK_S);
  let logChars = 0;
  const logged = (): number => logChars;
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-hostile-'));
  const service = await Service.start({
    data: join(folder, 'cloud'),
    env: { FLOTILLA_WORKERS: '1' },
    onLine: (line) => {
      logChars += line.length + 1;
    },
  });
  let steady: ProbeDevice | undefined;
  try {
    const { build, manifest } = referenceNetwork(NETWORK);
    const model = await service.addModel(NETWORK, serializeModel(build()), manifest);
    steady = await ProbeDevice.join(
      service.mqttPort,
      'steady',
      await service.addDevice('steady', model),
    );
    const noticed: [string, Noticed][] = [
      ['none', await noticedDuring({ service, steady, logged }, () => sleep(1000 * attackS))],
    ];
    for (const kind of Object.keys(ATTACKS) as AttackKind[]) {
      const device = `hostile-${noticed.length}`;
      const secret = await service.addDevice(device, model);
      const { mqttPort, url } = service;
      const order = { kind, mqttPort, url, device, secret, seconds: attackS };
      noticed.push([kind, await noticedDuring({ service, steady, logged }, () => attack(order))]);
    }
    print(noticed);
    // A short run has no figures to quote, on machines that do much else.
    return isShort ? [] : noticed.flatMap(([kind, one]) => problemsOf(kind, one));
  } finally {
    await steady?.leave();
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function attack(order: AttackOrder): Promise<void> {
  const child = fork(PROCESS);
  child.send(order);
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the hostile process ended with ${code}`);
}

async function noticedDuring(
  { service, steady, logged }: Observed,
  during: () => Promise<unknown>,
): Promise<Noticed> {
  const charsBefore = logged();
  const requestsMs: number[] = [];
  let unready = 0;
  let isOver = false;
  const requests = (async () => {
    while (!isOver) {
      const startMs = performance.now();
      await service.request('GET', '/api/v1/devices?limit=10');
      requestsMs.push(performance.now() - startMs);
      const ready = await fetch(`${service.url}/health/ready`);
      if (ready.status !== 200) unready += 1;
      await sleep(REQUEST_MS);
    }
  })();
  steady.begin(FRAME_MS);
  await during();
  const frames = await steady.end();
  isOver = true;
  await requests;
  const answered = frames.filter(({ endedAs }) => endedAs === 'result');
  return {
    frames: frames.length,
    answered: answered.length,
    frameP99Ms: quantile(
      frames.map(({ latencyMs }) => latencyMs ?? Number.POSITIVE_INFINITY),
      0.99,
    ),
    requestP99Ms: quantile(requestsMs, 0.99),
    unready,
    logChars: logged() - charsBefore,
  };
}

function print(noticed: readonly (readonly [string, Noticed])[]): void {
  const rows = noticed.map(([kind, one]) => [
    kind,
    `${one.answered} of ${one.frames}`,
    one.frameP99Ms.toFixed(0),
    one.requestP99Ms.toFixed(0),
    one.unready,
    (one.logChars / 1000).toFixed(1),
  ]);
  const head = [
    'attack',
    'frames answered',
    'frame p99, ms',
    'REST p99, ms',
    'not ready',
    'log, KB',
  ];
  console.log(table(head, rows));
}

function problemsOf(kind: string, one: Noticed): string[] {
  const checks: [boolean, string][] = [
    [one.answered < (1 - MAX_LOST_SHARE) * one.frames, `${one.answered} of ${one.frames} frames`],
    [one.frameP99Ms > MAX_P99_MS, `frames took ${one.frameP99Ms.toFixed(0)} ms`],
    [one.requestP99Ms > MAX_P99_MS, `requests took ${one.requestP99Ms.toFixed(0)} ms`],
    [one.unready > 0, `not ready ${one.unready} times`],
    [one.logChars > MAX_LOG_CHARS, `${one.logChars} characters of log`],
  ];
  return checks.filter(([isWrong]) => isWrong).map(([, what]) => `${kind}: ${what}`);
}
