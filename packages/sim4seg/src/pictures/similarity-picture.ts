import { maskLogitsToOriginalFrame } from '@sim4seg/core';
import type { ChosenCells, FloatArray, MedicalImage, ModelFrame } from '@sim4seg/core';
import type { Picture } from '@sim4seg/data';
import { heatColour } from './heat-colour.js';
import { drawNotice } from './draw-notice.js';
import { toViewPicture, viewSize } from './picture-size.js';

/** Evidence of one finding that is drawn. */
export interface SimilarityEvidence {
  /** float32[rows, columns]; token grid over the square model frame; null where the wiring makes none. */
  readonly similarity: FloatArray | null;
  readonly cells: ChosenCells | null;
  readonly frame: ModelFrame;
}

const HEAT_SHARE = 0.72;

/**
 * The similarity map as colours over the darkened image, with the chosen cells framed. Without a map the image stays
 * grey, which says that there is none. uint8[h, w, 3]
 */
export function drawSimilarity(image: MedicalImage, evidence: SimilarityEvidence): Picture {
  const picture = toViewPicture(image);
  toGrey(picture.data);
  const view = { ...evidence, frame: { ...evidence.frame, ...viewOf(picture) } };
  if (view.similarity) paintHeat(picture, similarityInOriginalFrame(view.similarity, view.frame));
  if (view.cells) frameCells(picture, view.cells, view.frame);
  drawNotice(picture);
  return picture;
}

/** The similarity map scaled to 0..1 over the image: float32[h, w]; original frame; a constant map becomes 0. */
export function similarityInOriginalFrame(similarity: FloatArray, frame: ModelFrame): Float32Array {
  const { data } = maskLogitsToOriginalFrame(similarity.data, frame);
  let [low, high] = [Infinity, -Infinity];
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const range = high - low;
  return data.map((value) => (range > 0 ? (value - low) / range : 0));
}

const viewOf = (picture: Picture): Pick<ModelFrame, 'originalWidthPx' | 'originalHeightPx'> => {
  const size = viewSize(picture);
  return { originalWidthPx: size.widthPx, originalHeightPx: size.heightPx };
};

function toGrey(rgb: Uint8Array): void {
  for (let i = 0; i < rgb.length; i += 3) {
    const grey = 0.3 * (rgb[i] as number) + 0.59 * (rgb[i + 1] as number) + 0.11 * (rgb[i + 2] as number);
    rgb.fill(grey, i, i + 3);
  }
}

function paintHeat({ data }: Picture, heat: Float32Array): void {
  heat.forEach((value, i) => {
    const colour = heatColour(value);
    for (let c = 0; c < 3; c++) {
      data[i * 3 + c] = (data[i * 3 + c] as number) * (1 - HEAT_SHARE) + (colour[c] as number) * HEAT_SHARE;
    }
  });
}

function frameCells(picture: Picture, cells: ChosenCells, frame: ModelFrame): void {
  const overImage = cells.over === 'content';
  const gridWidthPx = overImage ? picture.widthPx : (frame.sidePx / frame.contentWidthPx) * picture.widthPx;
  const gridHeightPx = overImage ? picture.heightPx : (frame.sidePx / frame.contentHeightPx) * picture.heightPx;
  const [stepX, stepY] = [gridWidthPx / cells.gridCells, gridHeightPx / cells.gridCells];
  for (const cell of cells.chosen) {
    const [row, column] = [Math.floor(cell / cells.gridCells), cell % cells.gridCells];
    const [left, top] = [Math.round(column * stepX), Math.round(row * stepY)];
    frameBox(picture, { left, top, right: Math.round((column + 1) * stepX), bottom: Math.round((row + 1) * stepY) });
  }
}

function frameBox(picture: Picture, box: { left: number; top: number; right: number; bottom: number }): void {
  const right = Math.min(box.right, picture.widthPx - 1);
  const bottom = Math.min(box.bottom, picture.heightPx - 1);
  for (let x = box.left; x <= right; x++) [box.top, bottom].forEach((y) => whiten(picture, x, y));
  for (let y = box.top; y <= bottom; y++) [box.left, right].forEach((x) => whiten(picture, x, y));
}

function whiten({ data, widthPx, heightPx }: Picture, x: number, y: number): void {
  if (x < 0 || y < 0 || x >= widthPx || y >= heightPx) return;
  data.fill(255, (y * widthPx + x) * 3, (y * widthPx + x) * 3 + 3);
}
