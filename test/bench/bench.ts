/**
 * `npm run bench -- [NAME …] [--short] [--devices N] [--seconds N] [--minutes N]`: measures, and prints Markdown with machine,
 * date and command; ends with 1 when a bound is not met.
 *
 * Every benchmark is a module of this folder. `--short` is for every change: seconds, and no figures
 * to quote, only a sign of life for what is measured.
 */
import { cpus, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { cameras } from './adapt/cameras.js';
import { deadline } from './adapt/deadline.js';
import { adapt } from './adapt.bench.js';
import type { BenchOptions } from './bench-options.js';
import { crowd } from './crowd.bench.js';
import { history } from './history.bench.js';
import { hostile } from './hostile/hostile.js';
import { shared } from './planner/planner-shared.js';
import { planner } from './planner.bench.js';
import { soak } from './soak.bench.js';
import { steady } from './steady/steady.js';
import { storm } from './storm.bench.js';
import { tails } from './tails.bench.js';

/** What is not as it must be, if a benchmark has bounds. */
type Problems = readonly string[];

type Bench = (options: BenchOptions) => void | Promise<void> | Promise<Problems>;

const BENCHES: Readonly<Record<string, Bench>> = {
  adapt,
  deadline,
  cameras,
  planner,
  shared,
  tails,
  history,
  crowd,
  hostile,
  storm,
  steady,
  soak,
};

function describeMachine(words: readonly string[]): string {
  const [cpu] = cpus();
  const gigabytes = (totalmem() / 1e9).toFixed(0);
  return [
    `Machine: ${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${gigabytes} GB; Node ${process.version}.`,
    `Load over the last minute: ${loadavg()[0]?.toFixed(1)}. ${new Date().toISOString().slice(0, 10)}, \`npm run bench -- ${words.join(' ')}\`.`,
  ].join('\n');
}

/** Names and options of a command line; throws with a sentence. */
function parsed(words: readonly string[]): { names: string[]; options: BenchOptions } {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      short: { type: 'boolean', default: false },
      devices: { type: 'string' },
      seconds: { type: 'string' },
      minutes: { type: 'string' },
      // The names are then those that do not run.
      except: { type: 'boolean', default: false },
    },
  });
  const { short: isShort, except: isExcept, ...texts } = values;
  const amounts = Object.entries(texts).map(([name, text]) => {
    const amount = Number(text);
    if (!(amount > 0)) throw new Error(`--${name} is ${text}, which is no amount`);
    return [name, amount] as const;
  });
  const unknown = positionals.find((name) => !Object.hasOwn(BENCHES, name));
  if (unknown !== undefined) {
    throw new Error(`unknown benchmark ${unknown}, known are ${Object.keys(BENCHES).join(', ')}`);
  }
  const all = Object.keys(BENCHES);
  const named = positionals.length === 0 && !isExcept ? all : positionals;
  const names = all.filter((name) => named.includes(name) !== isExcept);
  return { names, options: { isShort, ...Object.fromEntries(amounts) } };
}

async function main(words: readonly string[]): Promise<number> {
  const { names, options } = parsed(words);
  console.log(describeMachine(words));
  const problems: string[] = [];
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (!names.includes(name)) continue;
    console.log(`\n## ${name}`);
    const found = await bench(options);
    if (found) problems.push(...found.map((problem) => `${name}: ${problem}`));
  }
  for (const problem of problems) process.stderr.write(`bench: not met: ${problem}\n`);
  return problems.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
