/** Prints the ten slowest tests of a run, and fails it when a test that is not listed here takes much too long. */
import type { Reporter, TestCase, TestModule } from 'vitest/node';

const SHOWN = 10;
/** No test takes longer, unless it is listed. */
const BUDGET_MS = 10_000;
/** A machine that does other work as well may make a test as much slower. */
const BUSY_FACTOR = 3;

/** Files whose tests take longer than the budget, and why they have to. */
const LISTED: Readonly<Record<string, string>> = {
  'test/large/faults.spec.ts': 'real agents lose a link, a process and their service in one story',
  'test/large/prefetch.spec.ts': 'a real link changes twice, and a plan follows each change',
  'test/large/readme.spec.ts': 'the commands of a newcomer, one after the other',
  'test/large/rollout.spec.ts': 'two rollouts are observed for seconds a wave, as in the field',
  'test/large/system.spec.ts': 'real networks with several inputs and outputs run on a slow device',
  'test/long/testbed.spec.ts': 'it measures',
  'test/medium/models/shared-models.spec.ts': 'real networks run at every cut',
  'test/medium/plans/crowded-cloud.spec.ts': 'a fleet leaves a slow cloud and returns one by one',
  'test/timed/broker-faults.spec.ts':
    'slow and silent connections are cut after eight seconds of real time',
  'test/timed/drift.spec.ts': 'a device becomes slower after twelve seconds of real time',
};

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
      const mark = ms > BUDGET_MS && LISTED[file] === undefined ? ' over the budget' : '';
      console.log(`  ${(ms / 1000).toFixed(1).padStart(5)} s${mark}  ${file}  ${title}`);
    }
    const over = tests.filter(({ ms, file }) => ms > BUDGET_MS * BUSY_FACTOR && !LISTED[file]);
    if (over.length === 0) return;
    console.error(
      `${over.length} test(s) took over ${(BUDGET_MS * BUSY_FACTOR) / 1000} s: make them quicker, or list them with a reason.`,
    );
    process.exitCode = 1;
  }
}
