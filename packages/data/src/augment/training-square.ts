/**
 * A picture in the square model frame, with its mask if there is one.
 * `image`: float32[3, sidePx, sidePx]; CHW; model frame; 0..1, zero in the padding at the right and bottom
 * `mask`: float32[sidePx, sidePx]; model frame; 0..1, share of the pixel that is inside (area mean)
 */
export interface TrainingSquare {
  readonly image: Float32Array;
  readonly mask: Float32Array | null;
  readonly sidePx: number;
  readonly contentWidthPx: number;
  readonly contentHeightPx: number;
}
