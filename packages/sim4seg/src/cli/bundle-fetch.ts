import { downloadBundle, parseAddress, type DownloadProgress } from '@sim4seg/compute/bundle';
import { interruptSignal } from './interrupt.js';
import { bytesText } from './text-table.js';

interface FetchOptions {
  readonly cache: string;
}

/**
 * `sim4seg bundle fetch`: downloads a bundle, or goes on with a download; prints its folder.
 * @throws USAGE, DOWNLOAD_FAILED, BUNDLE_DAMAGED, PATH_OUTSIDE, WRITE_FAILED, ABORTED
 */
export async function bundleFetchCommand(address: string, { cache }: FetchOptions): Promise<void> {
  const remote = parseAddress(address);
  const bar = process.stderr.isTTY ? progressBar() : undefined;
  const folder = await downloadBundle(remote, { cacheFolder: cache, signal: interruptSignal(), onProgress: bar });
  if (bar) process.stderr.write('\n');
  process.stdout.write(`${folder}\n`);
}

/** One line that is written over, at most once for each percent. */
function progressBar(): (progress: DownloadProgress) => void {
  let shown = -1;
  return (progress) => {
    const percent = Math.floor((100 * progress.loadedBytes) / progress.totalBytes);
    if (percent === shown) return;
    shown = percent;
    process.stderr.write(`\r${progressLine(progress)}`);
  };
}

const BAR_CELLS = 30;

export function progressLine({ loadedBytes, totalBytes }: DownloadProgress): string {
  const share = loadedBytes / totalBytes;
  const full = Math.floor(share * BAR_CELLS);
  const bar = '#'.repeat(full) + '.'.repeat(BAR_CELLS - full);
  return `[${bar}] ${String(Math.floor(100 * share)).padStart(3)} % of ${bytesText(totalBytes)}`;
}
