import { LlavaSizesSchema } from '@sim4seg/backbones';
import type { LlavaSizes } from '@sim4seg/backbones';

const CLIP_L = {
  hiddenSize: 1024,
  intermediateSize: 4096,
  layers: 24,
  heads: 16,
  sidePx: 224,
  patchPx: 14,
  activation: 'quick_gelu',
  layerNormEps: 1e-5,
  selectLayer: -2,
} as const;

const shared = { vocabularySize: 32003, rmsNormEps: 1e-5, ropeTheta: 10_000 };

/** LLaMA of hidden size 2048 and 16 layers behind CLIP ViT-L. */
export const LLAVA_2048: LlavaSizes = LlavaSizesSchema.parse({
  llama: { ...shared, hiddenSize: 2048, intermediateSize: 5504, layers: 16, heads: 16, keyValueHeads: 16 },
  vision: CLIP_L,
  projector: 'linear',
  projectedDim: 256,
});

/** The shape of LISA-7B: LLaMA-2-7B behind CLIP ViT-L. */
export const LISA_7B: LlavaSizes = LlavaSizesSchema.parse({
  llama: { ...shared, hiddenSize: 4096, intermediateSize: 11008, layers: 32, heads: 32, keyValueHeads: 32 },
  vision: CLIP_L,
  projector: 'linear',
  projectedDim: 256,
});
