import { defineProject } from 'vitest/config';
import { projectDefaults } from '../../vitest.shared.js';

export default defineProject({
  ...projectDefaults,
  test: { ...projectDefaults.test, include: ['{server,web,e2e}/**/*.test.ts'], name: 'demo', testTimeout: 120_000 },
});
