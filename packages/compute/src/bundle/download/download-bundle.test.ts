import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeSafetensorsFile } from '../../node/safetensors-file.js';
import { composeBundle } from '../compose-bundle.js';
import { openBundle } from '../open-bundle.js';
import { verifyBundle } from '../verify-bundle.js';
import { clearCache, isCached } from './bundle-cache.js';
import { downloadBundle, type RemoteBundle } from './download-bundle.js';
import type { DownloadProgress } from './progress.js';

type Answer = (request: IncomingMessage, response: ServerResponse, bytes: Buffer) => void;

let root: string;
let cacheFolder: string;
let remote: RemoteBundle;
let server: Server;
let asked: { file: string; range: string | undefined }[];
/** Answers of single files, instead of the whole file. */
let answers: Record<string, Answer>;

const whole: Answer = (_, response, bytes) => response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
const inRanges: Answer = (request, response, bytes) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (from === 0) return whole(request, response, bytes);
  const headers = { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
  response.writeHead(206, headers).end(bytes.subarray(from));
};
/** Ends the connection in the middle. */
const brokenAt =
  (share: number): Answer =>
  (_, response, bytes) => {
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, Math.floor(bytes.length * share)), () => response.destroy());
  };

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sim4seg-download-'));
  cacheFolder = join(root, 'cache');
  const folder = join(root, 'served');
  const description = {
    name: 'toy',
    version: '1.0.0',
    intendedUse: 'Research only.',
    parts: {},
    config: {},
    preprocessing: {},
    labels: {},
    conversation: { order: 'segment-first' as const },
    thresholds: {},
    licences: [],
    training: { imageSha256: [], sets: [], config: {} },
  };
  const data = Float32Array.from({ length: 100_000 }, (_, i) => i);
  const { sha256 } = await composeBundle(folder, description, async (fresh) => {
    await writeSafetensorsFile(join(fresh, 'w.safetensors'), { w: { data, shape: [100_000], dtype: 'float32' } });
    await writeFile(join(fresh, 'card.md'), '# Toy');
    const set = { file: 'w.safetensors', precision: 'float32' as const, parts: [], prefix: '' };
    return { weightSets: { w: set }, references: {} };
  });
  asked = [];
  answers = {};
  server = createServer((request, response) => {
    const file = (request.url ?? '').replace(/^\/models\//, '');
    asked.push({ file, range: request.headers.range });
    readFile(join(folder, file)).then(
      (bytes) => (answers[file] ?? inRanges)(request, response, bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  remote = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/models/`, sha256 };
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await rm(root, { recursive: true });
});

const weights = 'w.safetensors';
const partial = () => join(cacheFolder, `${remote.sha256}.partial`, weights);

async function watched(): Promise<{ folder: string; seen: DownloadProgress[] }> {
  const seen: DownloadProgress[] = [];
  const folder = await downloadBundle(remote, { cacheFolder, onProgress: (progress) => seen.push(progress) });
  return { folder, seen };
}

function expectRising(seen: readonly DownloadProgress[]): void {
  const loaded = seen.map(({ loadedBytes }) => loadedBytes);
  expect(loaded).toEqual([...loaded].sort((a, b) => a - b));
  expect(seen.at(-1)?.loadedBytes).toBe(seen.at(-1)?.totalBytes);
}

describe('downloadBundle', () => {
  it('fetches and checks every file, and opens from the cache without a network', async () => {
    expect(isCached(remote, cacheFolder)).toBe(false);
    const { folder, seen } = await watched();
    expect((await verifyBundle(folder)).problems).toEqual([]);
    expect(seen.length).toBeGreaterThan(2);
    expectRising(seen);
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    expect(isCached(remote, cacheFolder)).toBe(true);
    const again = await watched();
    expect(again.folder).toBe(folder);
    expectRising(again.seen);
    await using bundle = await openBundle(`${remote.url}#sha256=${remote.sha256}`, { cacheFolder });
    expect([bundle.name, bundle.sha256, bundle.text('card.md')]).toEqual(['toy', remote.sha256, '# Toy']);
    await clearCache(cacheFolder);
    expect([isCached(remote, cacheFolder), await readdir(cacheFolder)]).toEqual([false, []]);
    await expect(watched()).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
  });

  it('takes the address of the manifest too, and clears one bundle alone', async () => {
    await downloadBundle({ ...remote, url: `${remote.url}manifest.json` }, { cacheFolder });
    await writeFile(join(cacheFolder, 'notes.txt'), '');
    await clearCache(cacheFolder, { sha256: 'b'.repeat(64) });
    expect(isCached(remote, cacheFolder)).toBe(true);
    await clearCache(cacheFolder, remote);
    expect(await readdir(cacheFolder)).toEqual(['notes.txt']);
  });

  it('goes on where it broke off', async () => {
    answers[weights] = brokenAt(0.5);
    await expect(watched()).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
    expect(isCached(remote, cacheFolder)).toBe(false);
    const { size } = await stat(partial());
    expect(size).toBeGreaterThan(0);
    answers = {};
    const { folder, seen } = await watched();
    expect(asked.at(-1)).toEqual({ file: weights, range: `bytes=${size}-` });
    expect((await verifyBundle(folder)).problems).toEqual([]);
    expectRising(seen);
  });

  it('begins again where the server knows no ranges; the figure does not fall', async () => {
    answers[weights] = brokenAt(0.5);
    await expect(watched()).rejects.toThrow();
    answers[weights] = whole;
    const { folder, seen } = await watched();
    expect((await verifyBundle(folder)).problems).toEqual([]);
    expectRising(seen);
  });

  it('refuses a beginning that does not fit, and forgets it', async () => {
    answers[weights] = brokenAt(0.5);
    await expect(watched()).rejects.toThrow();
    const bytes = await readFile(partial());
    await writeFile(partial(), bytes.fill(9));
    answers = {};
    await expect(watched()).rejects.toThrow('sha256');
    const { folder } = await watched();
    expect((await verifyBundle(folder)).problems).toEqual([]);
  });

  it.each<[string, string, Answer, string]>([
    ['other bytes', weights, (_, r, bytes) => void r.end(Buffer.alloc(bytes.length)), 'sha256'],
    ['more than is announced', weights, (_, r, bytes) => void r.end(Buffer.concat([bytes, bytes])), 'bytes'],
    [
      'a larger announcement',
      weights,
      (_, r, b) => void r.writeHead(200, { 'content-length': 1e9 }).end(b),
      'announced',
    ],
    ['less, in good order', weights, (_, r, bytes) => void r.end(bytes.subarray(0, 99)), 'an end after 99'],
    ['nothing', weights, (_, r) => void r.writeHead(404).end(), 'status 404'],
    ['another manifest', 'manifest.json', (_, r) => void r.end('{}'), 'sha256'],
    ['no manifest', 'manifest.json', (_, r) => void r.writeHead(500).end(), 'status 500'],
    [
      'a way to another host',
      weights,
      (_, r) => void r.writeHead(302, { location: 'https://example.org/w' }).end(),
      'example.org',
    ],
    [
      'a way to another port',
      weights,
      (_, r) => void r.writeHead(302, { location: 'http://127.0.0.1:1/w' }).end(),
      '127.0.0.1:1',
    ],
    ['a circle', weights, (_, r) => void r.writeHead(302, { location: `/models/${weights}` }).end(), 'redirects'],
  ])('refuses %s', async (_, file, answer, said) => {
    answers[file] = answer;
    await expect(watched()).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
    await expect(watched()).rejects.toThrow(said);
    expect(isCached(remote, cacheFolder)).toBe(false);
  });

  it('follows a redirect within its host', async () => {
    answers['card.md'] = (_, response) => void response.writeHead(301, { location: '/models/./card.md?v=1' }).end();
    answers['card.md?v=1'] = whole;
    await expect(watched()).rejects.toThrow('status 404');
    answers['card.md'] = (request, response, bytes) => {
      if (asked.filter(({ file }) => file === 'card.md').length % 2) return void whole(request, response, bytes);
      response.writeHead(307, { location: 'card.md' }).end();
    };
    expect((await verifyBundle((await watched()).folder)).problems).toEqual([]);
  });

  it('can be stopped, and keeps what has arrived', async () => {
    const controller = new AbortController();
    answers[weights] = (_, response, bytes) => {
      response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 100_000));
    };
    const onProgress = ({ file }: DownloadProgress) => file === weights && controller.abort();
    const stopped = downloadBundle(remote, { cacheFolder, signal: controller.signal, onProgress });
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('asks for a hash, an address that nobody can change on the way, and a folder', async () => {
    const usage = { code: 'USAGE' };
    const without = (change: Partial<RemoteBundle>) => downloadBundle({ ...remote, ...change }, { cacheFolder });
    await expect(without({ sha256: '../x' })).rejects.toMatchObject(usage);
    await expect(without({ url: 'http://example.org/models/' })).rejects.toMatchObject(usage);
    await expect(without({ url: 'file:///etc/' })).rejects.toMatchObject(usage);
    await expect(openBundle(remote)).rejects.toMatchObject(usage);
    await expect(openBundle(remote.url, { cacheFolder })).rejects.toThrow('#sha256=');
  });

  it('finds a file in the cache that was cut off later', async () => {
    const { folder } = await watched();
    await truncate(join(folder, weights), 10);
    await expect(openBundle(remote, { cacheFolder })).rejects.toMatchObject({ code: 'BUNDLE_DAMAGED' });
  });
});
