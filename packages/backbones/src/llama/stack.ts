import { ops, scopeParams } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';
import { projectQueryKeyValue } from './attention.js';
import type { QueryKeyValue } from './attention.js';
import type { RotaryTables } from './rotary.js';
import { linearsOf } from './linear-layers.js';
import type { LlamaForm } from './linear-layers.js';

type Params = Record<string, Tensor>;

export interface StackOptions {
  readonly sizes: LlamaForm;
  readonly rotary: RotaryTables;
  /** How a layer attends: over the sequence itself or over a cache; float32[B,T,D]. */
  attend(step: QueryKeyValue, layer: number): Tensor;
}

export interface StackOutput {
  /** float32[B,T,D]; after the final norm */
  readonly hidden: Tensor;
  /** Stream in front of each layer, layer 0 first; float32[B,T,D] each. */
  readonly streams: readonly Tensor[];
  /** float32[B,keyValueHeads,T,d] by layer; keys rotated */
  readonly keys: readonly Tensor[];
  readonly values: readonly Tensor[];
}

/**
 * The layers of a LLaMA on embeddings `x` float32[B,T,D].
 * @source transformers 4.31 modeling_llama.py, LlamaModel and LlamaDecoderLayer
 */
export function runStack(p: Params, x: Tensor, options: StackOptions): StackOutput {
  const { sizes } = options;
  const linears = linearsOf(sizes);
  const layers: QueryKeyValue[] = [];
  const streams: Tensor[] = [];
  let stream = x;
  for (let layer = 0; layer < sizes.layers; layer++) {
    streams.push(stream);
    const block = scopeParams(p, `layers.${layer}.`);
    const normed = ops.rmsNorm(stream, block['input_layernorm.weight']!, sizes.rmsNormEps);
    const attention = scopeParams(block, 'self_attn.');
    const step = projectQueryKeyValue(attention, normed, options.rotary, sizes);
    layers.push(step);
    stream = ops.add(stream, linears.apply(attention, 'o_proj', options.attend(step, layer)));
    stream = ops.add(stream, gatedMlp(block, stream, sizes));
  }
  return {
    hidden: ops.rmsNorm(stream, p['norm.weight']!, sizes.rmsNormEps),
    streams,
    keys: layers.map(({ key }) => key),
    values: layers.map(({ value }) => value),
  };
}

/** SwiGLU behind its norm. */
function gatedMlp(block: Params, stream: Tensor, sizes: LlamaForm): Tensor {
  const { apply } = linearsOf(sizes);
  const normed = ops.rmsNorm(stream, block['post_attention_layernorm.weight']!, sizes.rmsNormEps);
  const gate = ops.silu(apply(block, 'mlp.gate_proj', normed));
  return apply(block, 'mlp.down_proj', ops.mul(gate, apply(block, 'mlp.up_proj', normed)));
}
