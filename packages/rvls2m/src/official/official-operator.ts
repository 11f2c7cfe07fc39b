import { applyTaps, bilinearTaps, composeTaps } from '@sim4seg/core';
import type { AxisTaps, FloatMap, Size } from '@sim4seg/core';

/** Side of the first resize, that of CLIP's 336 input. @source Sim4Seg */
const MAP_SIDE = 336;

/** Taps of both axes from the token grid to the map at image size. */
export interface OfficialMap {
  readonly rows: AxisTaps;
  readonly columns: AxisTaps;
}

/**
 * The reference's way from the token grid to the image: bilinear to 336, zero padding (or cropping) by half of what the
 * short-side-336 image has more, bilinear to the image. Linear and separable, so each axis is one tap table.
 * @source Sim4Seg RVLS2M; sizes truncated from float64 in the order int(h * (336 / min(h, w)))
 * @deviation rounding only: tap weights are float64
 */
export function officialMapOperator(tokenSide: number, image: Size): OfficialMap {
  const scale = MAP_SIDE / Math.min(image.widthPx, image.heightPx);
  const axis = (length: number): AxisTaps => {
    const pad = Math.floor((Math.trunc(length * scale) - MAP_SIDE) / 2);
    const padded = padTaps(bilinearTaps(tokenSide, MAP_SIDE), pad);
    return composeTaps(padded, bilinearTaps(padded.starts.length, length));
  };
  return { rows: axis(image.heightPx), columns: axis(image.widthPx) };
}

/** Zero samples before and after (negative: samples cut off), as outputs without weights. */
function padTaps({ starts, weights, span }: AxisTaps, pad: number): AxisTaps {
  const length = starts.length + 2 * pad;
  const padded = { starts: new Int32Array(length), weights: new Float64Array(length * span), span };
  for (let i = 0; i < length; i++) {
    const source = i - pad;
    if (source < 0 || source >= starts.length) continue;
    padded.starts[i] = starts[source] ?? 0;
    for (let k = 0; k < span; k++) padded.weights[i * span + k] = weights[source * span + k] ?? 0;
  }
  return padded;
}

/** The similarity map at image size: float32[side,side] to float32[heightPx,widthPx]. */
export function officialMap(normalised: FloatMap, { rows, columns }: OfficialMap): FloatMap {
  return applyTaps(normalised, rows, columns);
}

/**
 * Means over cells of floor(length / cells) samples; what is left at the end belongs to no cell. Returns the taps from
 * token grid to cells.
 */
export function officialCellTaps(axis: AxisTaps, cells: number): AxisTaps {
  const size = Math.floor(axis.starts.length / cells);
  const starts = Int32Array.from({ length: cells }, (_, i) => i * size);
  return composeTaps(axis, { starts, weights: new Float64Array(cells * size).fill(1 / size), span: size });
}
