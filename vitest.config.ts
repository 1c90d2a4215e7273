import { defineConfig } from 'vitest/config';

// Real processes on every side: a file at a time a core, and room for slow machines. In CI a test that fails is tried again
// and reported as such: what a busy machine does to a race must not hide what is broken.
// Only the hazards run several tests of a file at once: three, so that two cores are never out of work.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    maxWorkers: '100%',
    maxConcurrency: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    retry: process.env.CI ? 2 : 0,
  },
});
