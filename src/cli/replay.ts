/** `flotilla replay`: simulates frames of a network over a bandwidth trace, under one or all policies. */
import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import {
  type ComparedPolicy,
  type Comparison,
  compared,
  policyNames,
  rowsOf,
  type TraceRequest,
  traceOf,
  traceRequest,
  uplinks,
} from '../replay/index.js';
import { bytesPrice, deadlineGoal, Fault, type RowAim } from '../wire/index.js';
import { readInstance } from './plan/plan-instance.js';
import { readWords, type Streams, UsageError, wholeNumber } from './usage.js';

const USAGE = `usage: flotilla replay FILE --uplink NAME | --trace TRACE.csv
  [--policy ${policyNames.join('|')}|all] [--seconds 600] [--seed 1] [--period-ms 1000]
  [--rtt-ms 40] [--outage-at-s N --outage-s N] [--json]
  [--deadline-ms N [--risk 0.05]] [--bytes-price N]   rows are chosen for these; a price is in ms for each KB
  FILE is a planning instance; each line of a trace has milliseconds and Mbps, from '0,5.85' on
  uplinks: ${uplinks.map(({ name }) => name).join('; ')}
`;

const OPTIONS = {
  uplink: { type: 'string' },
  trace: { type: 'string' },
  policy: { type: 'string', default: 'all' },
  seconds: { type: 'string', default: '600' },
  seed: { type: 'string', default: '1' },
  'period-ms': { type: 'string', default: '1000' },
  'rtt-ms': { type: 'string' },
  'outage-at-s': { type: 'string', default: '0' },
  'outage-s': { type: 'string' },
  'deadline-ms': { type: 'string' },
  risk: { type: 'string' },
  'bytes-price': { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const RTT_MS = 40;
const DOWNLINK_MBPS = 20;

/** Runs the command and resolves to its exit code: 0 replayed, 2 invalid input. */
export async function replayCommand(args: readonly string[], io: Streams): Promise<number> {
  const { values, positionals } = readWords(args, OPTIONS);
  if (values.help) {
    io.stdout.write(USAGE);
    return 0;
  }
  const [file, surplus] = positionals;
  if (file === undefined || surplus !== undefined) throw new UsageError('replay: takes one FILE');
  try {
    const trace = await requestOf(values);
    const found = await replayed(file, trace, values);
    io.stdout.write(values.json ? `${JSON.stringify(found)}\n` : text(found.policies));
    return 0;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    io.stderr.write(`flotilla replay: ${error.message}\n`);
    return 2;
  }
}

type Values = ReturnType<typeof readWords<typeof OPTIONS>>['values'];

async function requestOf(values: Values): Promise<TraceRequest> {
  const outage = values['outage-s'] && {
    atSeconds: Number(values['outage-at-s']),
    seconds: Number(values['outage-s']),
  };
  const parsed = traceRequest.safeParse({
    ...(values.uplink !== undefined && { uplink: values.uplink }),
    ...(values.trace !== undefined && { points: await pointsIn(values.trace) }),
    ...{ seconds: Number(values.seconds), seed: wholeNumber('seed', values.seed, 0) },
    ...(outage && { outage }),
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`--${issue?.path.join('.') ?? 'trace'}: ${issue?.message ?? 'malformed'}`);
}

async function pointsIn(file: string): Promise<number[][]> {
  const read = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Fault('INSTANCE_INVALID', `cannot read ${file}`, { cause });
  });
  const lines = read.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => line.split(',').map(Number));
}

async function replayed(
  file: string,
  request: TraceRequest,
  values: Values,
): Promise<{ seconds: number; rows: number; policies: Partial<Comparison> }> {
  const made = traceOf(request);
  if (typeof made === 'string') throw new Fault('INSTANCE_INVALID', made);
  const { trace, lastsMs } = made;
  const rttMs = values['rtt-ms'] === undefined ? (made.rttMs ?? RTT_MS) : Number(values['rtt-ms']);
  const input = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Fault('INSTANCE_INVALID', `cannot read ${file}`, { cause });
  });
  const link = {
    latencyMs: rttMs / 2,
    perTensorMs: 0,
    resultBytes: 0,
    downlinkMbps: DOWNLINK_MBPS,
  };
  const defaults = {
    link: { ...link, uplinkMbps: 1 },
    strategy: 'auto',
    objective: 'frame',
  } as const;
  const { problem } = readInstance(input, defaults);
  const rows = rowsOf(problem.network, { ...problem.link, latencyMs: rttMs / 2 });
  const periodMs = wholeNumber('period-ms', values['period-ms'], 1);
  const aim = aimOf(values);
  const policies = namesOf(values.policy).map((name) => [
    name,
    compared({ trace, rows, rttMs, periodMs, lastsMs, aim }, name),
  ]);
  return { seconds: lastsMs / 1000, rows: rows.length, policies: Object.fromEntries(policies) };
}

const RISK = '0.05';

/** What rows are chosen for, within the bounds that a plan has. */
function aimOf(values: Values): RowAim {
  const { 'deadline-ms': deadlineMs, risk, 'bytes-price': price } = values;
  if (risk !== undefined && deadlineMs === undefined) {
    throw new UsageError('--risk needs --deadline-ms');
  }
  const goal = { deadlineMs: Number(deadlineMs), risk: Number(risk ?? RISK) };
  return {
    ...(deadlineMs !== undefined && { deadline: within(deadlineGoal, goal, 'deadline-ms') }),
    ...(price !== undefined && { bytesPrice: within(bytesPrice, Number(price), 'bytes-price') }),
  };
}

function within<T>(schema: z.ZodType<T>, value: unknown, option: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = issue?.path[0] === 'risk' ? 'risk' : option;
  throw new UsageError(`--${name}: ${issue?.message ?? 'malformed'}`);
}

function namesOf(word: string): readonly ComparedPolicy[] {
  if (word === 'all') return policyNames;
  const name = policyNames.find((one) => one === word);
  if (name === undefined)
    throw new UsageError(`--policy: must be one of ${policyNames.join(', ')}, all`);
  return [name];
}

function text(policies: Partial<Comparison>): string {
  const hasDeadline = Object.values(policies).some(({ late }) => late !== undefined);
  const late = hasDeadline ? '    late' : '';
  const head = `policy            frames   mean ms    p99 ms    max ms  switches  held back  finished here  KB/frame${late}`;
  const lines = Object.entries(policies).map(([name, one]) =>
    [
      name.padEnd(16),
      String(one.frames).padStart(7),
      ...[one.meanMs, one.p99Ms, one.maxMs].map((ms) => ms.toFixed(1).padStart(9)),
      String(one.switches).padStart(9),
      String(one.suppressed).padStart(10),
      String(one.fallbacks).padStart(14),
      (one.bytesPerFrame / 1000).toFixed(1).padStart(9),
      ...(one.late === undefined ? [] : [String(one.late).padStart(7)]),
    ].join(' '),
  );
  return `${[head, ...lines].join('\n')}\n`;
}
