import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writePhantoms } from '@sim4seg/data';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { validateCommand } from './validate.js';

let folder = '';
let printed = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim4seg-validate-'));
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  await writePhantoms({ kind: 'limb-xray', n: 3, seed: 1, split: 'train', out: join(folder, 'set'), widthPx: 96 });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

it('is content with whole cases', async () => {
  await validateCommand([folder], {});
  expect(printed).toMatch(/in 1 datasets: 0 errors/);
});

it('ends with an error, a table and a page where cases are broken', async () => {
  const file = join(folder, 'set', 'cases.jsonl');
  const [first = ''] = (await readFile(file, 'utf8')).split('\n');
  await writeFile(file, `${first.replace(/"mask":"[^"]*"/, '"mask":"gone.png"')}\nno case\n`);
  const html = join(folder, 'out', 'page.html');
  await expect(validateCommand([folder], { html })).rejects.toMatchObject({ code: 'CASES_INVALID', exitCode: 50 });
  expect(printed).toMatch(/missing file/);
  expect(printed).toMatch(/2 errors/);
  expect(await readFile(html, 'utf8')).toMatch(/^<!doctype html>[^]*gone\.png[^]*<\/html>\n$/);
});

it('says where the page cannot be written', async () => {
  await expect(validateCommand([folder], { html: '/dev/null/page.html' })).rejects.toMatchObject({
    code: 'WRITE_FAILED',
  });
});
