import { measureMask } from './mask-measures.js';
import type { MaskMeasures } from './mask-measures.js';

export type SizeWord = 'small' | 'medium' | 'large';
export type ShapeWord = 'round' | 'oval' | 'elongated';
export type BorderWord = 'smooth' | 'uneven' | 'irregular';
export type DensityWord = 'sparse' | 'moderate' | 'dense';
export type RowWord = 'upper' | 'middle' | 'lower';
export type ColumnWord = 'left' | 'central' | 'right';

/** What the training texts say about a mask. */
export interface MaskFacts {
  /** Share of the content that the mask covers, 0..1. */
  readonly areaShare: number;
  readonly size: SizeWord;
  readonly shape: ShapeWord;
  readonly border: BorderWord;
  readonly row: RowWord;
  readonly column: ColumnWord;
  /** For networks of vessels. */
  readonly density: DensityWord;
  /** Side to which a network leans; finer than `column`, because its centre is never far from the middle. */
  readonly lean: ColumnWord;
}

/** Sizes of the mask array and of the picture's content in it (the rest is padding at the right and bottom). */
export interface MaskFrame {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly contentWidthPx?: number;
  readonly contentHeightPx?: number;
}

/**
 * Words for size, shape, border and place of a mask, or null if it is empty.
 * @param mask uint8 or float32 [height, width]; model or original frame; inside where >= `cut` (0.5; a lower one
 *   keeps thin vessels of an area-averaged mask)
 * Place is relative to the content, not to the padded frame. Thresholds are near the tertiles of the shipped sets.
 */
export function maskFacts(mask: Uint8Array | Float32Array, frame: MaskFrame, cut = 0.5): MaskFacts | null {
  const { widthPx, heightPx, contentWidthPx = widthPx, contentHeightPx = heightPx } = frame;
  const measures = measureMask(mask, { widthPx, heightPx }, cut);
  if (measures === null) return null;
  const areaShare = Math.min(1, measures.areaPx / (contentWidthPx * contentHeightPx));
  return {
    areaShare,
    size: areaShare < 0.05 ? 'small' : areaShare < 0.2 ? 'medium' : 'large',
    shape: shapeWord(measures),
    border: borderWord(measures),
    row: threeWay(measures.centerY / contentHeightPx, ['upper', 'middle', 'lower']),
    column: threeWay(measures.centerX / contentWidthPx, ['left', 'central', 'right']),
    density: areaShare < 0.08 ? 'sparse' : areaShare < 0.12 ? 'moderate' : 'dense',
    lean: threeWay(measures.centerX / contentWidthPx, ['left', 'central', 'right'], 0.025),
  };
}

/** "upper left", "upper central", "middle left"; the very middle is "central". */
export function placeWords({ row, column }: Pick<MaskFacts, 'row' | 'column'>): string {
  return row === 'middle' && column === 'central' ? 'central' : `${row} ${column}`;
}

function shapeWord({ majorPx, minorPx }: MaskMeasures): ShapeWord {
  const ratio = majorPx / Math.max(minorPx, 1e-6);
  return ratio < 1.25 ? 'round' : ratio < 2 ? 'oval' : 'elongated';
}

/** How well the ellipse of equal moments covers the mask tells a smooth outline from a ragged one. */
function borderWord({ ellipseOverlap }: MaskMeasures): BorderWord {
  return ellipseOverlap >= 0.9 ? 'smooth' : ellipseOverlap >= 0.82 ? 'uneven' : 'irregular';
}

function threeWay<T>(position: number, [low, middle, high]: readonly [T, T, T], halfWidth = 0.1): T {
  return position < 0.5 - halfWidth ? low : position > 0.5 + halfWidth ? high : middle;
}
