/**
 * `npm run bench -- [NAME …] [--short]`: measures, and prints Markdown with machine, date and command.
 *
 * Every benchmark is a module of this folder. `--short` is for every change: seconds, and no figures
 * to quote, only a sign of life for what is measured.
 */
import { cpus, loadavg, totalmem } from 'node:os';
import { adapt } from './adapt.bench.js';
import { planner } from './planner.bench.js';
import { tails } from './tails.bench.js';

export interface BenchOptions {
  readonly isShort: boolean;
}

const BENCHES: Readonly<Record<string, (options: BenchOptions) => void | Promise<void>>> = {
  adapt,
  planner,
  tails,
};

function describeMachine(words: readonly string[]): string {
  const [cpu] = cpus();
  const gigabytes = (totalmem() / 1e9).toFixed(0);
  return [
    `Machine: ${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${gigabytes} GB; Node ${process.version}.`,
    `Load over the last minute: ${loadavg()[0]?.toFixed(1)}. ${new Date().toISOString().slice(0, 10)}, \`npm run bench -- ${words.join(' ')}\`.`,
  ].join('\n');
}

async function main(words: readonly string[]): Promise<number> {
  const names = words.filter((word) => word !== '--short');
  const unknown = names.find((name) => !Object.hasOwn(BENCHES, name));
  if (unknown !== undefined) {
    process.stderr.write(
      `bench: unknown benchmark ${unknown}, known are ${Object.keys(BENCHES).join(', ')}\n`,
    );
    return 2;
  }
  console.log(describeMachine(words));
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.log(`\n## ${name}`);
    await bench({ isShort: names.length < words.length });
  }
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
