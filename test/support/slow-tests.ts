/** Prints the ten slowest tests of a run, and fails it when a test that is not listed takes much too long. */
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { SLOW_FILES } from './slow-files.js';

const SHOWN = 10;
/** No test takes longer, unless it is listed. */
const BUDGET_MS = 10_000;
/** A machine that does other work as well may make a test as much slower. */
const BUSY_FACTOR = 3;

interface Timed {
  readonly ms: number;
  readonly file: string;
  readonly title: string;
}

function timedOf(test: TestCase): Timed {
  const ms = test.diagnostic()?.duration ?? 0;
  return { ms, file: test.module.relativeModuleId, title: test.fullName };
}

export default class SlowTests implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()].map(timedOf));
    const slowest = tests.sort((a, b) => b.ms - a.ms).slice(0, SHOWN);
    if ((slowest[0]?.ms ?? 0) < 1000) return;
    console.log('Slowest tests');
    for (const { ms, file, title } of slowest) {
      const mark = ms > BUDGET_MS && SLOW_FILES[file] === undefined ? ' over the budget' : '';
      console.log(`  ${(ms / 1000).toFixed(1).padStart(5)} s${mark}  ${file}  ${title}`);
    }
    const over = tests.filter(({ ms, file }) => ms > BUDGET_MS * BUSY_FACTOR && !SLOW_FILES[file]);
    if (over.length === 0) return;
    console.error(
      `${over.length} test(s) took over ${(BUDGET_MS * BUSY_FACTOR) / 1000} s: make them quicker, or list them with a reason.`,
    );
    process.exitCode = 1;
  }
}
