import { SAM_NORMALISATION, createModelFrame, prepareLongestSide, resizePillow, toRgbU8 } from '@sim4seg/core';
import type { MedicalImage, ModelFrame, PreparedImage } from '@sim4seg/core';

/**
 * How a picture becomes SAM's input: longest side to the frame's side, normalised by channel, zeros below and right; or
 * as MedSAM was trained, the whole picture as a square, its lowest sample 0 and its highest 1.
 */
export type SamPreprocessing = 'sam' | 'medsam';

/**
 * SAM's input from a picture of any sample type; its window is applied first.
 * - `image`: dtype[h, w, c]; original frame. Returns `pixels` float32[3, sidePx, sidePx]; model frame
 * @source segment-anything Sam.preprocess; MedSAM MedSAM_Inference.py
 * @deviation MedSAM's own script resizes with scikit-image (bicubic behind a Gaussian filter); this is Pillow's bicubic
 */
export function prepareSamImage(
  image: MedicalImage,
  { sidePx, preprocessing }: { readonly sidePx: number; readonly preprocessing: SamPreprocessing },
): PreparedImage {
  const rgb = toRgbU8(image);
  if (preprocessing === 'sam') return prepareLongestSide(rgb, { sidePx, normalisation: SAM_NORMALISATION });
  const { data } = resizePillow(rgb, { widthPx: sidePx, heightPx: sidePx }, { filter: 'bicubic' });
  return { pixels: stretched(data, sidePx * sidePx), frame: squareFrame(image, sidePx) };
}

/** The whole picture fills the frame; both axes have their own scale. */
function squareFrame(image: MedicalImage, sidePx: number): ModelFrame {
  return { ...createModelFrame(image, sidePx), contentWidthPx: sidePx, contentHeightPx: sidePx };
}

/** uint8[h,w,3] to float32[3,h,w], 0 at the lowest sample and 1 at the highest; 0 everywhere in a constant picture. */
function stretched(data: ArrayLike<number>, plane: number): Float32Array {
  let low = 255;
  let high = 0;
  for (let i = 0; i < data.length; i++) {
    low = Math.min(low, data[i] as number);
    high = Math.max(high, data[i] as number);
  }
  const table = Float32Array.from({ length: 256 }, (_, value) => (value - low) / Math.max(high - low, 1e-8));
  const pixels = new Float32Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) pixels[c * plane + i] = table[data[3 * i + c] as number] as number;
  }
  return pixels;
}
