import type { ModelFrame } from '../contracts/image.js';
import { Sim4SegError } from '../errors.js';
import type { Size } from './size.js';

/**
 * Size after the longest side became `sidePx`; the short side of a very long strip may become 0.
 * @source segment-anything ResizeLongestSide.get_preprocess_shape: int(side * (L / max(h, w)) + 0.5)
 * @deviation none
 */
export function longestSideSize(original: Size, sidePx: number): Size {
  const scale = sidePx / Math.max(original.widthPx, original.heightPx);
  const resized = (length: number): number => Math.trunc(length * scale + 0.5);
  return { widthPx: resized(original.widthPx), heightPx: resized(original.heightPx) };
}

/**
 * The model frame of an image: its longest side resized to `sidePx`, zeros at the right and at the bottom.
 * @throws USAGE when a side is not positive
 * @source segment-anything ResizeLongestSide
 * @deviation a side never falls below one pixel (very long strips)
 */
export function createModelFrame(original: Size, sidePx: number): ModelFrame {
  if (!(original.widthPx > 0 && original.heightPx > 0 && sidePx > 0)) {
    throw new Sim4SegError('USAGE', {
      must: 'An image and its model frame have positive sides',
      got: `${original.widthPx} x ${original.heightPx} in ${sidePx}`,
      fix: 'give an image with at least one pixel',
    });
  }
  const content = longestSideSize(original, sidePx);
  return {
    sidePx,
    contentWidthPx: Math.max(1, content.widthPx),
    contentHeightPx: Math.max(1, content.heightPx),
    originalWidthPx: original.widthPx,
    originalHeightPx: original.heightPx,
  };
}

/**
 * Points from the original into the model frame. Boxes (x0, y0, x1, y1) are two points each: pass them as they are.
 * - `points`: float32[P, 2]; x, y; original frame; px. Returns float32[P, 2]; model frame; px
 * @source segment-anything ResizeLongestSide.apply_coords and apply_boxes
 */
export function pointsToModelFrame(points: Float32Array, frame: ModelFrame): Float32Array {
  return scalePairs(
    points,
    frame.contentWidthPx / frame.originalWidthPx,
    frame.contentHeightPx / frame.originalHeightPx,
  );
}

/** Points (or boxes) from the model frame into the original frame: float32[P, 2] to float32[P, 2]; x, y; px. */
export function pointsToOriginalFrame(points: Float32Array, frame: ModelFrame): Float32Array {
  return scalePairs(
    points,
    frame.originalWidthPx / frame.contentWidthPx,
    frame.originalHeightPx / frame.contentHeightPx,
  );
}

function scalePairs(pairs: Float32Array, scaleX: number, scaleY: number): Float32Array {
  return pairs.map((value, i) => value * (i % 2 === 0 ? scaleX : scaleY));
}
