import { defineConfig } from 'vitest/config';

/** small: pure, beside the source; medium: one module with real parts; large: built processes. */
export default defineConfig({
  oxc: { target: 'es2023' },
  test: {
    // Much of a test is waiting for sockets and processes: two at a time, on one core too.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'small',
          include: [
            'src/**/*.spec.ts',
            'firmware-agent/src/**/*.spec.ts',
            'test/*.spec.ts',
          ],
        },
      },
      {
        test: {
          name: 'medium',
          include: ['test/medium/**/*.spec.ts'],
          globalSetup: ['test/support/service/postgresql-setup.ts'],
          setupFiles: ['test/support/processes/typescript-children.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'large',
          include: ['test/large/**/*.spec.ts'],
          globalSetup: ['test/support/service/postgresql-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          // Built processes have the machine for themselves, after all other tests.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
