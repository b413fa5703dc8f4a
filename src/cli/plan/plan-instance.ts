/**
 * Reads one planning instance (docs/planner.md, "Instance format") into a problem of the planner.
 *
 * Throws INSTANCE_INVALID naming the field and the error.
 */
import { z } from 'zod';
import {
  checkProblem,
  isStrategyName,
  type Link,
  type Network,
  type Objective,
  type Problem,
  type StrategyName,
} from '../../planner/index.js';
import { Fault } from '../../wire/index.js';

/** Numbers of a question that an instance or the command line may give. */
const AMOUNTS = [
  'frames',
  'workers',
  'intervalMs',
  'slack',
  'deviceMemoryBytes',
  'maxFrameBytes',
  'bytesPrice',
] as const;

/** These numbers, as far as they are given. */
export type PlanAmounts = { readonly [K in (typeof AMOUNTS)[number]]?: number };

/** Values of the command line for instances that do not give them. */
export interface PlanDefaults extends PlanAmounts {
  readonly link: Omit<Link, 'uplinkMbps'> & { readonly uplinkMbps?: number };
  readonly strategy: StrategyName;
  readonly objective: Objective;
}

/** A well-formed problem with the strategy to solve it. */
export interface PlanQuestion {
  readonly name?: string;
  readonly problem: Problem;
  readonly strategy: StrategyName;
}

// Infinity comes from literals such as 1e999; the planner's own check names it better than zod.
export const amount = z.union([z.number(), z.literal([Infinity, -Infinity])]);
const encoding = z.object({
  name: z.string(),
  bytes: amount,
  encodeMs: amount,
  decodeMs: amount,
});
const layer = z.object({
  id: z.string(),
  deviceMs: amount,
  cloudMs: amount,
  outputBytes: amount.optional(),
  memoryBytes: amount.optional(),
  encodings: z.array(encoding).optional(),
});
export const linkFields = z.object({
  uplinkMbps: amount.optional(),
  latencyMs: amount.optional(),
  perTensorMs: amount.optional(),
  resultBytes: amount.optional(),
  downlinkMbps: amount.optional(),
});
const slacks = z.object({ device: amount, uplink: amount, cloud: amount });
/** The fields of a network. */
export const networkFields = {
  layers: z.array(layer),
  edges: z.array(z.tuple([z.string(), z.string()])),
};
const instance = z.object({
  name: z.string().optional(),
  ...networkFields,
  link: linkFields.optional(),
  strategy: z.string().refine(isStrategyName, 'is not a strategy').optional(),
  objective: z.enum(['frame', 'stream', 'burst', 'paced']).optional(),
  frames: amount.optional(),
  workers: amount.optional(),
  intervalMs: amount.optional(),
  slack: z.union([amount, slacks]).optional(),
  deviceMemoryBytes: amount.optional(),
  maxFrameBytes: amount.optional(),
  bytesPrice: amount.optional(),
});

/** Parses the text of one instance; missing values come from the defaults. */
export function readInstance(text: string, defaults: PlanDefaults): PlanQuestion {
  const { name, layers, edges, ...own } = parsed(instance, text);
  const { uplinkMbps, ...rest } = { ...defaults.link, ...defined(own.link ?? {}) };
  if (uplinkMbps === undefined) {
    throw invalid('link.uplinkMbps: is missing; set it here or as --uplink-mbps');
  }
  const given = AMOUNTS.map((amountName) => [amountName, own[amountName] ?? defaults[amountName]]);
  const problem: Problem = {
    network: networkOf({ layers, edges }, ''),
    link: { uplinkMbps, ...rest },
    objective: own.objective ?? defaults.objective,
    ...defined(Object.fromEntries(given) as Pick<Problem, (typeof AMOUNTS)[number]>),
  };
  const fault = checkProblem(problem);
  if (fault) throw invalid(`${fault.field.replace(/^units/, 'layers')}: ${fault.fault}`);
  return {
    ...(name === undefined ? {} : { name }),
    problem,
    strategy: own.strategy ?? defaults.strategy,
  };
}

/** The value of a text in JSON that has the fields of a schema. */
export function parsed<T extends z.ZodType>(schema: T, text: string): z.output<T> {
  const read = schema.safeParse(parseJson(text), { reportInput: true });
  if (!read.success) throw invalid(firstIssue(read.error));
  return read.data;
}

/** A network of the planner; `at` is the path to its fields. */
export function networkOf(
  { layers, edges }: { layers: z.output<typeof layer>[]; edges: [string, string][] },
  at: string,
): Network {
  return { units: layers.map((one, i) => toUnit(one, `${at}layers[${i}]`)), edges };
}

function toUnit(
  { outputBytes, memoryBytes, encodings, ...rest }: z.output<typeof layer>,
  at: string,
): Network['units'][number] {
  if (outputBytes === undefined && encodings === undefined) {
    throw invalid(`${at}.outputBytes: is missing`);
  }
  return {
    ...rest,
    outputBytes: outputBytes ?? 0,
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(encodings === undefined ? {} : { encodings }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replaceAll(/\s+/g, ' ') : 'unreadable';
    throw new Fault('INSTANCE_INVALID', `bad JSON: ${why}`, { cause });
  }
}

function firstIssue({ issues: [issue] }: z.ZodError): string {
  if (!issue) return 'the instance is malformed';
  const path = issue.path.map((step) =>
    typeof step === 'number' ? `[${step}]` : `.${String(step)}`,
  );
  const field = path.join('').replace(/^\./, '') || 'the instance';
  return `${field}: ${issue.input === undefined ? 'is missing' : plainly(issue)}`;
}

function plainly(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union') return `must be a number, is ${JSON.stringify(issue.input)}`;
  return issue.message;
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

export function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Defined<T>;
}

export function invalid(text: string): Fault {
  return new Fault('INSTANCE_INVALID', text);
}
