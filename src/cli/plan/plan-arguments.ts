/** The command line of `flotilla plan`. Throws INSTANCE_INVALID naming the flag and the error. */
import { parseArgs } from 'node:util';
import { isStrategyName, type Objective } from '../../planner/index.js';
import { Fault } from '../../wire/index.js';
import type { PlanAmounts, PlanDefaults } from './plan-instance.js';

export const USAGE = `usage: flotilla plan FILE|- --uplink-mbps N
       flotilla plan --from-device ID [--url http://localhost:8080]
       flotilla plan --shared FILE|-   devices that share uplinks and one cloud
  [--latency-ms 0] [--per-tensor-ms 0] [--result-bytes 0 --downlink-mbps 20]
  [--strategy auto] [--objective frame|stream|burst|paced] [--frames N] [--workers 1]
  [--interval-ms N] [--slack 0] interval of paced frames; share of it that every machine stays idle
  [--device-memory-bytes N] [--max-frame-bytes N] [--bytes-price N] limits; price of a KB in ms of latency
  [--front] rate against latency instead of one plan    [--compare] compare all strategies
  [--json]    [--svg FILE] write the timeline or the front as a picture
  --from-device takes the instance from a service, by the operator key in FLOTILLA_OPERATOR_KEY
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
  'interval-ms': { type: 'string' },
  slack: { type: 'string' },
  'device-memory-bytes': { type: 'string' },
  'max-frame-bytes': { type: 'string' },
  'bytes-price': { type: 'string' },
  'from-device': { type: 'string' },
  url: { type: 'string', default: 'http://localhost:8080' },
  json: { type: 'boolean', default: false },
  svg: { type: 'string' },
  front: { type: 'boolean', default: false },
  shared: { type: 'boolean', default: false },
  compare: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** Flags of numbers that an instance may also give. */
const AMOUNT_FLAGS = {
  frames: 'frames',
  workers: 'workers',
  'interval-ms': 'intervalMs',
  slack: 'slack',
  'device-memory-bytes': 'deviceMemoryBytes',
  'max-frame-bytes': 'maxFrameBytes',
  'bytes-price': 'bytesPrice',
} as const;

/** Where the instance comes from. */
export type InstanceSource =
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'device'; readonly device: string; readonly url: string };

/** A well-formed command line. */
export interface PlanArguments {
  readonly source: InstanceSource;
  readonly isBatch: boolean;
  readonly defaults: PlanDefaults;
  readonly isJson: boolean;
  readonly form: 'plan' | 'front' | 'comparison' | 'shared';
  readonly svgFile: string | undefined;
}

/** Reads a command line. */
export function readArguments(args: readonly string[]): PlanArguments {
  const { values, positionals } = parse(args);
  const source = sourceOf(positionals, values['from-device'], values.url);
  const isBatch = source.kind === 'file' && source.file.endsWith('.jsonl');
  if (isBatch && (values.compare || values.front || values.svg !== undefined)) {
    throw usageFault('--svg, --front, --compare: for one instance, not for a .jsonl file');
  }
  if (values.compare && values.front) throw usageFault('--front, --compare: only one is allowed');
  const { compare, front, svg } = values;
  if (
    values.shared &&
    (compare || front || svg !== undefined || isBatch || source.kind === 'device')
  ) {
    throw usageFault('--shared: for one file, without --front, --compare, --svg and --from-device');
  }
  const number = (flag: keyof typeof values): number => numberOf(flag, String(values[flag]));
  const { strategy } = values;
  if (!isStrategyName(strategy)) throw usageFault(`--strategy: unknown strategy ${strategy}`);
  const amounts = Object.entries(AMOUNT_FLAGS).flatMap(([flag, field]) => {
    const word = values[flag as keyof typeof AMOUNT_FLAGS];
    return word === undefined ? [] : [[field, numberOf(flag, word)] as const];
  });
  return {
    source,
    isBatch,
    isJson: values.json,
    form: formOf(values),
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
      ...(Object.fromEntries(amounts) as PlanAmounts),
    },
  };
}

function formOf({
  shared,
  compare,
  front,
}: {
  readonly shared: boolean;
  readonly compare: boolean;
  readonly front: boolean;
}): PlanArguments['form'] {
  if (shared) return 'shared';
  if (compare) return 'comparison';
  return front ? 'front' : 'plan';
}

function sourceOf(
  [file, surplus]: readonly string[],
  device: string | undefined,
  url: string,
): InstanceSource {
  if (device !== undefined) {
    if (file !== undefined) throw usageFault(`FILE: not together with --from-device, is ${file}`);
    return { kind: 'device', device, url };
  }
  if (file === undefined) throw usageFault('FILE: is missing');
  if (surplus !== undefined) throw usageFault(`FILE: only one is allowed, not ${surplus}`);
  return { kind: 'file', file };
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

/** Amounts on the command line are plain numbers; rates, counts and intervals must also be above zero. */
function numberOf(flag: string, word: string): number {
  const number = word.trim() === '' ? Number.NaN : Number(word);
  const isAboveZero = /mbps|^frames|workers|interval/.test(flag);
  if (!Number.isFinite(number)) throw usageFault(`--${flag}: must be a finite number, is ${word}`);
  if (number < 0) throw usageFault(`--${flag}: must not be negative, is ${word}`);
  if (isAboveZero && number === 0) throw usageFault(`--${flag}: must be above 0`);
  return number;
}

function objectiveOf(word: string): Objective {
  if (word === 'frame' || word === 'stream' || word === 'burst' || word === 'paced') return word;
  throw usageFault(`--objective: must be frame, stream, burst or paced, is ${word}`);
}

function usageFault(message: string): Fault {
  return new Fault('INSTANCE_INVALID', message);
}
