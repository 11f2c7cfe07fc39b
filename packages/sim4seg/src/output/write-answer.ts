import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Sim4SegError, maskToBytes } from '@sim4seg/core';
import type { MaskBits } from '@sim4seg/core';
import { writeFileAtomic } from '@sim4seg/compute/node';
import { encodeMaskPng, encodePng } from '@sim4seg/data';
import type { Picture } from '@sim4seg/data';
import { RESEARCH_NOTICE } from '../notice.js';
import { drawOverlay } from '../pictures/overlay.js';
import { withPngText } from '../pictures/png-text.js';
import { drawSimilarity } from '../pictures/similarity-picture.js';
import type { Diagnosis } from '../sdk/diagnosis.js';

/**
 * Writes `mask.png` (and `mask-<index>.png` of several findings), `overlay.png`, `similarity.png` and, last,
 * `result.json` into a folder. Each replaces a file of its name atomically; other files stay. A finding that can have no
 * mask has no mask file, and an older one is removed.
 * @throws WRITE_FAILED, DISK_FULL
 */
export async function writeAnswer(folder: string, diagnosis: Diagnosis): Promise<void> {
  await makeFolder(folder);
  const masks = diagnosis.findings.map((finding) => finding.maskBits);
  const files: Promise<void>[] = [writeMask(join(folder, 'mask.png'), diagnosis.maskBits)];
  if (masks.length > 1) masks.forEach((mask, i) => files.push(writeMask(join(folder, `mask-${i}.png`), mask)));
  files.push(writePicture(join(folder, 'overlay.png'), drawOverlay(diagnosis.image, masks)));
  files.push(writePicture(join(folder, 'similarity.png'), drawEvidence(diagnosis)));
  await Promise.all(files);
  await writeFileAtomic(join(folder, 'result.json'), `${JSON.stringify(diagnosis.record, null, 2)}\n`);
}

/** A mask as the product writes it: 0/255, original size, with the notice as PNG text. */
export async function encodeMask(mask: MaskBits): Promise<Uint8Array> {
  const { widthPx, heightPx } = mask;
  const png = await encodeMaskPng({ maskBits: maskToBytes(mask, 1), widthPx, heightPx });
  return withPngText(png, { Comment: RESEARCH_NOTICE });
}

function drawEvidence({ image, findings, answer }: Diagnosis): Picture {
  const evidence = findings[0]?.evidence;
  const { similarity = null, cells = null } = evidence ?? {};
  return drawSimilarity(image, { similarity, cells, frame: answer.frame });
}

async function writeMask(path: string, mask: MaskBits | null): Promise<void> {
  if (mask) await writeFileAtomic(path, await encodeMask(mask));
  else await rm(path, { force: true });
}

async function writePicture(path: string, picture: Picture): Promise<void> {
  await writeFileAtomic(path, withPngText(await encodePng(picture), { Comment: RESEARCH_NOTICE }));
}

/** @throws WRITE_FAILED */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new Sim4SegError('WRITE_FAILED', {
      must: 'The output folder must be writable',
      got: `${folder}: ${cause instanceof Error ? cause.message : String(cause)}`,
      fix: 'choose another folder with --out, or check its rights',
      cause,
    });
  });
}
