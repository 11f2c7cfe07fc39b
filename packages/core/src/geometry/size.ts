/** Width and height in pixels. */
export interface Size {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** An 8-bit picture: uint8[heightPx, widthPx, channels]; row-major, channels last. */
export interface PixelsU8 extends Size {
  readonly data: Uint8Array;
  readonly channels: number;
}

/** A single-channel float map: float32[heightPx, widthPx]; row-major. */
export interface FloatMap extends Size {
  readonly data: Float32Array;
}
