/**
 * `flotilla plan`: solves planning instances from a file or standard input (docs/planner.md).
 *
 * Exit codes: 0 solved, 1 no feasible schedule, 2 invalid input (one line on stderr, or one
 * error document per bad line of a batch).
 */
import { readFile, writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { isStrategyName, type Objective, type Schedule, solve } from '../../planner/index.js';
import { Fault } from '../../wire/index.js';
import { ganttSvg } from './gantt-svg.js';
import { planDocument, planText, scheduleOf } from './plan-answer.js';
import { comparisonText } from './plan-comparison.js';
import { type PlanDefaults, readInstance } from './plan-instance.js';

/** Streams of a command. */
export interface PlanStreams {
  readonly stdout: {
    write(text: string): unknown;
    readonly isTTY?: boolean;
    readonly columns?: number;
  };
  readonly stderr: { write(text: string): unknown };
  readonly stdin: AsyncIterable<Uint8Array | string> & NodeJS.ReadableStream;
}

const USAGE = `usage: flotilla plan FILE|- --uplink-mbps N
  [--latency-ms 0] [--per-tensor-ms 0] [--result-bytes 0 --downlink-mbps 20]
  [--strategy auto] [--objective frame|stream|burst] [--frames N] [--workers 1] [--json]
  [--svg FILE] write the timeline as a picture    [--compare] compare all strategies
`;

const OPTIONS = {
  'uplink-mbps': { type: 'string' },
  'latency-ms': { type: 'string', default: '0' },
  'per-tensor-ms': { type: 'string', default: '0' },
  'result-bytes': { type: 'string', default: '0' },
  'downlink-mbps': { type: 'string', default: '20' },
  strategy: { type: 'string', default: 'auto' },
  objective: { type: 'string', default: 'frame' },
  frames: { type: 'string' },
  workers: { type: 'string' },
  json: { type: 'boolean', default: false },
  svg: { type: 'string' },
  compare: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

interface PlanArguments {
  readonly file: string;
  readonly defaults: PlanDefaults;
  readonly form: 'text' | 'json' | 'comparison';
  readonly svgFile: string | undefined;
}

/** Runs the command and resolves to its exit code. */
export async function planCommand(args: readonly string[], io: PlanStreams): Promise<number> {
  if (args.includes('--help')) {
    io.stdout.write(USAGE);
    return 0;
  }
  try {
    const asked = readArguments(args);
    const input = await readInput(asked.file, io);
    if (asked.file.endsWith('.jsonl')) return answerBatch(input, asked.defaults, io);
    io.stdout.write(await answer(input, asked, io));
    return 0;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    io.stderr.write(`flotilla plan: ${error.message}\n`);
    return error.code === 'PLAN_IMPOSSIBLE' ? 1 : 2;
  }
}

async function answer(
  input: string,
  { defaults, form, svgFile }: PlanArguments,
  { stdout }: PlanStreams,
): Promise<string> {
  const question = readInstance(input, defaults);
  if (form === 'comparison') return comparisonText(question);
  const schedule = scheduleOf(solve(question.problem, question.strategy));
  if (svgFile !== undefined) await writeSvg(svgFile, schedule);
  if (form === 'json') return `${JSON.stringify(planDocument(question.problem, schedule))}\n`;
  const columns = Math.min(100, Math.max(40, (stdout.columns ?? 80) - 12));
  return planText(question, schedule, { columns, hasColour: stdout.isTTY === true });
}

async function writeSvg(file: string, { timeline }: Schedule): Promise<void> {
  try {
    await writeFile(file, ganttSvg(timeline));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'unwritable';
    throw new Fault('INSTANCE_INVALID', `--svg: cannot write ${file}: ${why}`, { cause });
  }
}

/** Writes one document a line, in order; a bad line gives its fault and does not stop the batch. */
function answerBatch(input: string, defaults: PlanDefaults, { stdout }: PlanStreams): number {
  let exitCode = 0;
  for (const [i, line] of input.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      const { problem, strategy } = readInstance(line, defaults);
      const schedule = scheduleOf(solve(problem, strategy));
      stdout.write(`${JSON.stringify(planDocument(problem, schedule))}\n`);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const { code, message } = error;
      stdout.write(`${JSON.stringify({ error: { code, message, line: i + 1 } })}\n`);
      exitCode = 2;
    }
  }
  return exitCode;
}

async function readInput(file: string, { stdin }: PlanStreams): Promise<string> {
  if (file === '-') return text(stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'unreadable';
    throw new Fault('INSTANCE_INVALID', `cannot read ${file}: ${why}`, { cause });
  }
}

function readArguments(args: readonly string[]): PlanArguments {
  const { values, positionals } = parse(args);
  const [file, surplus] = positionals;
  if (file === undefined || surplus !== undefined) {
    throw usageFault(
      surplus === undefined ? 'FILE: is missing' : `FILE: only one is allowed, not ${surplus}`,
    );
  }
  if (file.endsWith('.jsonl') && (values.compare || values.svg !== undefined)) {
    throw usageFault('--svg, --compare: for one instance, not for a .jsonl file');
  }
  const number = (flag: keyof typeof values): number => numberOf(flag, String(values[flag]));
  const { strategy } = values;
  if (!isStrategyName(strategy)) throw usageFault(`--strategy: unknown strategy ${strategy}`);
  return {
    file,
    form: values.compare ? 'comparison' : values.json ? 'json' : 'text',
    svgFile: values.svg,
    defaults: {
      link: {
        ...(values['uplink-mbps'] === undefined ? {} : { uplinkMbps: number('uplink-mbps') }),
        latencyMs: number('latency-ms'),
        perTensorMs: number('per-tensor-ms'),
        resultBytes: number('result-bytes'),
        downlinkMbps: number('downlink-mbps'),
      },
      strategy,
      objective: objectiveOf(values.objective),
      ...(values.frames === undefined ? {} : { frames: number('frames') }),
      ...(values.workers === undefined ? {} : { workers: number('workers') }),
    },
  };
}

function parse(
  args: readonly string[],
): ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : 'bad arguments';
    throw new Fault('INSTANCE_INVALID', `${why}`, { cause });
  }
}

/** Amounts on the command line are plain numbers; rates and counts must also be above zero. */
function numberOf(flag: string, word: string): number {
  const number = word.trim() === '' ? Number.NaN : Number(word);
  const isAboveZero = /mbps|frames|workers/.test(flag);
  if (!Number.isFinite(number)) throw usageFault(`--${flag}: must be a finite number, is ${word}`);
  if (number < 0) throw usageFault(`--${flag}: must not be negative, is ${word}`);
  if (isAboveZero && number === 0) throw usageFault(`--${flag}: must be above 0`);
  return number;
}

function objectiveOf(word: string): Objective {
  if (word === 'frame' || word === 'stream' || word === 'burst') return word;
  throw usageFault(`--objective: must be frame, stream or burst, is ${word}`);
}

function usageFault(message: string): Fault {
  return new Fault('INSTANCE_INVALID', message);
}
