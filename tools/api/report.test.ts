import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { apiReports } from './report.mjs';

let home = '';
const write = async (files: Record<string, string>): Promise<void> => {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(home, name)), { recursive: true });
    await writeFile(join(home, name), text);
  }
};
const report = (): string => Object.values(apiReports([join(home, 'packages/a'), join(home, 'packages/b')]))[0] ?? '';

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sim4seg-api-'));
  const manifest = (name: string) => JSON.stringify({ name, type: 'module', exports: { '.': { types: './d.ts' } } });
  await write({
    'packages/a/package.json': manifest('a').replace('./d.ts', './dist/index.d.ts'),
    'packages/b/package.json': manifest('b').replace('./d.ts', './dist/index.d.ts'),
    'packages/b/dist/index.d.ts': 'export declare const passed: 1;\n',
    'packages/a/dist/own.d.ts': [
      '/** Why it is there. */',
      'export interface Shape { readonly size: number }',
      'export declare function over(a: string): string;',
      'export declare function over(a: number): number;',
      'declare const hidden: 3;',
      'export { hidden as shown };',
    ].join('\n'),
    'packages/a/dist/index.d.ts':
      "export { over, shown } from './own.js';\nexport type { Shape } from './own.js';\nexport { passed } from 'b';\nexport * as all from './own.js';\n",
  });
  await mkdir(join(home, 'node_modules'));
  await symlink(join(home, 'packages/b'), join(home, 'node_modules/b'), 'junction');
});
afterAll(() => rm(home, { recursive: true, force: true }));

it('prints what an entry offers by name, without comments, and what it passes on', () => {
  const text = report();
  expect(text).toContain('# API of a');
  expect(text).toContain('Passed on from `b`: `passed`');
  expect(text).toContain('function over(a: string): string;\nfunction over(a: number): number;');
  expect(text).toContain('const hidden: 3;\nexport { hidden as shown };');
  expect(text).toMatch(/namespace all \{[^]*\n {2}function over\(a: string\): string;/);
  expect(text).not.toContain(home);
  expect(text).not.toContain('Why it is there');
  expect(text.indexOf('interface Shape')).toBeLessThan(text.indexOf('function over'));
});

it('changes with a signature, and not with a comment', async () => {
  const before = report();
  const file = 'packages/b/dist/index.d.ts';
  await write({ [file]: '/** Now explained. */\nexport declare const passed: 1;\n' });
  expect(report()).toBe(before);
  await write({
    'packages/a/dist/own.d.ts':
      'export interface Shape { readonly side: number }\nexport declare const over: 1, shown: 2;\n',
  });
  expect(report()).not.toBe(before);
});
