import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@sim4seg/compute/node';
import type { TrainingFrame } from './training-frame.js';

/** Keeps prepared frames of several datasets in one file: a line of JSON, then pixels and mask of each frame in turn. */
export async function writeFrames(
  path: string,
  key: string,
  groups: readonly (readonly TrainingFrame[])[],
): Promise<void> {
  const about = groups.map((frames) => frames.map(({ pixels: _pixels, mask: _mask, ...rest }) => rest));
  const head = new TextEncoder().encode(`${JSON.stringify({ key, groups: about })}\n`);
  await writeFileAtomic(path, [head, ...groups.flat().flatMap(({ pixels, mask }) => [pixels, mask])]);
}

/** Reads frames back; null where there is no file, or one that was made from other data. */
export async function readFrames(path: string, key: string): Promise<TrainingFrame[][] | null> {
  const bytes = await readFile(path).catch(() => null);
  if (bytes === null) return null;
  const end = bytes.indexOf(10);
  const head = JSON.parse(bytes.toString('utf8', 0, end)) as {
    key: string;
    groups: Omit<TrainingFrame, 'pixels' | 'mask'>[][];
  };
  if (head.key !== key) return null;
  let offset = end + 1;
  const take = (length: number): Uint8Array => bytes.subarray(offset, (offset += length));
  return head.groups.map((frames) =>
    frames.map((frame) => ({ ...frame, pixels: take(3 * frame.sidePx ** 2), mask: take(frame.sidePx ** 2) })),
  );
}
