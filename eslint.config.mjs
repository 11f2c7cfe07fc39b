import tseslint from 'typescript-eslint';

/** Relations between packages are checked by tools/checks/layers.mjs; here: habits of STYLE that a linter can see. */
export default tseslint.config(
  { ignores: ['**/dist/**', '**/gen/**', '**/node_modules/**', '**/coverage/**', 'docs/site/**', '.nx/**', 'runs/**'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.{ts,tsx,mjs,js}'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Name what you export.' },
        { selector: 'ExportAllDeclaration', message: 'Entry points list their exports.' },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['packages/*/src/**/*.ts', 'apps/*/**/*.{ts,tsx}'],
    ignores: ['**/*.test.ts'],
    rules: {
      'max-lines-per-function': ['error', { max: 60 }],
      'max-lines': ['error', { max: 300, skipComments: true }],
    },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    ignores: ['packages/sim4seg/src/cli/**', 'packages/sim4seg/src/cli.ts', '**/*.test.ts'],
    rules: { 'no-console': 'error' },
  },
  {
    files: ['*.config.{ts,mjs}', '**/*.config.{ts,mjs}', 'packages/*/vitest.config.ts', 'apps/**/vite.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
