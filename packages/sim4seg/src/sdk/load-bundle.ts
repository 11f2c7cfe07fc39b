import { homedir } from 'node:os';
import { join } from 'node:path';
import { clearCache as clear, findBundle, isCached as isKept, loadBundleFolder } from '@sim4seg/compute/bundle';
import { parseAddress } from '@sim4seg/compute/bundle';
import type { DownloadProgress, Fetch, RemoteBundle } from '@sim4seg/compute/bundle';

/** Where bundles from servers are kept if no other folder is named: `~/.cache/sim4seg`, in `bundles/`. */
export function defaultCacheFolder(): string {
  return join(homedir(), '.cache', 'sim4seg');
}

/** Folder of downloaded bundles inside a cache folder. */
export const bundlesFolderOf = (cacheFolder = defaultCacheFolder()): string => join(cacheFolder, 'bundles');

export interface LoadBundleOptions {
  /** Folder in whose `bundles/` downloads are kept; {@link defaultCacheFolder} if left out. */
  readonly cacheFolder?: string | undefined;
  /** Where relative folders and packages are looked up; the working folder if left out. */
  readonly from?: string | undefined;
  /** Hears how far a download has come: `loadedBytes` never falls and ends at `totalBytes`. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Another way to ask for files, such as one with a proxy. */
  readonly fetch?: Fetch | undefined;
}

/** A bundle that lies on this computer; give its `folder` to `createSim4Seg({ bundle })`. */
export interface LoadedBundle {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

/**
 * Finds a bundle, or downloads it; a download that was cut off goes on where it ended, and each file is compared with
 * its hash as it comes.
 * @param source a folder, the name of an installed package, or address and hash: `https://host/folder#sha256=<hex>`
 * @throws BUNDLE_MISSING, BUNDLE_DAMAGED, PATH_OUTSIDE, DOWNLOAD_FAILED, WRITE_FAILED, DISK_FULL, ABORTED, USAGE
 */
export async function loadBundle(
  source: string | RemoteBundle,
  { cacheFolder, from, ...options }: LoadBundleOptions = {},
): Promise<LoadedBundle> {
  const places = from === undefined ? {} : { from: [from] };
  const folder = await findBundle(source, { ...options, ...places, cacheFolder: bundlesFolderOf(cacheFolder) });
  const { manifest, sha256 } = await loadBundleFolder(folder);
  return { folder, name: manifest.name, version: manifest.version, sha256 };
}

/** Whether a bundle from a server is kept here, so that it opens without a network. @throws USAGE */
export function isCached(source: string | RemoteBundle, cacheFolder?: string): boolean {
  return isKept(toRemote(source), bundlesFolderOf(cacheFolder));
}

/**
 * Removes bundles that were downloaded, also those that have not come whole.
 * @param options `only` this bundle; all if left out
 * @throws USAGE
 */
export async function clearCache(
  options: { readonly cacheFolder?: string | undefined; readonly only?: string | RemoteBundle | undefined } = {},
): Promise<void> {
  const { only, cacheFolder } = options;
  await clear(bundlesFolderOf(cacheFolder), only === undefined ? undefined : toRemote(only));
}

const toRemote = (source: string | RemoteBundle): RemoteBundle =>
  typeof source === 'string' ? parseAddress(source) : source;
