import { maskIou } from '@sim4seg/core';
import type { MaskBits } from '@sim4seg/core';

/**
 * Mean IoU of each mask with the others, by popcount; 1 for a mask alone. The highest is the medoid. Two empty masks
 * agree wholly.
 */
export function meanIouWithOthers(masks: readonly MaskBits[]): number[] {
  const sums = new Array<number>(masks.length).fill(0);
  for (const [i, a] of masks.entries()) {
    for (const [offset, b] of masks.slice(i + 1).entries()) {
      const j = i + 1 + offset;
      const iou = maskIou(a, b);
      sums[i] = (sums[i] ?? 0) + iou;
      sums[j] = (sums[j] ?? 0) + iou;
    }
  }
  return sums.map((sum) => (masks.length > 1 ? sum / (masks.length - 1) : 1));
}
