import type { ParamSpec, Specs } from '@sim4seg/compute';
import { headWidth } from './sizes.js';
import type { LlamaSizes } from './sizes.js';

/** Uniform with variance 1 / inputs: keeps the size of normalised activations. */
const UNIT_GAIN = Math.sqrt(3);

/**
 * Parameters of a LLaMA with their official checkpoint keys. Linear weights are (out, in). What is added to the
 * residual stream starts smaller, so that its size does not grow with depth.
 * @source transformers 4.31 modeling_llama.py, LlamaForCausalLM
 */
export function llamaParams(sizes: LlamaSizes): Specs<ParamSpec> {
  const { vocabularySize, hiddenSize } = sizes;
  const layers = Array.from({ length: sizes.layers }, (_, layer) => Object.entries(layerParams(sizes, layer)));
  return {
    'embed_tokens.weight': {
      dims: [vocabularySize, hiddenSize],
      init: { normal: 0.5 },
      key: 'model.embed_tokens.weight',
    },
    ...Object.fromEntries(layers.flat()),
    'norm.weight': { dims: [hiddenSize], init: 'ones', key: 'model.norm.weight' },
    'lm_head.weight': { dims: [vocabularySize, hiddenSize], init: { normal: 0.02 }, key: 'lm_head.weight' },
  };
}

function layerParams(sizes: LlamaSizes, layer: number): Specs<ParamSpec> {
  const { hiddenSize, intermediateSize, keyValueHeads } = sizes;
  const keyWidth = keyValueHeads * headWidth(sizes);
  const into = { fanIn: UNIT_GAIN };
  const back = { fanIn: UNIT_GAIN / Math.sqrt(2 * sizes.layers) };
  const specs: Record<string, ParamSpec> = {
    'input_layernorm.weight': { dims: [hiddenSize], init: 'ones' },
    'self_attn.q_proj.weight': { dims: [hiddenSize, hiddenSize], init: into },
    'self_attn.k_proj.weight': { dims: [keyWidth, hiddenSize], init: into },
    'self_attn.v_proj.weight': { dims: [keyWidth, hiddenSize], init: into },
    'self_attn.o_proj.weight': { dims: [hiddenSize, hiddenSize], init: back },
    'post_attention_layernorm.weight': { dims: [hiddenSize], init: 'ones' },
    'mlp.gate_proj.weight': { dims: [intermediateSize, hiddenSize], init: into },
    'mlp.up_proj.weight': { dims: [intermediateSize, hiddenSize], init: into },
    'mlp.down_proj.weight': { dims: [hiddenSize, intermediateSize], init: back },
  };
  const named = Object.entries(specs).map(([name, spec]) => {
    const full = `layers.${layer}.${name}`;
    return [full, { ...spec, key: `model.${full}` }] as const;
  });
  return Object.fromEntries(named);
}
