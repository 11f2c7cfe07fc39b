import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { isSim4SegError } from '@sim4seg/core';
import type { MedicalImage } from '@sim4seg/core';
import { decodeImage, orientationOf } from '../decode-image.js';
import type { DatasetCase } from '../read-cases.js';
import { isAbsentDiagnosis } from '../text/label-vocabulary.js';
import type { CaseMark, Finding, FindingKind } from './finding.js';
import { thumbprintOf } from './thumbprint.js';
import type { Thumbprint } from './thumbprint.js';

/** What a case alone tells: its own faults, and what is compared with other cases. */
export interface CheckedCase {
  readonly mark: CaseMark;
  readonly findings: readonly Finding[];
  /** Null where the image cannot be read. */
  readonly picture: { readonly pixels: string; readonly print: Thumbprint } | null;
  /** Whether the mask shows anything; null without a readable mask. */
  readonly drawn: boolean | null;
}

/** Reads image and mask of a case and checks them; nothing of their pixels is kept. */
export async function checkCase(found: DatasetCase): Promise<CheckedCase> {
  const mark = toMark(found);
  const findings: Finding[] = [];
  const report = (kind: FindingKind, detail: string): void => {
    findings.push({ kind, dataset: mark.dataset, case: mark, other: null, detail });
  };
  const image = await open(mark.imagePath, 'image', report);
  const mask = mark.maskPath === null ? null : await open(mark.maskPath, 'mask', report);
  if (image !== null && mask !== null && !fits(mask.picture, image)) {
    report('mask-size', `image ${sizeOf(image.picture)}, mask ${sizeOf(mask.picture)}`);
  }
  const drawn = mask === null ? null : checkMask(mask.picture, found, report);
  const picture = image === null ? null : { pixels: hashPixels(image.picture), print: thumbprintOf(image.picture) };
  return { mark, findings, picture, drawn };
}

function toMark({ dataset, record, imagePath, maskPath }: DatasetCase): CaseMark {
  return { dataset, id: record.id, split: record.split, imagePath, maskPath };
}

interface Opened {
  readonly picture: MedicalImage;
  /** Whether EXIF turns it by a right angle. */
  readonly turned: boolean;
}

type Report = (kind: FindingKind, detail: string) => void;

async function open(path: string, role: 'image' | 'mask', report: Report): Promise<Opened | null> {
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (!there) {
    report('file-missing', `${role} ${path}`);
    return null;
  }
  try {
    const bytes = await readFile(path);
    const limits = role === 'mask' ? { minSidePx: 1 } : {};
    const picture = await decodeImage(bytes, { name: `${role} ${path}`, limits });
    return { picture, turned: (await orientationOf(bytes)) >= 5 };
  } catch (error) {
    report('picture-unreadable', isSim4SegError(error) ? error.got : `${role} ${path}: ${String(error)}`);
    return null;
  }
}

/** A mask has the size of the shown image, or that of its stored pixels, which reading turns along. */
function fits(mask: MedicalImage, { picture: image, turned }: Opened): boolean {
  if (mask.widthPx === image.widthPx && mask.heightPx === image.heightPx) return true;
  return turned && mask.widthPx === image.heightPx && mask.heightPx === image.widthPx;
}

/** Tells whether the mask shows anything, and reports where that is not what the case says. */
function checkMask(mask: MedicalImage, { record }: DatasetCase, report: Report): boolean {
  const { drawn, between } = countValues(mask);
  if (between !== null) report('mask-not-binary', `such as ${between.value}, in ${between.share} of the pixels`);
  const { diagnosis } = record;
  const absent = typeof diagnosis === 'string' && isAbsentDiagnosis(diagnosis);
  const claims = (typeof diagnosis === 'string' && !absent) || record['present'] === true;
  if (!drawn && claims) report('mask-empty', diagnosis ? `diagnosis "${diagnosis}"` : 'present: true');
  if (drawn && (absent || record['present'] === false)) {
    report('mask-drawn', diagnosis ? `diagnosis "${diagnosis}"` : 'present: false');
  }
  return drawn;
}

/** Whether half brightness is reached anywhere, and the first value that is neither 0 nor the brightest. */
function countValues({ data, dtype }: MedicalImage) {
  const top = dtype === 'uint16' ? 65535 : 255;
  let [drawn, odd, value] = [false, 0, 0];
  for (const at of data) {
    if (at >= top / 2) drawn = true;
    if (at === 0 || at === top) continue;
    if (odd++ === 0) value = at;
  }
  const share = `${((100 * odd) / data.length).toPrecision(2)}%`;
  return { drawn, between: odd === 0 ? null : { value, share } };
}

function hashPixels({ data, widthPx, heightPx, channels }: MedicalImage): string {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return createHash('sha256').update(`${widthPx} ${heightPx} ${channels} `).update(bytes).digest('base64');
}

function sizeOf({ widthPx, heightPx }: MedicalImage): string {
  return `${widthPx} x ${heightPx}`;
}
