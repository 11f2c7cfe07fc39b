import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

export interface FileHash {
  readonly sha256: string;
  readonly bytes: number;
}

/** sha256 and length of bytes. */
export function hashOf(pieces: readonly Uint8Array[]): FileHash {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return { sha256: hash.digest('hex'), bytes: pieces.reduce((sum, piece) => sum + piece.byteLength, 0) };
}

/** sha256 and length of a file, read in pieces; `onBytes` hears of each. */
export async function hashFile(path: string, onBytes?: (bytes: number) => void): Promise<FileHash> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    hash.update(piece as Uint8Array);
    bytes += (piece as Uint8Array).byteLength;
    onBytes?.((piece as Uint8Array).byteLength);
  }
  return { sha256: hash.digest('hex'), bytes };
}
