import { defineProject } from 'vitest/config';
import { projectDefaults } from '../vitest.shared.js';

export default defineProject({
  ...projectDefaults,
  test: { ...projectDefaults.test, name: 'tools', include: ['**/*.test.ts'] },
});
