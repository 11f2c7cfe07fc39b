import { decodeRle, maskToBytes } from '@sim4seg/core';
import { fillPolygon } from '../phantoms/draw/polygon.js';
import type { MaskPicture } from '../picture.js';
import type { CocoImage, CocoSegmentation } from './coco-file.js';
import { invalidSource } from './listed-dataset.js';

/**
 * Union of the objects of one image. uint8[height, width]; 0 or 1; original frame
 * @deviation of pycocotools: a pixel belongs to a polygon when its centre does (pycocotools paints edges at five times the
 * resolution), so that pixels on an edge may differ; run lengths are equal.
 * @throws CASES_INVALID, RECORD_INVALID where run lengths do not fill the image
 */
export function drawCocoMask(image: CocoImage, segmentations: readonly CocoSegmentation[]): MaskPicture {
  const { width: widthPx, height: heightPx } = image;
  const maskBits = new Uint8Array(widthPx * heightPx);
  for (const segmentation of segmentations) {
    if (Array.isArray(segmentation)) drawPolygons(maskBits, { widthPx, heightPx }, segmentation);
    else drawRuns(maskBits, image, segmentation);
  }
  return { maskBits, widthPx, heightPx };
}

function drawPolygons(
  bits: Uint8Array,
  size: { readonly widthPx: number; readonly heightPx: number },
  polygons: readonly (readonly number[])[],
): void {
  for (const polygon of polygons) {
    const corners = Array.from({ length: polygon.length >> 1 }, (_, i) => ({
      x: polygon[2 * i] as number,
      y: polygon[2 * i + 1] as number,
    }));
    fillPolygon(bits, size, corners);
  }
}

type Runs = Exclude<CocoSegmentation, number[][]>;

function drawRuns(bits: Uint8Array, { file_name, width, height }: CocoImage, { size, counts }: Runs): void {
  const [rows, columns] = size;
  const total = typeof counts === 'string' ? rows * columns : counts.reduce((sum, run) => sum + run, 0);
  if (rows !== height || columns !== width || total !== width * height) {
    throw invalidSource(file_name, `run lengths of ${rows} x ${columns} (${total} pixels) in ${height} x ${width}`);
  }
  if (typeof counts === 'string') {
    maskToBytes(decodeRle({ size, counts }, file_name), 1).forEach((bit, i) => (bits[i]! |= bit));
    return;
  }
  let at = 0;
  counts.forEach((run, i) => {
    if (i % 2 === 1) for (let k = at; k < at + run; k++) bits[(k % height) * width + Math.floor(k / height)] = 1;
    at += run;
  });
}
