import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: ['packages/*/vitest.config.ts', 'apps/*/vitest.config.ts', 'tools/vitest.config.ts'],
    reporters: ['default'],
    // The default leaves a core to the reporter; on two cores that is half of them.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
