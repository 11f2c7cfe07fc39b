import { gunzipSync } from 'node:zlib';

/** A file of a package as it was packed. */
export interface PackedFile {
  /** Relative to the package's folder. */
  readonly path: string;
  readonly bytes: number;
}

/** The files of a package's tarball: ustar headers of 512 bytes, contents filled up to multiples of that. */
export function packedFiles(tarball: Buffer): PackedFile[] {
  const tar = gunzipSync(tarball);
  const files: PackedFile[] = [];
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const text = (start: number, length: number) =>
      tar.toString('utf8', at + start, at + start + length).replace(/\0.*$/s, '');
    const bytes = Number.parseInt(text(124, 12), 8);
    const prefix = text(345, 155);
    const path = `${prefix}${prefix && '/'}${text(0, 100)}`;
    // Kinds other than "0" and "" are folders, or extended headers of the file that follows.
    if (['0', ''].includes(text(156, 1))) files.push({ path: path.replace(/^package\//, ''), bytes });
    at += 512 + Math.ceil(bytes / 512) * 512;
  }
  return files;
}
