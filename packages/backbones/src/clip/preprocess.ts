import { cropShortestEdge, toChannelsFirst, toRgbU8 } from '@sim4seg/core';
import type { FloatArray, MedicalImage, Normalisation } from '@sim4seg/core';

/** Means and deviations of CLIP, on the 0..1 scale. @source openai/CLIP clip.py, _transform */
export const CLIP_NORMALISATION: Normalisation = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

/** Side of the pictures of CLIP ViT-L/14 at 224. */
export const CLIP_SIDE_PX = 224;

/**
 * A picture as a CLIP vision tower takes it: short side to `sidePx` (Pillow's bicubic), centre crop, normalised.
 * - returns float32[1,3,sidePx,sidePx]; NCHW; the crop is the token grid's frame, what lies outside is not seen
 * @source transformers 4.31 CLIPImageProcessor.preprocess
 */
export function preprocessClip(
  image: MedicalImage,
  { sidePx = CLIP_SIDE_PX, normalisation = CLIP_NORMALISATION } = {},
): FloatArray {
  const cropped = cropShortestEdge(toRgbU8(image), sidePx);
  return { data: toChannelsFirst(cropped, normalisation), shape: [1, 3, sidePx, sidePx] };
}
