import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findImages } from './find-images.js';

describe('findImages', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sim4seg-find-'));
    await mkdir(join(folder, 'empty'));
    await mkdir(join(folder, 'deep', 'er'), { recursive: true });
    for (const name of ['a.png', 'a.jpg', 'b.jpg', '.hidden.png', 'deep/a.png', 'deep/er/c.png']) {
      await writeFile(join(folder, name), '');
    }
  });
  const found = async (path: string) => {
    const { single, files } = await findImages(join(folder, path));
    return { single, names: files.map((file) => file.folderName) };
  };

  it('takes a file as it is', async () => {
    expect(await found('b.jpg')).toEqual({ single: true, names: ['b'] });
  });

  it('takes the files of a folder, not hidden ones, and keeps equal stems apart', async () => {
    expect(await found('.')).toEqual({ single: false, names: ['a_jpg', 'a_png', 'b'] });
  });

  it('expands patterns within a name and over folders', async () => {
    expect((await found('*.jpg')).names).toEqual(['a', 'b']);
    expect((await found('?.png')).names).toEqual(['a']);
    expect((await found('**/*.png')).names).toEqual(['a_png', 'a_png-2', 'c']);
  });

  it('says what is missing or empty', async () => {
    await expect(found('nothing.png')).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
    await expect(found('empty')).rejects.toMatchObject({ code: 'FOLDER_EMPTY' });
    await expect(found('*.tif')).rejects.toMatchObject({ code: 'FOLDER_EMPTY' });
  });
});
