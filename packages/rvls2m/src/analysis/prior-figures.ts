import type { ModelFrame } from '@sim4seg/core';
import type { PromptMap } from './prompt-map.js';

/** Numbers about a region, each 0..1; null where there is nothing to measure. */
export interface PriorFigures {
  /** Share of the image that the region covers. */
  readonly areaShare: number;
  /** Share of the region that lies in the outermost tenth of the image. */
  readonly edgeShare: number | null;
  /** Share of the region that lies on the given mask. */
  readonly precision: number | null;
  /** Share of the given mask that the region covers. */
  readonly recall: number | null;
}

/** Width of the edge as a share of each side of the image. */
const EDGE = 0.1;

/** Measures a region sample by sample; `target` uint8[S*S] as the region's samples, or null. */
export function measureRegion({ inside, side }: PromptMap, frame: ModelFrame, target: Uint8Array | null): PriorFigures {
  const rows = contentLength(frame.contentHeightPx, frame.sidePx, side);
  const columns = contentLength(frame.contentWidthPx, frame.sidePx, side);
  const count = { region: 0, edge: 0, both: 0, target: 0 };
  for (let y = 0; y < rows; y++) {
    const outerRow = isOuter(y, rows);
    for (let x = 0; x < columns; x++) {
      const onTarget = target?.[y * side + x] === 1;
      if (onTarget) count.target++;
      if (inside[y * side + x] !== 1) continue;
      count.region++;
      if (onTarget) count.both++;
      if (outerRow || isOuter(x, columns)) count.edge++;
    }
  }
  return {
    areaShare: count.region / (rows * columns),
    edgeShare: shareOf(count.edge, count.region),
    precision: target && shareOf(count.both, count.region),
    recall: target && shareOf(count.both, count.target),
  };
}

function contentLength(lengthPx: number, sidePx: number, side: number): number {
  return Math.max(1, Math.round((lengthPx * side) / sidePx));
}

function isOuter(index: number, length: number): boolean {
  const place = (index + 0.5) / length;
  return place < EDGE || place > 1 - EDGE;
}

function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
