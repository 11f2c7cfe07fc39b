import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isCached } from '@sim4seg/compute/bundle';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeClip } from '../../test/checkpoints.js';
import { runCommand } from '../../test/run-command.js';
import { progressLine } from './bundle-fetch.js';

let root: string;
let server: Server;
let address: string;
let sha256: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sim4seg-fetch-'));
  await writeClip(join(root, 'clip'));
  const { out } = await runCommand('convert', join(root, 'clip'), '--out', join(root, 'served'));
  sha256 = /sha256 ([0-9a-f]{64})/.exec(out)?.[1] ?? '';
  server = createServer((request, response) => {
    readFile(join(root, 'served', request.url ?? '')).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((done) => server.close(done));
  await rm(root, { recursive: true });
});

describe('sim4seg bundle fetch', () => {
  it('prints the folder of a bundle that came whole; the second time nothing is asked for', async () => {
    const cache = join(root, 'cache');
    const { code, out } = await runCommand('bundle', 'fetch', `${address}#sha256=${sha256}`, '--cache', cache);
    expect([code, isCached({ sha256 }, cache)]).toEqual([0, true]);
    expect((await runCommand('bundle', 'verify', out.trim())).code).toBe(0);
    const elsewhere = `http://127.0.0.1:1#sha256=${sha256}`;
    expect((await runCommand('bundle', 'fetch', elsewhere, '--cache', cache)).out).toBe(out);
  });

  it.each([
    ['without a hash', () => address, 2],
    ['with another hash', () => `${address}#sha256=${'a'.repeat(64)}`, 46],
    ['where nothing is', () => `${address}/nothing#sha256=${sha256}`, 46],
    ['where nobody listens', () => `http://127.0.0.1:1/#sha256=${sha256}`, 46],
  ])('refuses an address %s', async (_, asked, code) => {
    const result = await runCommand('bundle', 'fetch', asked(), '--cache', join(root, 'other'));
    expect([result.code, /^\s+at /m.test(result.err)]).toEqual([code, false]);
  });

  it('shows how far it is', () => {
    const line = progressLine({ loadedBytes: 500, totalBytes: 1000, file: 'w.safetensors' });
    expect(line).toBe(`[${'#'.repeat(15)}${'.'.repeat(15)}]  50 % of 1.00 kB`);
  });
});
