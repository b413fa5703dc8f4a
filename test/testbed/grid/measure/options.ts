/** The words after `npm run testbed --`. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { uplinks } from '../../../../src/replay/index.js';
import { root } from '../../../support/processes/processes.js';
import { type EmulationWish, means, processors } from '../../emulation/choose-emulation.js';
import { type LiveOptions, shortName, uplinksNamed } from '../../live/live-options.js';
import { MODES, POLICIES } from './grid.js';
import { type GridNetwork, networksIn, REFERENCE, referenceOf } from './grid-networks.js';
import type { GridOptions } from './run-grid.js';

const DOWNLINK_MBPS = 50;

const USAGE = `npm run testbed [-- OPTIONS]
  --short              two networks, one link, few frames: a sign of life in less than a minute
  --networks A,B       ${REFERENCE.join(', ')} (default all), or any other reference network
  --models DIR         the .onnx files of a folder; without --networks only these
  --rates A,B          uplinks in Mbps (default 1.1,5.85,18.88)
  --modes A,B          ${MODES.join(', ')}: one at a time, or back to back (default both; frames with --short)
  --encodings A,B      ${POLICIES.join(', ')}: the model's policy (default both; exact with --short)
  --frames N           frames of every row of a cell; slow rows get fewer (default 12)
  --rounds N           number of turns, rows one after the other; half as many for streams, of three seconds each (default 3)
  --latency-ms N       one way (default 5)
  --slowdown F         how much slower than a core of this machine the devices are (default 12)
  --emulation HOW      ${means.join(' | ')}: kernel needs root; auto (default) takes what can be had
  --processor HOW      ${processors.join(' | ')} of a cgroup, with the kernel's means (default slowdown)
  --uplinks A,B        no grid: links that change all the time, under the device's own choice, local, cloud and min-cut, next to the
                       replay; ${uplinks.map(shortName).join(', ')}
  --seconds N          how long each is played for each of them (default 120)
  --seed N             of the uplinks (default 1)
  --interval-ms N      least time from frame to frame with --uplinks (default 500)
  --out DIR            folder for results and charts (default dist/testbed)
  --resume             keeps the networks that are in DIR's results.json already, of a run with the same settings
  --write-docs         writes the results into docs/results/testbed.md`;

export interface TestbedOptions extends GridOptions {
  readonly emulation: EmulationWish;
  readonly out: string;
  readonly resumes: boolean;
  readonly writesDocs: boolean;
  /** Instead of the grid. */
  readonly live: LiveOptions | undefined;
  readonly command: string;
}

const flags = {
  short: { type: 'boolean', default: false },
  networks: { type: 'string' },
  models: { type: 'string' },
  rates: { type: 'string' },
  modes: { type: 'string' },
  encodings: { type: 'string' },
  frames: { type: 'string' },
  rounds: { type: 'string' },
  'latency-ms': { type: 'string', default: '5' },
  slowdown: { type: 'string', default: '12' },
  emulation: { type: 'string', default: 'auto' },
  processor: { type: 'string', default: 'slowdown' },
  uplinks: { type: 'string' },
  seconds: { type: 'string', default: '120' },
  seed: { type: 'string', default: '1' },
  'interval-ms': { type: 'string', default: '500' },
  out: { type: 'string', default: join(root, 'dist/testbed') },
  resume: { type: 'boolean', default: false },
  'write-docs': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** Options of a command line; throws naming the option that is unknown or wrong; prints the options and exits on --help. */
export async function readOptions(words: readonly string[]): Promise<TestbedOptions> {
  const { values } = parseArgs({ args: [...words], options: flags });
  if (values.help) {
    console.log(USAGE);
    process.exit();
  }
  const { short, frames = short ? '6' : '12', rounds = short ? '1' : '3' } = values;
  const { rates = short ? '5.85' : '1.1,5.85,18.88' } = values;
  const { modes = short ? 'frames' : MODES.join() } = values;
  const { encodings = short ? 'exact' : POLICIES.join() } = values;
  const latencyMs = number('latency-ms', values['latency-ms'], 0, 10_000);
  return {
    networks: await networksOf(values),
    links: rates.split(',').map((text) => ({
      uplinkMbps: number('rates', text, 0.05, 1000),
      downlinkMbps: DOWNLINK_MBPS,
      latencyMs,
    })),
    modes: modes.split(',').map((text) => oneOf('modes', text, MODES)),
    policies: encodings.split(',').map((text) => oneOf('encodings', text, POLICIES)),
    frames: number('frames', frames, 1, 900),
    rounds: number('rounds', rounds, 1, 100),
    emulation: {
      means: oneOf('emulation', values.emulation, means),
      processor: oneOf('processor', values.processor, processors),
      slowdown: number('slowdown', values.slowdown, 1, 100),
    },
    out: values.out,
    resumes: values.resume,
    writesDocs: values['write-docs'],
    live: values.uplinks === undefined ? undefined : liveOptions(values.uplinks, values),
    command: ['npm run testbed', ...(words.length > 0 ? ['--', ...words] : [])].join(' '),
  };
}

function liveOptions(
  names: string,
  values: { readonly seconds: string; readonly seed: string; readonly 'interval-ms': string },
): LiveOptions {
  return {
    uplinks: uplinksNamed(names),
    lastsMs: 1000 * number('seconds', values.seconds, 10, 3600),
    seed: number('seed', values.seed, 0, 2 ** 31),
    periodMs: number('interval-ms', values['interval-ms'], 10, 60_000),
  };
}

async function networksOf({
  short,
  networks,
  models,
}: {
  short: boolean;
  networks?: string | undefined;
  models?: string | undefined;
}): Promise<GridNetwork[]> {
  const files = models === undefined ? [] : await networksIn(models);
  const usual = short ? ['squeezenet', 'three-heads'] : REFERENCE;
  const names = networks?.split(',') ?? (models === undefined ? usual : []);
  return [...names.map(referenceOf), ...files];
}

function number(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max) return value;
  throw new Error(`--${flag} ${text}: is a number from ${min} to ${max}`);
}

function oneOf<T extends string>(flag: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw new Error(`--${flag} ${text}: is one of ${known.join(', ')}`);
}
