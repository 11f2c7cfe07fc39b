/** Plain geometry of a mask in pixels; pixel centres lie at half coordinates. */
export interface MaskMeasures {
  readonly areaPx: number;
  readonly centerX: number;
  readonly centerY: number;
  /** Half axes of the ellipse with the mask's second moments. */
  readonly majorPx: number;
  readonly minorPx: number;
  /** IoU of the mask with that ellipse, 0..1. */
  readonly ellipseOverlap: number;
}

interface Moments {
  readonly areaPx: number;
  readonly centerX: number;
  readonly centerY: number;
  readonly xx: number;
  readonly xy: number;
  readonly yy: number;
}

/**
 * Measures the pixels with value >= `cut`; null if there are none.
 * @param mask uint8 or float32 [height, width]
 */
export function measureMask(
  mask: Uint8Array | Float32Array,
  { widthPx, heightPx }: { readonly widthPx: number; readonly heightPx: number },
  cut: number,
): MaskMeasures | null {
  const moments = measureMoments(mask, widthPx, heightPx, cut);
  if (moments === null) return null;
  const { xx, xy, yy, areaPx, centerX, centerY } = moments;
  const mean = (xx + yy) / 2;
  const spread = Math.hypot((xx - yy) / 2, xy);
  return {
    areaPx,
    centerX,
    centerY,
    majorPx: 2 * Math.sqrt(mean + spread),
    minorPx: 2 * Math.sqrt(Math.max(mean - spread, 0)),
    ellipseOverlap: overlapWithEllipse(mask, { widthPx, heightPx, cut }, moments),
  };
}

function measureMoments(
  mask: Uint8Array | Float32Array,
  widthPx: number,
  heightPx: number,
  cut: number,
): Moments | null {
  let areaPx = 0;
  const sum = { x: 0, y: 0, xx: 0, xy: 0, yy: 0 };
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      if ((mask[y * widthPx + x] as number) < cut) continue;
      areaPx++;
      sum.x += x + 0.5;
      sum.y += y + 0.5;
      sum.xx += (x + 0.5) ** 2;
      sum.xy += (x + 0.5) * (y + 0.5);
      sum.yy += (y + 0.5) ** 2;
    }
  }
  if (areaPx === 0) return null;
  const centerX = sum.x / areaPx;
  const centerY = sum.y / areaPx;
  // The extent of a pixel itself (1/12) keeps a single pixel from having no size.
  const xx = sum.xx / areaPx - centerX ** 2 + 1 / 12;
  const yy = sum.yy / areaPx - centerY ** 2 + 1 / 12;
  return { areaPx, centerX, centerY, xx, yy, xy: sum.xy / areaPx - centerX * centerY };
}

function overlapWithEllipse(
  mask: Uint8Array | Float32Array,
  { widthPx, heightPx, cut }: { widthPx: number; heightPx: number; cut: number },
  { xx, xy, yy, centerX, centerY }: Moments,
): number {
  const det = xx * yy - xy * xy;
  let both = 0;
  let either = 0;
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const dx = x + 0.5 - centerX;
      const dy = y + 0.5 - centerY;
      // Mahalanobis distance 2 is the boundary of the ellipse of equal moments.
      const inEllipse = (yy * dx * dx - 2 * xy * dx * dy + xx * dy * dy) / det <= 4;
      const inMask = (mask[y * widthPx + x] as number) >= cut;
      if (inEllipse && inMask) both++;
      if (inEllipse || inMask) either++;
    }
  }
  return both / either;
}
