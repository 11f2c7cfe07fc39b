/** What every package's vitest project shares: sources of neighbours are resolved directly, no build needed. */
export const projectDefaults = {
  resolve: { conditions: ['sim4seg-source'] },
  ssr: { resolve: { conditions: ['sim4seg-source', 'node'], externalConditions: ['sim4seg-source', 'node'] } },
  test: { include: ['src/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
};
