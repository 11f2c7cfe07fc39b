import type { Augmentation } from './augment-recipe.js';
import type { TrainingSquare } from './training-square.js';

/** Maps a point of the result to the point of the source that it shows: x' = xx x + xy y + x0, likewise y'. */
export interface InverseAffine {
  readonly xx: number;
  readonly xy: number;
  readonly x0: number;
  readonly yx: number;
  readonly yy: number;
  readonly y0: number;
}

type Content = Pick<TrainingSquare, 'contentWidthPx' | 'contentHeightPx'>;

/** Rotation, scale and flips about the content's centre, then the shift; pixel centres lie at half coordinates. */
export function toInverseAffine(change: Augmentation, { contentWidthPx, contentHeightPx }: Content): InverseAffine {
  const cos = Math.cos(change.rotationRad) / change.scale;
  const sin = Math.sin(change.rotationRad) / change.scale;
  const signX = change.flipX ? -1 : 1;
  const signY = change.flipY ? -1 : 1;
  const centerX = contentWidthPx / 2;
  const centerY = contentHeightPx / 2;
  const fromX = centerX + change.shiftX * contentWidthPx;
  const fromY = centerY + change.shiftY * contentHeightPx;
  const [xx, xy, yx, yy] = [signX * cos, signX * sin, -signY * sin, signY * cos];
  return { xx, xy, x0: centerX - xx * fromX - xy * fromY, yx, yy, y0: centerY - yx * fromX - yy * fromY };
}

/**
 * Resamples planes bilinearly (half-pixel centres) inside the content; what comes from outside the content is zero, and
 * the padding stays zero. All planes share one sampling, so image and mask cannot drift apart.
 * @param planes float32[sidePx, sidePx] each
 */
export function warpPlanes(
  planes: readonly Float32Array[],
  square: TrainingSquare,
  inverse: InverseAffine,
): Float32Array[] {
  const { sidePx, contentWidthPx: width, contentHeightPx: height } = square;
  const warped = planes.map(() => new Float32Array(sidePx * sidePx));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sx = inverse.xx * (x + 0.5) + inverse.xy * (y + 0.5) + inverse.x0 - 0.5;
      const sy = inverse.yx * (x + 0.5) + inverse.yy * (y + 0.5) + inverse.y0 - 0.5;
      if (sx <= -0.5 || sy <= -0.5 || sx >= width - 0.5 || sy >= height - 0.5) continue;
      const left = Math.max(0, Math.floor(sx));
      const top = Math.max(0, Math.floor(sy));
      const fx = Math.max(0, sx - left);
      const fy = Math.max(0, sy - top);
      const at = top * sidePx + left;
      // At the last column and row the neighbour would be padding: repeat the edge.
      const right = left + 1 < width ? 1 : 0;
      const below = top + 1 < height ? sidePx : 0;
      for (let p = 0; p < planes.length; p++) {
        const plane = planes[p] as Float32Array;
        const upper = (plane[at] as number) * (1 - fx) + (plane[at + right] as number) * fx;
        const lower = (plane[at + below] as number) * (1 - fx) + (plane[at + below + right] as number) * fx;
        (warped[p] as Float32Array)[y * sidePx + x] = upper * (1 - fy) + lower * fy;
      }
    }
  }
  return warped;
}
