import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pluginKind } from '@sim4seg/core';
import type { PluginDefinition } from '@sim4seg/core';
import { encodeMaskPng, encodePng } from '@sim4seg/data';
import { expectConform, startTestPipeline } from '@sim4seg/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand } from '../../test/run-command.js';
import { loadShippedPlugins } from './shipped-plugins.js';

const plugins = await loadShippedPlugins();
const subject = { modality: 'dermoscopy', anatomy: 'skin' };
let folder = '';

/** A source for each importer, and what the plugins of a kind are tried with. */
const OPTIONS: Readonly<Record<string, object>> = {
  'image-mask-pairs': { ...subject, target: 'lesion' },
  coco: subject,
  phantoms: { kind: 'dermoscopy', n: 1, split: 'val', widthPx: 64 },
};

const pluginOf = (id: string, kind: string): PluginDefinition => {
  const found = plugins.find((plugin) => plugin.id === id && pluginKind(plugin) === kind);
  return found ?? expect.unreachable(`no ${kind} '${id}'`);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim4seg-conform-'));
  const picture = { data: new Uint8Array(64 * 48).fill(90), widthPx: 64, heightPx: 48, channels: 1 } as const;
  const mask = await encodeMaskPng({ maskBits: new Uint8Array(64 * 48).fill(1), widthPx: 64, heightPx: 48 });
  for (const inner of ['images', 'masks']) await mkdir(join(folder, inner));
  await writeFile(join(folder, 'images/a.png'), await encodePng(picture));
  await writeFile(join(folder, 'masks/a.png'), mask);
  const polygon = [[2, 2, 30, 2, 30, 30]];
  const coco = {
    images: [{ id: 1, file_name: 'a.png', width: 64, height: 48 }],
    categories: [{ id: 1, name: 'lesion' }],
    annotations: [{ image_id: 1, category_id: 1, segmentation: polygon }],
  };
  await writeFile(join(folder, 'annotations.json'), JSON.stringify(coco));
  const record = { id: 'a', image: 'images/a.png', mask: 'masks/a.png', ...subject, target: 'lesion', split: 'train' };
  await writeFile(join(folder, 'cases.jsonl'), `${JSON.stringify(record)}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const CHECKED = ['importer', 'dataset', 'observer', 'scorer', 'selector'];
it.each(plugins.filter((plugin) => CHECKED.includes(pluginKind(plugin))).map((p) => [pluginKind(p), p.id] as const))(
  '%s %s keeps its contract',
  async (kind, id) => {
    const paths: Record<string, object> = {
      'case-folder': { path: folder },
      'event-log': { path: join(folder, 'events.jsonl') },
      'step-timings': { path: join(folder, 'timings.json') },
    };
    const options = (OPTIONS[id] ?? paths[id] ?? {}) as Record<string, unknown>;
    await expectConform(kind, pluginOf(id, kind), { options, source: folder });
  },
);

it('ships two or more of every kind but the encoder of images', () => {
  const counts = new Map<string, number>();
  for (const plugin of plugins) counts.set(pluginKind(plugin), (counts.get(pluginKind(plugin)) ?? 0) + 1);
  counts.delete('image-encoder');
  expect([...counts].filter(([, count]) => count < 2)).toEqual([]);
});

it('observers write what happened, and no text unless asked', async () => {
  const files = { log: join(folder, 'log/events.jsonl'), times: join(folder, 'log/times.json') };
  await using pipeline = await startTestPipeline({
    plugins: [pluginOf('event-log', 'observer'), pluginOf('step-timings', 'observer')],
    config: {
      observers: [
        { use: 'event-log', path: files.log },
        { use: 'step-timings', path: files.times },
      ],
    },
  });
  await pipeline.answer();
  const text = await readFile(files.log, 'utf8');
  const types = text.trim().split('\n').map((line) => (JSON.parse(line) as { type: string }).type); // prettier-ignore
  expect([types.at(0), types.at(-1), types.includes('token'), text.includes('[SEG]')]).toEqual([
    'started',
    'done',
    false,
    false,
  ]);
  const { steps } = JSON.parse(await readFile(files.times, 'utf8')) as { steps: Record<string, { count: number }> };
  expect([steps['answer']?.count, steps['encode']?.count]).toEqual([1, 1]);
});

it('sim4seg data import makes a case folder', async () => {
  const options = JSON.stringify({ ...subject, target: 'lesion' });
  const out = join(folder, 'imported');
  const asked = ['data', 'import', folder, '--use', 'image-mask-pairs', '--options', options, '--out', out];
  expect(await runCommand(...asked)).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(await readFile(join(out, 'cases.jsonl'), 'utf8'))).toMatchObject({ id: 'a', target: 'lesion' });
  const refused = await runCommand('data', 'import', folder, '--use', 'coco', '--options', '[]', '--out', out);
  expect([refused.code, refused.err.includes('USAGE')]).toEqual([2, true]);
});
