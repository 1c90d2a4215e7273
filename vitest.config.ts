import { defineConfig } from 'vitest/config';

// Real processes on every side: a file at a time a core, and room for slow machines.
export default defineConfig({
  test: { include: ['test/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000, teardownTimeout: 20_000 },
});
