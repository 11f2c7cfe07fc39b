import { createModelFrame, resizePillow, toRgbU8 } from '@sim4seg/core';
import type { MedicalImage } from '@sim4seg/core';
import type { CaseSubject, MaskPicture } from '@sim4seg/data';

/** A training case in its model frame, decoded once; 8-bit so that thousands fit in memory. */
export interface TrainingFrame {
  readonly dataset: string;
  readonly id: string;
  readonly subject: CaseSubject;
  readonly diagnosis: string | null;
  readonly imageSha256: string;
  /** uint8[3,side,side]; CHW; model frame; 0 in the padding. */
  readonly pixels: Uint8Array;
  /** uint8[side,side]; model frame; share of the pixel inside the mask times 255 (area mean). */
  readonly mask: Uint8Array;
  readonly sidePx: number;
  readonly contentWidthPx: number;
  readonly contentHeightPx: number;
  /** Whether the mask has any pixel. */
  readonly present: boolean;
}

export interface FrameSource {
  readonly dataset: string;
  readonly id: string;
  readonly subject: CaseSubject;
  readonly diagnosis: string | null;
  readonly image: MedicalImage;
  readonly mask: MaskPicture;
}

/**
 * Brings image and mask into the model frame: the image as inference prepares it (Pillow-equal, longest side), the
 * mask by area mean, which keeps thin vessels as soft values.
 */
export function toTrainingFrame(source: FrameSource, sidePx: number): TrainingFrame {
  const { dataset, id, subject, diagnosis, image, mask } = source;
  const frame = createModelFrame(image, sidePx);
  const { contentWidthPx, contentHeightPx } = frame;
  const content = { widthPx: contentWidthPx, heightPx: contentHeightPx };
  const resized = resizePillow(toRgbU8(image), content, { filter: 'bilinear' });
  return {
    dataset,
    id,
    subject: { modality: subject.modality, anatomy: subject.anatomy, target: subject.target },
    diagnosis,
    imageSha256: image.sha256,
    pixels: toPaddedPlanes(resized.data, content, sidePx),
    mask: toAreaMask(mask, content, sidePx),
    sidePx,
    contentWidthPx,
    contentHeightPx,
    present: mask.maskBits.some((bit) => bit > 0),
  };
}

interface Content {
  readonly widthPx: number;
  readonly heightPx: number;
}

function toPaddedPlanes(data: Uint8Array, { widthPx, heightPx }: Content, sidePx: number): Uint8Array {
  const planes = new Uint8Array(3 * sidePx * sidePx);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const from = (y * widthPx + x) * 3;
      const to = y * sidePx + x;
      for (let c = 0; c < 3; c++) planes[c * sidePx * sidePx + to] = data[from + c] as number;
    }
  }
  return planes;
}

/** Area mean of a 0/1 mask over the pixels of the content, as 0..255; two passes, rows then columns. */
function toAreaMask(mask: MaskPicture, content: Content, sidePx: number): Uint8Array {
  const rows = areaRows(new Float32Array(mask.maskBits), mask, content.heightPx);
  const narrow = areaRows(
    transposed(rows, mask.widthPx),
    { widthPx: content.heightPx, heightPx: mask.widthPx },
    content.widthPx,
  );
  const out = new Uint8Array(sidePx * sidePx);
  for (let y = 0; y < content.heightPx; y++) {
    for (let x = 0; x < content.widthPx; x++) {
      out[y * sidePx + x] = Math.round(255 * (narrow[x * content.heightPx + y] as number));
    }
  }
  return out;
}

/** Averages [heightPx,widthPx] down (or repeats up) to [rows,widthPx] by exact overlap of pixel areas. */
function areaRows(data: Float32Array, { widthPx, heightPx }: Content, rows: number): Float32Array {
  const out = new Float32Array(rows * widthPx);
  const step = heightPx / rows;
  for (let row = 0; row < rows; row++) {
    const top = row * step;
    const bottom = Math.min(heightPx, top + step);
    for (let y = Math.floor(top); y < bottom; y++) {
      const overlap = (Math.min(bottom, y + 1) - Math.max(top, y)) / step;
      for (let x = 0; x < widthPx; x++) out[row * widthPx + x]! += overlap * (data[y * widthPx + x] as number);
    }
  }
  return out;
}

function transposed(data: Float32Array, widthPx: number): Float32Array {
  const heightPx = data.length / widthPx;
  const out = new Float32Array(data.length);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) out[x * heightPx + y] = data[y * widthPx + x] as number;
  }
  return out;
}
