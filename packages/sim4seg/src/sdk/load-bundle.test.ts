import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testBundle } from '../../test/test-bundle.js';
import { clearCache, defaultCacheFolder, isCached, loadBundle } from './load-bundle.js';

let folder = '';
let bundle = '';
const server = createServer((request, response) => {
  readFile(join(bundle, decodeURIComponent(request.url ?? ''))).then(
    (bytes) => response.end(bytes),
    () => response.writeHead(404).end(),
  );
});
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim4seg-load-'));
  bundle = (await loadBundle(await testBundle(folder))).folder;
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
}, 60_000);
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

it('loads a bundle from a server once, says how far it has come, and forgets it on request', async () => {
  const { port } = server.address() as AddressInfo;
  const sha256 = createHash('sha256')
    .update(await readFile(join(bundle, 'manifest.json')))
    .digest('hex');
  const source = `http://127.0.0.1:${port}/#sha256=${sha256}`;
  const cacheFolder = join(folder, 'cache');
  expect(isCached(source, cacheFolder)).toBe(false);
  const heard: number[] = [];
  const options = {
    cacheFolder,
    onProgress: (p: { loadedBytes: number; totalBytes: number }) => heard.push(p.loadedBytes / p.totalBytes),
  };
  const loaded = await loadBundle(source, options);
  expect([loaded.sha256, heard.at(-1)]).toEqual([sha256, 1]);
  expect(heard).toEqual([...heard].sort((a, b) => a - b));
  expect(isCached({ url: 'anywhere', sha256 }, cacheFolder)).toBe(true);
  const again = await loadBundle(source, { cacheFolder, fetch: () => Promise.reject(new Error('no network')) });
  expect(again).toEqual(loaded);
  await clearCache({ cacheFolder, only: source });
  expect(isCached(source, cacheFolder)).toBe(false);
});

it('finds folders and packages, keeps the rest below the home folder, and names what is not there', async () => {
  expect(defaultCacheFolder()).toMatch(/[/\\]\.cache[/\\]sim4seg$/);
  await expect(loadBundle('./no-bundle', { from: folder })).rejects.toMatchObject({ code: 'BUNDLE_MISSING' });
  expect(() => isCached('https://models.example/no-hash')).toThrow(expect.objectContaining({ code: 'USAGE' }));
});
