/**
 * An 8-bit picture in memory.
 * `data`: uint8[heightPx, widthPx, channels]; HWC; 0..255
 */
export interface Picture {
  readonly data: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly channels: 1 | 3;
}

/**
 * A mask in its image's original frame.
 * `maskBits`: uint8[heightPx, widthPx]; 0 or 1
 */
export interface MaskPicture {
  readonly maskBits: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** A mask as a grey picture with the values 0 and 255. */
export function maskToPicture({ maskBits, widthPx, heightPx }: MaskPicture): Picture {
  return { data: maskBits.map((bit) => (bit ? 255 : 0)), widthPx, heightPx, channels: 1 };
}
