import type { FloatArray } from './arrays.js';
import type { ImageFeatures } from './image-encoder.js';
import type { RegionPrompts } from './region-prior.js';

export interface PromptEncoderSizes {
  readonly embeddingChannels: number;
  readonly embeddingSide: number;
  /** Side S of the prompt mask. */
  readonly promptSide: number;
  readonly inputSidePx: number;
}

export interface EncodedPrompts {
  /** float32[B,N,D]. */
  readonly sparse: FloatArray;
  /** float32[B,D,h,w]. */
  readonly dense: FloatArray;
}

export interface PromptInput {
  /** One entry a batch row; all rows hold the same kinds of prompts. */
  readonly prompts: readonly RegionPrompts[];
  /** float32[B,K,D] text prompts (seg embeddings), or null. */
  readonly text: FloatArray | null;
}

export interface PromptEncoder {
  readonly sizes: PromptEncoderSizes;
  encode(input: PromptInput, options: { readonly signal?: AbortSignal | undefined }): Promise<EncodedPrompts>;
}

export interface DecodedMasks {
  /** float32[B,M,s,s]; model frame; logits. */
  readonly lowResLogits: FloatArray;
  /** float32[B,M]; the decoder's own quality estimate; may leave 0..1. */
  readonly predictedIou: FloatArray;
  /** float32[B]; logit of "the target is there"; null where the decoder has no presence head. */
  readonly presenceLogits: FloatArray | null;
}

export interface MaskDecoderSizes {
  readonly embeddingChannels: number;
  readonly embeddingSide: number;
  readonly lowResSide: number;
  /** Masks a prompt yields (M). Index 0 is the single-mask answer, as in SAM. */
  readonly masksPerPrompt: number;
  /** Names of `ImageFeatures.named` outputs that it reads (skips). */
  readonly features: readonly string[];
}

export interface MaskDecoder {
  readonly sizes: MaskDecoderSizes;
  decode(
    input: { readonly features: ImageFeatures; readonly prompts: EncodedPrompts },
    options: { readonly signal?: AbortSignal | undefined },
  ): Promise<DecodedMasks>;
}
