/** How far a download has come. */
export interface DownloadProgress {
  /** Bytes that are there, of this download and of earlier ones; never falls, and ends at `totalBytes`. */
  readonly loadedBytes: number;
  readonly totalBytes: number;
  /** The file that is being fetched. */
  readonly file: string;
}

/** Turns the sizes of single files into one figure that never falls, also where a file begins again. */
export function createProgress(
  totalBytes: number,
  onProgress: (progress: DownloadProgress) => void,
): (file: string, bytes: number) => void {
  const done = new Map<string, number>();
  let highest = -1;
  return (file, bytes) => {
    done.set(file, bytes);
    const loadedBytes = [...done.values()].reduce((sum, size) => sum + size, 0);
    if (loadedBytes <= highest) return;
    highest = loadedBytes;
    onProgress({ loadedBytes, totalBytes, file });
  };
}
