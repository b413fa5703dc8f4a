import { defineConfig } from 'vitest/config';
import SlowFirst from './test/support/slow-first.js';

/**
 * small: pure, next to the source; medium: one module with real parts; large: built processes; timed: built processes that
 * need the machine alone, because they compare times. Each kind begins when the one before has ended. long: minutes of the
 * same, in `npm run test:long` and `.ci/run` alone; attacks: clients that want to stop the service, in `npm run test:attacks` and there;
 * arm64: the agent on an emulated processor of a Raspberry Pi, in `npm run test:arm64` and there.
 */
export default defineConfig({
  oxc: { target: 'es2023' },
  test: {
    // Much of a test is waiting for sockets and processes: two at a time, on one core too.
    maxWorkers: 2,
    sequence: { sequencer: SlowFirst },
    reporters: ['default', './test/support/slow-tests.ts'],
    projects: [
      {
        test: {
          name: 'small',
          include: [
            'src/**/*.spec.ts',
            'firmware-agent/src/**/*.spec.ts',
            'test/*.spec.ts',
          ],
          // Pure code: a module that keeps state between files is a fault to find.
          pool: 'threads',
          isolate: false,
          // What takes 0.2 s takes five where the machine has much else to do.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'medium',
          include: ['test/medium/**/*.spec.ts'],
          globalSetup: [
            'test/support/service/postgresql-setup.ts',
            'test/support/processes/bundled-children.ts',
          ],
          setupFiles: ['test/support/processes/typescript-children.ts'],
          testTimeout: 30_000,
          // Modules are loaded once for all files of a worker: that was a fifth of the time.
          isolate: false,
          // Their clocks are scaled and their time is waiting: a third worker takes what two leave of two cores.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'large',
          include: ['test/large/**/*.spec.ts'],
          globalSetup: ['test/support/service/postgresql-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'timed',
          include: ['test/timed/**/*.spec.ts'],
          globalSetup: ['test/support/service/postgresql-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'attacks',
          include: ['test/attacks/**/*.spec.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 5 },
        },
      },
      {
        test: {
          name: 'arm64',
          include: ['test/arm64/**/*.spec.ts'],
          // Code runs ten to fifty times slower there.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 6 },
        },
      },
      {
        test: {
          name: 'long',
          include: ['test/long/**/*.spec.ts'],
          globalSetup: [
            'test/support/service/postgresql-setup.ts',
            'test/support/processes/bundled-children.ts',
          ],
          setupFiles: ['test/support/processes/typescript-children.ts'],
          testTimeout: 300_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
