import type { Init, ParamSpec, Specs } from '@sim4seg/compute';
import { linearsOf } from './linear-layers.js';
import type { LlamaForm } from './linear-layers.js';
import { headWidth } from './sizes.js';

/** Uniform with variance 1 / inputs: keeps the size of normalised activations. */
const UNIT_GAIN = Math.sqrt(3);

/**
 * Parameters of a LLaMA with their official checkpoint keys. Linear weights are (out, in). What is added to the
 * residual stream starts smaller, so that its size does not grow with depth.
 * @source transformers 4.31 modeling_llama.py, LlamaForCausalLM
 */
export function llamaParams(sizes: LlamaForm): Specs<ParamSpec> {
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
    ...linearsOf(sizes).specs('lm_head', { in: hiddenSize, out: vocabularySize }, { normal: 0.02 }),
  };
}

function layerParams(sizes: LlamaForm, layer: number): Specs<ParamSpec> {
  const { hiddenSize, intermediateSize, keyValueHeads } = sizes;
  const keyWidth = keyValueHeads * headWidth(sizes);
  const into = { fanIn: UNIT_GAIN };
  const back = { fanIn: UNIT_GAIN / Math.sqrt(2 * sizes.layers) };
  const linears = linearsOf(sizes);
  const at = `layers.${layer}.`;
  const linear = (name: string, [out, inner]: readonly [number, number], init: Init): Specs<ParamSpec> =>
    linears.specs(at + name, { in: inner, out }, init);
  return {
    ...norm(`${at}input_layernorm.weight`, hiddenSize),
    ...linear('self_attn.q_proj', [hiddenSize, hiddenSize], into),
    ...linear('self_attn.k_proj', [keyWidth, hiddenSize], into),
    ...linear('self_attn.v_proj', [keyWidth, hiddenSize], into),
    ...linear('self_attn.o_proj', [hiddenSize, hiddenSize], back),
    ...norm(`${at}post_attention_layernorm.weight`, hiddenSize),
    ...linear('mlp.gate_proj', [intermediateSize, hiddenSize], into),
    ...linear('mlp.up_proj', [intermediateSize, hiddenSize], into),
    ...linear('mlp.down_proj', [hiddenSize, intermediateSize], back),
  };
}

const norm = (name: string, width: number): Specs<ParamSpec> => ({
  [name]: { dims: [width], init: 'ones', key: `model.${name}` },
});
