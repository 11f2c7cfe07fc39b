import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatasets } from './open-datasets.js';
import { readCases } from './read-cases.js';

const caseLine = (fields: Record<string, unknown>): string =>
  JSON.stringify({
    id: 'a',
    image: 'a.png',
    modality: 'dermoscopy',
    anatomy: 'skin',
    target: 'skin lesion',
    split: 'val',
    ...fields,
  });

describe('case folders', () => {
  let root = '';
  beforeEach(async () => (root = await mkdtemp(join(tmpdir(), 'sim4seg-cases-'))));
  afterEach(() => rm(root, { recursive: true, force: true }));

  const dataset = async (name: string, lines: string[]): Promise<string> => {
    await mkdir(join(root, name), { recursive: true });
    await writeFile(join(root, name, 'cases.jsonl'), lines.join('\n'));
    return join(root, name);
  };

  it('reads cases in order, skips blank lines, takes a byte order mark and Windows line ends', async () => {
    const lines = [`\uFEFF${caseLine({ id: 'x' })}\r`, '', caseLine({ id: 'y', mask: 'm.png', split: 'train' })];
    const folder = await dataset('one', lines);
    const cases = await readCases(folder);
    expect(cases.map(({ record, line }) => [record.id, line])).toEqual([
      ['x', 1],
      ['y', 3],
    ]);
    expect(cases[1]).toMatchObject({
      dataset: 'one',
      imagePath: join(folder, 'a.png'),
      maskPath: join(folder, 'm.png'),
    });
    expect(await readCases(join(folder, 'cases.jsonl'), { split: 'train' })).toHaveLength(1);
  });

  it.each(['../a.png', '/etc/passwd', 'b/../../a.png', 'C:\\a.png', '..\\a.png', 'x\0'])(
    'refuses the image path %j',
    async (image) => {
      const folder = await dataset('one', [caseLine({ image })]);
      await expect(readCases(folder)).rejects.toMatchObject({ code: 'PATH_OUTSIDE' });
    },
  );

  it('refuses a link that leads out and takes one that stays inside', async () => {
    await writeFile(join(root, 'secret.png'), 'x');
    const folder = await dataset('one', [caseLine({ image: 'out.png' })]);
    await symlink(join(root, 'secret.png'), join(folder, 'out.png'));
    await expect(readCases(folder)).rejects.toMatchObject({ code: 'PATH_OUTSIDE' });
    await writeFile(join(folder, 'real.png'), 'x');
    await symlink('real.png', join(folder, 'in.png'));
    await dataset('one', [caseLine({ image: 'in.png' })]);
    expect(await readCases(folder)).toHaveLength(1);
  });

  it('goes on after bad lines when asked to, and names each', async () => {
    const folder = await dataset('one', [
      '{',
      caseLine({}),
      caseLine({ id: 'A' }),
      caseLine({ id: 'b', mask: '../m' }),
    ]);
    const errors: string[] = [];
    const cases = await readCases(folder, { onInvalid: (error) => errors.push(`${error.code} ${error.got}`) });
    expect(cases).toHaveLength(1);
    expect(errors).toHaveLength(3);
    expect(errors[1]).toMatch(/CASES_INVALID .*line 3: id "A" was used in line 2/);
    await expect(readCases(folder)).rejects.toMatchObject({ code: 'CASES_INVALID' });
  });

  it('opens a file, a folder, and a folder of folders; the same one once', async () => {
    const one = await dataset('sets/one', [caseLine({})]);
    await dataset('sets/two', [caseLine({})]);
    await mkdir(join(root, 'sets', 'other'));
    const found = await openDatasets([join(root, 'sets'), one, join(one, 'cases.jsonl')]);
    expect(found.map(({ name }) => name)).toEqual(['one', 'two']);
  });

  it('refuses folders without cases and two datasets of one name', async () => {
    await expect(openDatasets([root])).rejects.toMatchObject({ code: 'FOLDER_EMPTY' });
    await expect(openDatasets([join(root, 'nowhere')])).rejects.toMatchObject({ code: 'FOLDER_EMPTY' });
    const paths = [await dataset('a/same', [caseLine({})]), await dataset('b/same', [caseLine({})])];
    await expect(openDatasets(paths)).rejects.toMatchObject({ code: 'CASES_INVALID' });
    await expect(readCases(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'CASES_INVALID' });
  });
});
