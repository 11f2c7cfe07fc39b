import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePng, makePhantom } from '@sim4seg/data';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { moduleOf, openPageFolder } from './page-runner.js';
import type { PageFolder } from './page-runner.js';
import { PAGES, readPage } from './pages.js';
import { typeErrors } from './type-check.js';
import { commandsOf, isRunnable, snippetsOf } from './snippets.js';

describe('blocks of pages', () => {
  it('are found with their marks and with what stands around them', () => {
    const page =
      'a\n\n<!-- given\nlet x = 1;\n-->\n```ts run\nx += 1;\n```\n\n<!-- then\nassert(x);\n-->\n\n```\nplain\n```\n';
    const [only, ...more] = snippetsOf(page);
    expect(more).toEqual([]);
    expect(only).toEqual({
      line: 6,
      language: 'ts',
      mark: 'run',
      given: 'let x = 1;\n',
      code: 'x += 1;\n',
      then: 'assert(x);\n',
    });
  });

  it('for the shell are words without quotes and comments', () => {
    expect(commandsOf('# first\nsim4seg diagnose a.png -q "Is # there? It\'s." \\\n  --out x   # writes\n\n')).toEqual([
      ['sim4seg', 'diagnose', 'a.png', '-q', "Is # there? It's.", '--out', 'x'],
    ]);
  });
});

/** Several answers of the embedded model on a busy machine. */
const PATIENCE_MS = 400_000;

/** A file that every page may count on. */
let picture = Buffer.alloc(0);
beforeAll(async () => {
  picture = Buffer.from(await encodePng(makePhantom('dermoscopy', 5, { split: 'val', index: 0 }).picture));
});

describe('blocks that run', () => {
  it('are right by their types', { timeout: PATIENCE_MS }, () => {
    const modules = PAGES.flatMap((path) =>
      snippetsOf(readPage(path))
        .filter(({ language, mark }) => language === 'ts' && mark.startsWith('run'))
        .map((block) => [`${path.replaceAll(/\W/g, '-')}-${block.line}.ts`, moduleOf(block)]),
    );
    expect(modules.length).toBeGreaterThan(10);
    // One that is wrong, so that a check that checks nothing would be seen.
    const wrong = ['wrong.ts', 'const wrong: number = "text";\nexport { wrong };\n'];
    expect(typeErrors(Object.fromEntries([...modules, wrong]) as Record<string, string>)).toEqual([
      expect.stringContaining('const wrong: number'),
    ]);
  });
});

describe.each(PAGES)('%s', (path) => {
  const blocks = snippetsOf(readPage(path)).filter((block) => isRunnable(block) || block.mark !== '');
  it('runs every block, or says why not', () => {
    // Behind ```ts, ```sh, ...: `run`, `file=name` (written before later blocks run), or `not run: why`.
    const unmarked = blocks.filter(({ mark }) => !/^(run( file=\S+)?|file=\S+|not run: \w.+)$/.test(mark));
    expect(unmarked.map(({ line, language, mark }) => `${path}:${line} ${language} ${mark}`)).toEqual([]);
  });

  const taken = blocks.filter(({ mark }) => /^(run|file=)/.test(mark));
  if (taken.length === 0) return;
  let page: PageFolder | undefined;
  beforeAll(async () => {
    page = await openPageFolder();
    await writeFile(join(page.folder, 'picture.png'), picture);
  });
  afterAll(() => page?.[Symbol.asyncDispose]());

  it.each(taken)('$mark, line $line ($language)', { timeout: PATIENCE_MS }, async (block) => {
    const print = [vi.spyOn(process.stdout, 'write'), vi.spyOn(console, 'log')];
    print.forEach((spy) => spy.mockImplementation((() => true) as never));
    try {
      await page?.take(block);
    } finally {
      print.forEach((spy) => spy.mockRestore());
    }
  });
});
