import type { ModelFrame } from '../contracts/image.js';
import { applyTaps, bilinearTaps, composeTaps, tapBands } from './bilinear.js';
import type { AxisTaps, RowBand } from './bilinear.js';
import type { FloatMap } from './size.js';

/** Brings mask logits of one low-resolution size from one model frame into its original frame. */
export type MaskLogitsMapper = (lowResLogits: Float32Array) => FloatMap;

/**
 * Builds the mapping of mask logits from the model frame into the original frame: resize to the square, cut the padding
 * off, resize to the original size. All three are linear and separable, so each axis is folded into one tap table.
 * - input: float32[lowRes, lowRes]; covers the whole model frame; returns float32[heightPx, widthPx]; original frame
 * Bilinear, half-pixel, no antialias. A constant stays constant; NaN spreads to its neighbours.
 * @source segment-anything Sam.postprocess_masks
 * @deviation weights are float64 and the two resizes are folded; differs by rounding only
 */
export function maskLogitsMapper(frame: ModelFrame, lowRes: number): MaskLogitsMapper {
  const { rows, columns } = mappingTaps(frame, lowRes);
  return (data) => applyTaps({ data, widthPx: lowRes, heightPx: lowRes }, rows, columns);
}

/** Pixels of a band: some milliseconds of work. */
const BAND_PX = 2 ** 17;

/** As {@link maskLogitsMapper}, to the last bit, in bands of rows from the top: for large images. */
export function maskLogitsBands(frame: ModelFrame, lowRes: number): (lowResLogits: Float32Array) => Generator<RowBand> {
  const taps = mappingTaps(frame, lowRes);
  const bandRows = Math.max(1, Math.floor(BAND_PX / frame.originalWidthPx));
  return (data) => tapBands({ data, widthPx: lowRes, heightPx: lowRes }, { ...taps, bandRows });
}

function mappingTaps(frame: ModelFrame, lowRes: number): { rows: AxisTaps; columns: AxisTaps } {
  const axis = (content: number, original: number): AxisTaps =>
    composeTaps(bilinearTaps(lowRes, frame.sidePx), bilinearTaps(content, original));
  const rows = axis(frame.contentHeightPx, frame.originalHeightPx);
  const columns = axis(frame.contentWidthPx, frame.originalWidthPx);
  return { rows, columns };
}

/** As {@link maskLogitsMapper}, once: float32[lowRes, lowRes] in the model frame to float32[heightPx, widthPx] in the original. */
export function maskLogitsToOriginalFrame(lowResLogits: Float32Array, frame: ModelFrame): FloatMap {
  return maskLogitsMapper(frame, Math.round(Math.sqrt(lowResLogits.length)))(lowResLogits);
}
