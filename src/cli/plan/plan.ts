/**
 * `flotilla plan`: solves planning instances from a file, standard input or a device (docs/planner.md).
 *
 * Exit codes: 0 solved, 1 no feasible schedule, 2 invalid input (one line on stderr, or one
 * error document per bad line of a batch).
 */
import { readFile, writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { solve } from '../../planner/index.js';
import { Fault } from '../../wire/index.js';
import { frontSvg } from './front-svg.js';
import { ganttSvg } from './gantt-svg.js';
import { planDocument, planText, scheduleOf } from './plan-answer.js';
import { type InstanceSource, type PlanArguments, readArguments, USAGE } from './plan-arguments.js';
import { comparisonText } from './plan-comparison.js';
import { instanceOfDevice } from './plan-device.js';
import { frontPoints, frontText } from './plan-front.js';
import { type PlanDefaults, type PlanQuestion, readInstance } from './plan-instance.js';
import { readShared, sharedAnswer, sharedText } from './plan-shared.js';

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

/** Runs the command and resolves to its exit code. */
export async function planCommand(args: readonly string[], io: PlanStreams): Promise<number> {
  if (args.includes('--help')) {
    io.stdout.write(USAGE);
    return 0;
  }
  try {
    const asked = readArguments(args);
    const input = await readInput(asked.source, io);
    if (asked.isBatch) return answerBatch(input, asked.defaults, io);
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
  asked: PlanArguments,
  { stdout }: PlanStreams,
): Promise<string> {
  if (asked.form === 'shared') return answerShared(input, asked);
  const question = readInstance(input, asked.defaults);
  if (asked.form === 'comparison') return comparisonText(question);
  if (asked.form === 'front') return answerFront(question, asked);
  const schedule = scheduleOf(solve(question.problem, question.strategy));
  await writeSvg(asked.svgFile, () => ganttSvg(schedule.timeline));
  if (asked.isJson) return `${JSON.stringify(planDocument(question.problem, schedule))}\n`;
  const columns = Math.min(100, Math.max(40, (stdout.columns ?? 80) - 12));
  return planText(question, schedule, { columns, hasColour: stdout.isTTY === true });
}

function answerShared(input: string, { defaults, isJson }: PlanArguments): string {
  const answer = sharedAnswer(readShared(input, defaults));
  return isJson ? `${JSON.stringify(answer)}\n` : sharedText(answer);
}

async function answerFront(
  question: PlanQuestion,
  { svgFile, isJson }: PlanArguments,
): Promise<string> {
  const points = frontPoints(question);
  await writeSvg(svgFile, () => frontSvg(points));
  return isJson ? `${JSON.stringify({ points })}\n` : frontText(points);
}

async function writeSvg(file: string | undefined, picture: () => string): Promise<void> {
  if (file === undefined) return;
  try {
    await writeFile(file, picture());
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
      const { code, message } = error instanceof Fault ? error : unexpected(error);
      stdout.write(`${JSON.stringify({ error: { code, message, line: i + 1 } })}\n`);
      exitCode = 2;
    }
  }
  return exitCode;
}

/** A fault of this program concerns one line: the others still get their answers. */
function unexpected(cause: unknown): Fault {
  return new Fault('INTERNAL', cause instanceof Error ? cause.message : String(cause), { cause });
}

async function readInput(source: InstanceSource, { stdin }: PlanStreams): Promise<string> {
  if (source.kind === 'device') return instanceOfDevice(source.device, source.url);
  const { file } = source;
  if (file === '-') return text(stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'unreadable';
    throw new Fault('INSTANCE_INVALID', `cannot read ${file}: ${why}`, { cause });
  }
}
