import type { Augmentation } from './augment-recipe.js';
import type { TrainingSquare } from './training-square.js';
import { toInverseAffine, warpPlanes } from './warp.js';

/** Steps of the tone curve; finer than 8-bit pictures can show. */
const TONE_STEPS = 4096;

/**
 * Applies one drawn change to image and mask together; the input is not changed.
 * Tones change in the image only; the grey box hides image, never mask. The padding stays zero.
 */
export function applyAugmentation(square: TrainingSquare, change: Augmentation): TrainingSquare {
  const { sidePx } = square;
  const planePx = sidePx * sidePx;
  const planes = [0, 1, 2].map((c) => square.image.subarray(c * planePx, (c + 1) * planePx));
  if (square.mask !== null) planes.push(square.mask);
  const warped = warpPlanes(planes, square, toInverseAffine(change, square));
  const image = new Float32Array(3 * planePx);
  for (let c = 0; c < 3; c++) {
    const plane = warped[c] as Float32Array;
    changeTones(plane, square, toneCurve(change, c));
    paintBox(plane, square, change.box);
    image.set(plane, c * planePx);
  }
  return { ...square, image, mask: warped[3] ?? null };
}

function toneCurve({ gamma, contrast, colourGain }: Augmentation, channel: number): Float32Array | null {
  const gain = colourGain[channel] as number;
  if (gamma === 1 && contrast === 1 && gain === 1) return null;
  return Float32Array.from({ length: TONE_STEPS + 1 }, (_, i) => {
    const value = ((i / TONE_STEPS) ** gamma - 0.5) * contrast + 0.5;
    return i === 0 ? 0 : Math.min(1, Math.max(0, value * gain));
  });
}

function changeTones(plane: Float32Array, square: TrainingSquare, curve: Float32Array | null): void {
  if (curve === null) return;
  const { sidePx, contentWidthPx, contentHeightPx } = square;
  for (let y = 0; y < contentHeightPx; y++) {
    const end = y * sidePx + contentWidthPx;
    for (let i = y * sidePx; i < end; i++) plane[i] = curve[((plane[i] as number) * TONE_STEPS + 0.5) | 0] as number;
  }
}

function paintBox(plane: Float32Array, square: TrainingSquare, box: Augmentation['box']): void {
  if (box === null) return;
  const { sidePx, contentWidthPx, contentHeightPx } = square;
  const left = Math.round(box.x * contentWidthPx);
  const right = Math.min(contentWidthPx, Math.round((box.x + box.width) * contentWidthPx));
  const top = Math.round(box.y * contentHeightPx);
  const bottom = Math.min(contentHeightPx, Math.round((box.y + box.height) * contentHeightPx));
  for (let y = top; y < bottom; y++) plane.fill(box.grey, y * sidePx + left, y * sidePx + right);
}
