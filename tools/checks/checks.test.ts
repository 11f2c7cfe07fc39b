import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findingsOf, undecided } from './audit.mjs';
import { checkErrorDocs } from './error-docs.mjs';
import { deadExports } from './dead-exports.mjs';
import { checkLicences, refusedIn } from './licences.mjs';

let root = '';
afterEach(() => rm(root, { recursive: true, force: true }));

async function project(files: Readonly<Record<string, string>>): Promise<string> {
  root = await mkdtemp(join(tmpdir(), 'sim4seg-checks-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

describe('dead exports', () => {
  const manifest = JSON.stringify({ name: '@x/a', exports: { '.': { 'sim4seg-source': './src/index.ts' } } });

  it('names what nobody imports, and neither what is public nor what a test, a type or an import() takes', async () => {
    const folder = await project({
      'packages/a/package.json': manifest,
      'packages/a/src/index.ts': `export { open } from './parts.js';\nexport const shown = 1;`,
      'packages/a/src/parts.ts': `
        export interface Options { a: number } export const open = (o: Options) => o;
        export const tested = 1; export const lazily = 2; export const typed = 3; export const dead = 4;
        export interface Forgotten { a: number }`,
      'packages/a/src/parts.test.ts': `import { tested } from './parts.js';`,
      'packages/a/src/other.ts': `const { lazily } = await import('./parts.js'); type T = typeof import('./parts.js').typed;`,
    });
    expect(deadExports(folder)).toEqual(['dead', 'Forgotten'].map((name) => `packages/a/src/parts.ts: ${name}`));
  });
});

describe('licences', () => {
  const list = { shipped: { MIT: '' }, development: { 'MPL-2.0': '' }, packages: { 'img-*': { licence: 'LGPL' } } };
  const lock = (entry: object) => ({
    'package-lock.json': JSON.stringify({ packages: { 'node_modules/img-a': entry } }),
  });

  it('reads alternatives and sums', () => {
    const allowed = new Set(['MIT', 'ISC']);
    expect(refusedIn('(MIT OR GPL-3.0)', allowed)).toEqual([]);
    expect(refusedIn('MIT AND GPL-3.0', allowed)).toEqual(['GPL-3.0']);
  });

  it.each([
    [{ license: 'LGPL' }, []],
    [{ license: 'MPL-2.0', dev: true }, []],
    [{ license: 'MPL-2.0' }, ['img-a: MPL-2.0']],
    [{}, ['img-a: names no licence']],
  ])('%o', async (entry, problems) => {
    expect(checkLicences(await project(lock(entry)), list).problems).toEqual(problems);
  });
});

it('error codes differ from their page in any direction', async () => {
  const folder = await project({
    'packages/core/src/errors.ts': `  KEPT_CODE: [2, 'kept'],\n  NOT_THERE: [3, 'only here'],\n`,
    'packages/core/src/use.ts': `/** @throws LOST_CODE, KEPT_CODE */\nthrow new E('KEPT_CODE');`,
    'docs/errors.md': '| `KEPT_CODE` | 2 | kept | - |\n| `PAGE_ONLY` | 4 | there | - |\n',
    'apps/README.md': '',
  });
  expect(checkErrorDocs(folder)).toEqual([
    'NOT_THERE: not so in docs/errors.md',
    'PAGE_ONLY: only in docs/errors.md',
    'NOT_THERE: nobody throws it',
    'LOST_CODE: promised in packages/core/src/use.ts, not in the table',
  ]);
});

describe('audit', () => {
  const url = 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc';
  const via = [{ url, name: 'left', severity: 'high', title: 'pads too much' }, 'right'];

  it('asks for a decision on each finding', () => {
    const findings = findingsOf(JSON.stringify({ vulnerabilities: { left: { via }, right: { via: ['left'] } } }));
    expect(undecided(findings, 'nothing')).toEqual([['GHSA-aaaa-bbbb-cccc', 'left, high: pads too much']]);
    expect(undecided(findings, '| GHSA-aaaa-bbbb-cccc | left | no |')).toEqual([]);
  });

  it('tells a registry that answers no audits from one without findings', () => {
    expect(findingsOf(JSON.stringify({ error: { summary: '405' } }))).toBeNull();
    expect(findingsOf('')).toBeNull();
    expect(findingsOf(JSON.stringify({ vulnerabilities: {} }))).toEqual(new Map());
  });
});
