import { LlavaSizesSchema } from '@sim4seg/backbones';
import type { ClipVisionSizes, LlavaSizes } from '@sim4seg/backbones';
import { expectSizes } from './expect-sizes.js';
import { countOf, sizeOf, type Shapes } from './shapes.js';
import type { Json } from './source.js';

/** What tells a LLaMA from others. */
export const LLAMA_ANCHOR = 'model.embed_tokens.weight';

/**
 * Sizes of a LLaVA with a seg projection from the shapes of its weights, and from its config where shapes do not tell.
 * @source LISA.py; transformers 4.31 configuration_llama.py for what a config leaves out
 */
export function llavaSizes(shapes: Shapes, config: Json, vision: ClipVisionSizes): LlavaSizes {
  const [vocabularySize, hiddenSize] = [sizeOf(shapes, LLAMA_ANCHOR, 0), sizeOf(shapes, LLAMA_ANCHOR, 1)];
  const heads = config['num_attention_heads'];
  const keyWidth = sizeOf(shapes, 'model.layers.0.self_attn.k_proj.weight', 0);
  const headWidth = typeof heads === 'number' ? hiddenSize / heads : undefined;
  return expectSizes(LlavaSizesSchema, 'the LLaMA', {
    llama: {
      vocabularySize,
      hiddenSize,
      intermediateSize: sizeOf(shapes, 'model.layers.0.mlp.gate_proj.weight', 0),
      layers: countOf(shapes, /^model\.layers\.(\d+)\./),
      heads,
      keyValueHeads: headWidth === undefined ? undefined : keyWidth / headWidth,
      rmsNormEps: config['rms_norm_eps'] ?? 1e-6,
      ropeTheta: config['rope_theta'] ?? 10_000,
    },
    vision,
    projector: shapes.has('model.mm_projector.weight') ? 'linear' : 'mlp2x_gelu',
    projectedDim: sizeOf(shapes, 'model.text_hidden_fcs.0.2.weight', 0),
  });
}
