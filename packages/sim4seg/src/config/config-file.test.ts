import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig as parseConfigTree } from '@sim4seg/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseConfig, readConfigFile } from './config-file.js';
import { resolvePluginModule } from './module-path.js';

describe('readConfigFile', () => {
  it('reads JSON and YAML, and an empty file as an empty tree', async () => {
    expect(await parseConfig('{"seed": 3}', 'a.json')).toEqual({ seed: 3 });
    expect(await parseConfig('seed: 3\nregionPrior:\n  use: none\n', 'a.yaml')).toEqual({
      seed: 3,
      regionPrior: { use: 'none' },
    });
    expect(await parseConfig(' \n', 'a.yaml')).toEqual({});
  });

  it('refuses what is no config, too large, or multiplies by aliases', async () => {
    const bomb = ['a: &a [x]', ...'bcdefgh'.split('').map((k, i) => `${k}: &${k} [${`*${'abcdefgh'[i]},`.repeat(9)}]`)];
    await expect(parseConfig('{', 'a.json')).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
    await expect(parseConfig('a: [', 'a.yaml')).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
    await expect(parseConfig(bomb.join('\n'), 'a.yaml')).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
    await expect(readConfigFile('/nowhere/c.yaml')).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
  });

  it('refuses a file of ten megabytes unread, and a folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sim4seg-config-'));
    const file = join(folder, 'huge.yaml');
    await writeFile(file, 'x'.repeat(10 * 2 ** 20));
    const refused = { code: 'CONFIG_UNREADABLE', got: expect.stringContaining('10485760 bytes') as string };
    await expect(readConfigFile(file)).rejects.toMatchObject(refused);
    await expect(readConfigFile(folder)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
    await rm(folder, { recursive: true });
  });

  it('keeps a key named __proto__ visible, so that validation can refuse it', async () => {
    for (const name of ['a.json', 'a.yaml']) {
      const tree = (await parseConfig('{"__proto__": {"polluted": 1}}', name)) as object;
      expect(Object.hasOwn(tree, '__proto__')).toBe(true);
      expect(() => parseConfigTree(tree)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    }
  });
});

describe('resolvePluginModule', () => {
  let home = '';
  const folders = () => ({ configFolder: join(home, 'config'), workingFolder: join(home, 'work') });
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'sim4seg-modules-'));
    const files = {
      'evil.js': '',
      'config/own.js': '',
      'config/folder/package.json': '{"type": "module", "exports": {".": {"import": "./main.js"}}}',
      'config/folder/main.js': '',
      'config/node_modules/near/package.json': '{"exports": {"import": "./near.js"}}',
      'config/node_modules/near/near.js': '',
      'work/node_modules/far/index.js': '',
    };
    for (const [name, text] of Object.entries(files)) {
      await mkdir(join(home, name, '..'), { recursive: true });
      await writeFile(join(home, name), text);
    }
    await symlink(join(home, 'evil.js'), join(home, 'config/link.js'));
  });

  it.each([
    ['./own.js', 'config/own.js'],
    ['./folder', 'config/folder/main.js'],
    ['near', 'config/node_modules/near/near.js'],
    ['far', 'work/node_modules/far/index.js'],
  ])('finds %s', async (entry, file) => {
    expect(await resolvePluginModule(entry, folders())).toBe(join(home, file));
  });

  it.each(['../evil.js', './../evil.js', './link.js', '/etc/passwd', 'near/../../../evil.js', '..'])(
    'refuses %s, which leaves the folder',
    async (entry) => {
      await expect(resolvePluginModule(entry, folders())).rejects.toMatchObject({ code: 'PATH_OUTSIDE' });
    },
  );

  it('names a package or file that is not there', async () => {
    await expect(resolvePluginModule('nobody', folders())).rejects.toMatchObject({ code: 'PLUGIN_MISSING' });
    await expect(resolvePluginModule('./nobody.js', folders())).rejects.toMatchObject({ code: 'PLUGIN_MISSING' });
  });
});
