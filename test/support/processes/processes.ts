/** The built service and built agents as processes, as a user starts them: for the demo and the large tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** The repository's root, from the source tree as from dist. */
export const root = resolve(
  import.meta.dirname,
  import.meta.dirname.includes('dist') ? '../../../..' : '../../..',
);

const KEPT_LINES = 2000;
const KEPT_CHARS = 16_000_000;
const SHOWN_CHARS = 2000;

/** Hears every line of a process. */
export type LineListener = (line: string, stream: 'stdout' | 'stderr') => void;

/** A process whose lines are kept, so that a failure can show what it said. */
export class Running {
  readonly lines: string[] = [];
  readonly exited: Promise<number | null>;
  /** One for all who wait: each would make an error of its own at the end, out of all those lines. */
  private readonly ended: Promise<never>;
  private keptChars = 0;

  constructor(
    readonly name: string,
    readonly child: ChildProcess,
    onLine: LineListener = () => undefined,
  ) {
    this.exited = once(child, 'close').then(([code]) => code as number | null);
    this.ended = this.exited.then((code): never => {
      throw this.lastWords(code);
    });
    this.ended.catch(() => undefined);
    for (const stream of ['stdout', 'stderr'] as const) {
      const input = child[stream];
      if (!input) continue;
      createInterface({ input }).on('line', (line) => {
        this.keep(line);
        onLine(line, stream);
      });
    }
  }

  /** The latest lines: an agent that prints its outputs says megabytes a second. */
  private keep(line: string): void {
    this.lines.push(line);
    this.keptChars += line.length;
    while (this.lines.length > KEPT_LINES || this.keptChars > KEPT_CHARS) {
      this.keptChars -= this.lines.shift()?.length ?? 0;
    }
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Sends a signal and waits for the end; SIGKILL after the time limit. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', limitMs = 15_000): Promise<number | null> {
    if (!this.isRunning) return this.child.exitCode;
    this.child.kill(signal);
    const timer = setTimeout(() => this.child.kill('SIGKILL'), limitMs);
    const code = await this.exited;
    clearTimeout(timer);
    return code;
  }

  /** Rejects with the process's last lines when it ends before `promise` settles, or when `promise` rejects. */
  async whileRunning<T>(promise: Promise<T>): Promise<T> {
    return await Promise.race([this.explained(promise), this.ended]);
  }

  /** Adds the process's last lines to what `promise` rejects with. */
  async explained<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      throw new Error(`${text}\n${this.name} printed last:\n${this.lastLines()}`, { cause: error });
    }
  }

  /** Throws with the process's last lines when it has ended: for those who look often. */
  assertRunning(): void {
    if (!this.isRunning) throw this.lastWords(this.child.exitCode);
  }

  private lastWords(code: number | null): Error {
    return new Error(`${this.name} ended with ${code}:\n${this.lastLines()}`);
  }

  /** Lines as long as a frame's outputs would hide the others. */
  private lastLines(): string {
    const lines = this.lines.slice(-20).map((line) => line.slice(0, SHOWN_CHARS));
    return lines.join('\n');
  }
}

export interface Program {
  readonly file: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly onLine?: LineListener;
  /** A command that runs the program in another place, such as `ip netns exec NAME`; it must become the program. */
  readonly within?: readonly string[];
  /** The Node that runs it; by default the one that runs this. */
  readonly node?: string;
}

/** The programs as built. */
export const programs = {
  service: join(root, 'dist/service/main.js'),
  agent: join(root, 'firmware-agent/dist/flotilla-agent.js'),
  cli: join(root, 'dist/src/cli/flotilla.js'),
} as const;

/** Starts a program with nothing in its environment but what is given. */
export function run(
  name: string,
  { file, args = [], env, cwd, onLine, within = [], node = process.execPath }: Program,
): Running {
  const [command = node, ...words] = [...within, node, file, ...args];
  const child = spawn(command, words, {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
  });
  return new Running(name, child, onLine);
}

export interface ServiceOptions {
  data: string;
  env?: Record<string, string>;
  operatorKey?: string;
  /** Address of this machine it listens on. */
  host?: string;
  onLine?: LineListener;
}

/** A running service: its addresses, and its REST interface under the operator's key. */
export class Service {
  private constructor(
    readonly process: Running,
    readonly host: string,
    readonly httpPort: number,
    readonly mqttPort: number,
    readonly operatorKey: string,
  ) {}

  static async start({
    data,
    env,
    operatorKey,
    host = '127.0.0.1',
    onLine,
  }: ServiceOptions): Promise<Service> {
    const key = operatorKey ?? randomBytes(24).toString('hex');
    await mkdir(data, { recursive: true });
    await rm(join(data, 'service.json'), { force: true });
    const running = run('service', {
      file: programs.service,
      env: {
        FLOTILLA_HOST: host,
        FLOTILLA_HTTP_PORT: '0',
        FLOTILLA_MQTT_PORT: '0',
        FLOTILLA_DATA: data,
        FLOTILLA_OPERATOR_KEY: key,
        ...env,
      },
      ...(onLine && { onLine }),
    });
    const ports = await running.whileRunning(readPorts(join(data, 'service.json')));
    const service = new Service(running, host, ports.httpPort, ports.mqttPort, key);
    await running.whileRunning(service.untilReady());
    return service;
  }

  get url(): string {
    return `http://${this.host}:${this.httpPort}`;
  }

  /** A request under the operator's key, JSON, a form or a file; throws with the problem's text on any status ≥ 400. */
  async request<T = unknown>(method: string, path: string, body?: object): Promise<T> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.operatorKey}` };
    const isRaw = body instanceof FormData || body instanceof Blob;
    if (body !== undefined && !isRaw) headers['content-type'] = 'application/json';
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** Uploads a network and waits for the verdict; its id. */
  async addModel(name: string, onnx: Uint8Array, manifest?: unknown): Promise<string> {
    const form = new FormData();
    if (manifest !== undefined) form.set('manifest', JSON.stringify(manifest));
    form.set('name', name);
    form.set('file', new Blob([new Uint8Array(onnx)]), `${name}.onnx`);
    return (await this.request<{ id: string }>('POST', '/api/v1/models', form)).id;
  }

  /** Enrols a device that is to run a model; its secret. */
  async addDevice(id: string, model?: string): Promise<string> {
    const body = { id, model };
    return (await this.request<{ secret: string }>('POST', '/api/v1/devices', body)).secret;
  }

  /** Enrols devices that are to run a model, by a file; their secrets in the same order. */
  async addDevices(ids: readonly string[], model: string): Promise<string[]> {
    const lines = ids.map((id) => JSON.stringify({ id, model }));
    const file = new Blob([lines.join('\n')], { type: 'application/x-ndjson' });
    const path = '/api/v1/devices/bulk';
    const { rows } = await this.request<{ rows: { secret: string }[] }>('POST', path, file);
    return rows.map(({ secret }) => secret);
  }

  async stop(): Promise<number | null> {
    return await this.process.stop();
  }

  private async untilReady(): Promise<void> {
    for (;;) {
      const response = await fetch(`${this.url}/health/ready`).catch(() => undefined);
      if (response?.ok) return;
      await sleep(50);
    }
  }
}

async function readPorts(file: string): Promise<{ httpPort: number; mqttPort: number }> {
  for (;;) {
    try {
      return JSON.parse(await readFile(file, 'utf8')) as { httpPort: number; mqttPort: number };
    } catch {
      await sleep(25);
    }
  }
}

export interface AgentOptions {
  device: string;
  secret: string;
  /** Base URL of the service for blocks. */
  cloud: string;
  /** mqtt:// URL, of a shaper where there is one. */
  mqtt: string;
  data: string;
  args: string[];
  onLine?: LineListener;
  within?: readonly string[];
}

/** An agent as a process; its secret travels in the environment, never on the command line. */
export function startAgent({
  device,
  secret,
  cloud,
  mqtt,
  data,
  args,
  onLine,
  within,
}: AgentOptions): Running {
  return run(device, {
    file: programs.agent,
    args: ['--cloud', cloud, '--mqtt', mqtt, '--device', device, '--data', data, ...args],
    // People read these lines, in the demo and where a test fails.
    env: { FLOTILLA_AGENT_SECRET: secret, FLOTILLA_AGENT_LOG_FORMAT: 'text' },
    ...(onLine && { onLine }),
    ...(within && { within }),
  });
}

/** Polls until the answer is not undefined; throws naming `what` after the time limit. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  limitMs = 30_000,
): Promise<T> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > endMs) throw new Error(`waited ${limitMs} ms in vain for ${what}`);
    await sleep(50);
  }
}
