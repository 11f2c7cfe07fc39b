import type { PixelsU8 } from '@sim4seg/core';
import type { ReferenceTensors } from '@sim4seg/testing';

/** The 8-bit picture of a sub-case. */
export function pictureOf(io: ReferenceTensors, name: string): PixelsU8 {
  const { data, shape } = io.take(name);
  const [heightPx = 0, widthPx = 0, channels = 0] = shape;
  return { data: data as Uint8Array, widthPx, heightPx, channels };
}
