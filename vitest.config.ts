import { defineConfig } from 'vitest/config';

/** small: pure, beside the source; medium: one module with real parts; large: built processes. */
export default defineConfig({
  oxc: { target: 'es2023' },
  test: {
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
          setupFiles: ['test/support/typescript-children.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'large',
          include: ['test/large/**/*.spec.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
