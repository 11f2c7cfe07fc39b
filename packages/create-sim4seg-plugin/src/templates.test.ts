import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FAKE_PLUGINS, conform, conformText } from '@sim4seg/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { templateKinds } from './kinds.js';

type Plugin = (typeof FAKE_PLUGINS)['lvlm'];

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plugin-'));
  await writeFile(join(folder, 'a.png'), 'the bytes of a picture');
});
afterAll(() => rm(folder, { recursive: true }));

it.each(templateKinds)('the template of %s keeps the contract of its kind', async (kind) => {
  const { plugin } = (await import(`../templates/${kind}.js`)) as { plugin: Plugin };
  const options = kind === 'dataset' ? { path: folder } : {};
  const report = await conform(kind, plugin, { options, source: folder });
  expect(report.ok, conformText(report)).toBe(true);
});

it('has a template of every kind', () => {
  expect([...templateKinds].sort()).toEqual(Object.keys(FAKE_PLUGINS).sort());
});
