import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Sim4SegError, toSim4SegError } from '@sim4seg/core';
import { readBundleManifest } from '../bundle-folder.js';
import { hashOf } from '../file-hash.js';
import { manifestFile, parseManifest, type BundleManifest } from '../manifest.js';
import { bundleFolderOf, expectHash, partialFolderOf } from './bundle-cache.js';
import { downloadFile } from './download-file.js';
import { downloadFailed } from './failure.js';
import { createProgress, type DownloadProgress } from './progress.js';
import { request, toUrl, type Fetch } from './request.js';

/** A bundle on a server. */
export interface RemoteBundle {
  /** Address of its folder, or of its manifest.json; https, or http on this machine. */
  readonly url: string;
  /** sha256 of its manifest, which holds the hashes of all files. */
  readonly sha256: string;
}

export interface DownloadBundleOptions {
  /** Where bundles are kept, a folder each; the app names it. */
  readonly cacheFolder: string;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Another way to ask for files, such as one with a proxy. */
  readonly fetch?: Fetch | undefined;
}

/** Longest manifest that is read. */
const mostManifestBytes = 2 ** 24;

/**
 * Fetches a bundle into the cache, or finds it there without a network. Every file is compared with its hash as it comes;
 * a folder appears in the cache when all are right. A download that was cut off goes on where it ended.
 * @returns the bundle's folder
 * @throws DOWNLOAD_FAILED, BUNDLE_DAMAGED, PATH_OUTSIDE for a manifest that cannot be used, USAGE, ABORTED, WRITE_FAILED, DISK_FULL
 */
export async function downloadBundle(remote: RemoteBundle, options: DownloadBundleOptions): Promise<string> {
  const folder = bundleFolderOf(remote.sha256, options.cacheFolder);
  if (existsSync(join(folder, manifestFile))) {
    await reportWhole(folder, options);
    return folder;
  }
  const base = baseOf(remote.url);
  const partial = partialFolderOf(remote.sha256, options.cacheFolder);
  try {
    await mkdir(partial, { recursive: true });
    const { manifest, json } = await fetchManifest(new URL(manifestFile, base).href, remote.sha256, options);
    await fetchFiles(base, partial, { manifest, json, options });
    await writeFile(join(partial, manifestFile), json);
    await publish(partial, folder);
    return folder;
  } catch (error) {
    const isFull = (error as { code?: unknown }).code === 'ENOSPC';
    throw toSim4SegError(error, isFull ? 'DISK_FULL' : 'WRITE_FAILED', {
      must: `${options.cacheFolder} must be writable`,
      fix: 'check the folder, its rights and its space',
    });
  }
}

/** What is there already counts as loaded. */
async function reportWhole(folder: string, { onProgress }: DownloadBundleOptions): Promise<void> {
  const { manifest } = await readBundleManifest(folder);
  const totalBytes = Object.values(manifest.files).reduce((sum, { bytes }) => sum + bytes, 0);
  onProgress?.({ loadedBytes: totalBytes, totalBytes, file: manifestFile });
}

/** Where files lie: the folder itself, or that of the manifest. */
function baseOf(url: string): URL {
  const parsed = toUrl(url);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(parsed?.hostname ?? '');
  if (!parsed || !(parsed.protocol === 'https:' || (parsed.protocol === 'http:' && isLocal)))
    throw new Sim4SegError('USAGE', {
      must: 'The address of a bundle must begin with https://',
      got: url.slice(0, 200),
      fix: 'name the folder of its manifest.json on a server',
    });
  const folder = parsed.pathname.endsWith(`/${manifestFile}`) ? '.' : `${parsed.pathname.replace(/\/$/, '')}/`;
  return new URL(folder, parsed);
}

interface Manifest {
  readonly manifest: BundleManifest;
  readonly json: Uint8Array;
}

async function fetchManifest(url: string, sha256: string, options: DownloadBundleOptions): Promise<Manifest> {
  expectHash(sha256);
  const response = await request(url, { fetch: options.fetch ?? fetch, signal: options.signal });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw downloadFailed(`${url} must be there`, `status ${response.status}`);
  }
  const json = await readShort(url, response);
  const found = hashOf([json]).sha256;
  if (found !== sha256)
    throw downloadFailed(`${url} must have sha256 ${sha256}`, found, {
      fix: 'ask where the address and its hash come from; nothing of it was kept',
    });
  const manifest = parseManifest(new TextDecoder().decode(json), url);
  const [reference] = Object.keys(manifest.references);
  if (reference === undefined) return { manifest, json };
  throw downloadFailed(`${url} must hold all its files`, `a reference to ${reference}`, {
    fix: 'ask for a bundle that was converted with --weights copy',
  });
}

async function readShort(url: string, response: Response): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += piece.byteLength;
    if (bytes > mostManifestBytes) throw downloadFailed(`${url} must have at most ${mostManifestBytes} bytes`, 'more');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

async function fetchFiles(
  base: URL,
  folder: string,
  { manifest, json, options }: Manifest & { readonly options: DownloadBundleOptions },
): Promise<void> {
  const files = Object.entries(manifest.files);
  const total = files.reduce((sum, [, { bytes }]) => sum + bytes, json.byteLength);
  const report = createProgress(total, options.onProgress ?? (() => undefined));
  report(manifestFile, json.byteLength);
  for (const [file, expected] of files) {
    const path = join(folder, file);
    await mkdir(dirname(path), { recursive: true });
    await downloadFile(new URL(file, base).href, path, {
      expected,
      onBytes: (bytes) => report(file, bytes),
      fetch: options.fetch ?? fetch,
      signal: options.signal,
    });
  }
}

/** Another process may have been quicker; its files have the same hashes. */
async function publish(partial: string, folder: string): Promise<void> {
  try {
    await rename(partial, folder);
  } catch (cause) {
    if (!existsSync(join(folder, manifestFile))) throw cause;
    await rm(partial, { recursive: true, force: true });
  }
}
