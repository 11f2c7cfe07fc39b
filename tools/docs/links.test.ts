import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PAGES, readPage, root } from './pages.js';

/** Relative targets of links and pictures outside of code. */
const targetsOf = (page: string): string[] =>
  [...page.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(
    ([, target]) => target ?? '',
  );

const PLACE = /`((?:packages|apps|examples|tools|docs|bench)\/[\w./-]+\.\w+)`/g;

describe.each(PAGES)('%s', (path) => {
  const page = readPage(path);
  it('has links that lead somewhere', () => {
    const dead = targetsOf(page).filter((target) => !existsSync(join(root, dirname(path), target)));
    expect(dead).toEqual([]);
  });

  it('names files that are there', () => {
    const named = [...page.matchAll(PLACE)].map(([, file]) => file ?? '').filter((file) => !file.includes('/dist/'));
    expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});

it('every page is reached from the first one', () => {
  const reached = new Set(['README.md']);
  for (const path of reached)
    for (const target of targetsOf(readPage(path))) {
      const found = join(dirname(path), target);
      if (PAGES.includes(found)) reached.add(found);
    }
  expect(PAGES.filter((path) => !reached.has(path))).toEqual([]);
});

it('every example stands in its list', () => {
  const listed = targetsOf(readPage('examples/README.md')).map((target) => target.split('/')[0]);
  const entries = readdirSync(join(root, 'examples')).filter((name) => name !== 'README.md' && name !== 'node_modules');
  expect(entries.filter((name) => !listed.includes(name))).toEqual([]);
});

it('every decision stands in its list', () => {
  const listed = targetsOf(readPage('docs/adr/README.md'));
  expect(readdirSync(join(root, 'docs/adr')).filter((name) => name !== 'README.md')).toEqual(listed);
});

describe('SECURITY.md', () => {
  it('names tests that there are', () => {
    const rows = [...readPage('SECURITY.md').matchAll(/`(\S+\.test\.ts)`: ((?:"[^"]+"(?:, )?)+)/g)];
    expect(rows.length).toBeGreaterThan(3);
    for (const [, file = '', names = ''] of rows)
      for (const [, name = ''] of names.matchAll(/"([^"]+)"/g)) expect(readPage(file)).toContain(`'${name}'`);
  });
});
