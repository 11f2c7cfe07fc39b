/** Sample type of an image; plugins must not assume 8-bit RGB. */
export type ImageDtype = 'uint8' | 'uint16' | 'float32';

export interface ImageWindow {
  readonly center: number;
  readonly width: number;
}

/**
 * A medical image in its original frame.
 * `data`: dtype[heightPx, widthPx, channels]; HWC; original frame; stored values.
 */
export interface MedicalImage {
  readonly dtype: ImageDtype;
  readonly data: Uint8Array | Uint16Array | Float32Array;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly channels: 1 | 3;
  /** Row and column spacing in millimetres, or null where the file does not say. */
  readonly spacingMm: readonly [row: number, column: number] | null;
  readonly orientation: string | null;
  readonly window: ImageWindow | null;
  readonly seriesId: string | null;
  readonly sliceIndex: number | null;
  readonly frameIndex: number | null;
  /** sha256 (hex) of the encoded file, or of the pixels where there was no file; names the image frame of a mask. */
  readonly sha256: string;
}

/**
 * How an original image lies in a square model frame: longest side scaled to `sidePx`, content at the top left,
 * zero padding at the right and bottom (Segment Anything, ResizeLongestSide).
 */
export interface ModelFrame {
  readonly sidePx: number;
  readonly contentWidthPx: number;
  readonly contentHeightPx: number;
  readonly originalWidthPx: number;
  readonly originalHeightPx: number;
}
