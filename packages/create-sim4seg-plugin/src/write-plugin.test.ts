import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { templateKinds } from './kinds.js';
import { writePlugin } from './write-plugin.js';

describe('writePlugin', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'plugin-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it.each(templateKinds)('writes a package of kind %s that names itself', async (kind) => {
    const path = await writePlugin(kind, 'my-part', { folder });
    expect(readdirSync(path).sort()).toEqual(['README.md', 'index.js', 'index.test.js', 'package.json']);
    expect(JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')).name).toBe('my-part');
    expect(readFileSync(join(path, 'index.js'), 'utf8')).toContain("id: 'my-part'");
  });

  it('refuses unknown kinds, unsafe names and existing folders, and writes nothing', async () => {
    await expect(writePlugin('camera', 'a', { folder })).rejects.toThrow(/kind must be one of/);
    await expect(writePlugin('selector', '../a', { folder })).rejects.toThrow(/lower-case/);
    await writePlugin('selector', 'a', { folder });
    await expect(writePlugin('selector', 'a', { folder })).rejects.toThrow(/must not exist/);
    expect(readdirSync(folder)).toEqual(['a']);
  });
});
