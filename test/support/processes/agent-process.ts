/** The agent as a process, built from the current source; its frames are read from its JSON lines. */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { dtypes, frameRecord } from '../../../src/wire/index.js';
import { eventually, type Program, type Running, root, run } from './processes.js';

const tensor = { name: z.string(), dtype: z.enum(dtypes), dims: z.array(z.int()) };
/** Many elements come as base64 of their bytes; here they are numbers as well. */
const output = z.union([
  z.strictObject({ ...tensor, values: z.array(z.number()) }),
  z
    .strictObject({ ...tensor, dtype: z.literal('float32'), base64: z.base64() })
    .transform(({ base64, ...type }) => ({
      ...type,
      values: floatsOf(Buffer.from(base64, 'base64')),
    })),
]);

function floatsOf(bytes: Uint8Array): number[] {
  return [...new Float32Array(new Uint8Array(bytes).buffer)];
}

/** What `--json` writes for every frame, and nothing else. */
const frameLine = z.strictObject({
  ...frameRecord.pick({
    frame: true,
    outcome: true,
    fault: true,
    answer: true,
    totalMs: true,
    predicted: true,
    link: true,
    sentBytes: true,
  }).shape,
  source: z.string(),
  model: z.strictObject({ name: z.string(), version: z.int() }),
  at: z.iso.datetime(),
  prepareMs: z.number(),
  stages: frameRecord.shape.measured,
  plan: z
    .strictObject({ version: z.int(), cut: z.int(), device: z.int(), cloud: z.int() })
    .nullable(),
  outputs: z.array(output).optional(),
});
export type FrameLine = z.infer<typeof frameLine>;

/** A line of `--json`; throws when it is anything else. */
export const parseFrameLine = (line: string): FrameLine => frameLine.parse(JSON.parse(line));

export interface AgentBuild {
  readonly file: string;
  remove(): Promise<void>;
}

/** Builds the agent into a folder of its own inside the checkout, where it finds its packages. */
export async function buildAgentForTest(): Promise<AgentBuild> {
  const folder = join(root, 'firmware-agent', 'dist', `test-${process.pid}`);
  const file = join(folder, 'flotilla-agent.js');
  const script = join(root, 'firmware-agent', 'build.mjs');
  await promisify(execFile)(process.execPath, [script, file]);
  return { file, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** A running agent. */
export class AgentProcess {
  readonly frames: FrameLine[] = [];
  readonly running: Running;

  constructor(
    build: Pick<Program, 'file' | 'within' | 'node'>,
    args: readonly string[],
    env: Record<string, string> = {},
  ) {
    this.running = run('agent', {
      ...build,
      args: ['--json', ...args],
      env,
      onLine: (line, stream) => {
        if (stream === 'stdout') this.frames.push(parseFrameLine(line));
      },
    });
  }

  get log(): string {
    return this.running.lines.join('\n');
  }

  /** Resolves with the exit code; rejects with the log when the agent goes on for too long. */
  async ended(): Promise<number | null> {
    const isOver = () => (this.running.isRunning ? undefined : true);
    await eventually('the agent to end', isOver, 20_000).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.log}`);
    });
    return this.running.exited;
  }

  /** Resolves when `count` frames are done. */
  async untilFrames(count: number): Promise<void> {
    const isThere = () => (this.frames.length >= count ? true : undefined);
    await this.running.whileRunning(eventually(`${count} frames\n${this.log}`, isThere, 20_000));
  }

  /** Resolves when the log has a line with this text; the line. */
  untilLog(text: string): Promise<string> {
    const find = () => this.running.lines.find((line) => line.includes(text));
    return this.running.whileRunning(eventually(`'${text}' in the agent's log`, find, 20_000));
  }
}
