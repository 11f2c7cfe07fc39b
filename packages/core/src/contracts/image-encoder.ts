import type { FloatArray } from './arrays.js';
import type { MedicalImage, ModelFrame } from './image.js';

/** What an image encoder makes of one image; `named` holds further outputs such as skips (`stride4`, `stride8`). */
export interface ImageFeatures {
  /** float32[1,D,h,w]; NCHW; model frame. */
  readonly embedding: FloatArray;
  /** Each float32[1,C,h',w']; NCHW; model frame. */
  readonly named: Readonly<Record<string, FloatArray>>;
  readonly frame: ModelFrame;
}

export interface ImageEncoderSizes {
  readonly inputSidePx: number;
  readonly embeddingChannels: number;
  readonly embeddingSide: number;
  /** Channels and side of each named output. */
  readonly named: Readonly<Record<string, { readonly channels: number; readonly side: number }>>;
}

export interface ImageEncoder {
  readonly sizes: ImageEncoderSizes;
  encode(image: MedicalImage, options: { readonly signal?: AbortSignal | undefined }): Promise<ImageFeatures>;
}
