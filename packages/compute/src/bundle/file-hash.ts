import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** sha256 and length of bytes. */
export function hashOf(pieces: readonly Uint8Array[]): { sha256: string; bytes: number } {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return { sha256: hash.digest('hex'), bytes: pieces.reduce((sum, piece) => sum + piece.byteLength, 0) };
}

/** sha256 and length of a file, read in pieces. */
export async function hashFile(path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    hash.update(piece as Uint8Array);
    bytes += (piece as Uint8Array).byteLength;
  }
  return { sha256: hash.digest('hex'), bytes };
}
