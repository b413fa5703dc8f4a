/** The matrix through Mosquitto's command-line clients, as anybody may have them (Debian: mosquitto-clients). */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AclClient, Login } from './acl-client.js';
import type { Outcome } from './acl-matrix.js';

const PROGRAMS = ['mosquitto_pub', 'mosquitto_sub'] as const;
/** A client that is neither answered nor cut has found a fault. */
const LIMIT_MS = 10_000;
const LOOK_EVERY_MS = 10;
/** What the clients say of a CONNACK. */
const RETURN_CODES: readonly (readonly [string, Outcome])[] = [
  ['identifier rejected', 2],
  ['broker unavailable', 3],
  ['bad user name or password', 4],
  ['not authorised', 5],
];

/** True where both programs are installed. */
export const hasMosquitto = PROGRAMS.every((program) =>
  (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program))),
);

interface Ended {
  readonly code: number | null;
  readonly text: string;
}

class Run {
  text = '';
  readonly ended: Promise<Ended>;
  private readonly timer: NodeJS.Timeout;

  constructor(readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (bytes: Buffer) => {
        this.text += bytes.toString('latin1');
      });
    }
    this.timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
    this.ended = once(child, 'close').then(([code]) => {
      clearTimeout(this.timer);
      return { code: code as number | null, text: this.text };
    });
  }
}

function start(program: (typeof PROGRAMS)[number], login: Login, args: readonly string[]): Run {
  const { port, clientId, username, password } = login;
  const who = ['-i', clientId];
  if (username !== undefined) who.push('-u', username);
  if (password !== undefined) who.push('-P', password);
  const where = ['-h', '127.0.0.1', '-p', `${port}`, '-V', 'mqttv311'];
  return new Run(spawn(program, [...where, ...who, ...args], { stdio: 'pipe' }));
}

function outcomeOf({ code, text }: Ended): Outcome {
  const connack = RETURN_CODES.find(([words]) => text.includes(words));
  if (connack !== undefined) return connack[1];
  return code === 0 ? 'allowed' : 'refused';
}

async function publish(
  login: Login,
  topic: string,
  payload: Buffer,
  isRetained: boolean,
): Promise<Outcome> {
  const args = ['-t', topic, '-q', '1', '-s', ...(isRetained ? ['-r'] : [])];
  const run = start('mosquitto_pub', login, args);
  run.child.stdin?.on('error', () => undefined);
  run.child.stdin?.end(payload);
  return outcomeOf(await run.ended);
}

async function subscribe(
  login: Login,
  filters: readonly string[],
  publish: () => boolean,
): Promise<Outcome> {
  const run = start('mosquitto_sub', login, [
    ...filters.flatMap((filter) => ['-t', filter]),
    ...['-q', '1', '-C', '1'],
  ]);
  let isOver = false;
  const ended = run.ended.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    publish();
    await Promise.race([sleep(LOOK_EVERY_MS), ended]);
  }
  const end = await ended;
  // It takes its leave properly, with code 0, when every filter was refused.
  if (end.text.includes('All subscription requests were denied')) return 'refused';
  return outcomeOf(end);
}

async function leaveWill(
  login: Login,
  topic: string,
  payload: Buffer,
  isLetIn: () => boolean,
): Promise<Outcome> {
  const run = start('mosquitto_sub', login, [
    ...['--will-topic', topic, '--will-payload', payload.toString('utf8'), '--will-qos', '1'],
    '--will-retain',
    ...['-t', `flotilla/v1/${login.clientId}/result`],
  ]);
  let isOver = false;
  const ended = run.ended.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await Promise.race([sleep(LOOK_EVERY_MS), ended]);
    if (!isLetIn()) continue;
    run.child.kill('SIGKILL');
    await ended;
    return 'allowed';
  }
  return outcomeOf(await ended);
}

export const mosquittoClient: AclClient = {
  ...{ name: 'Mosquitto’s clients', publish, subscribe, leaveWill },
};
