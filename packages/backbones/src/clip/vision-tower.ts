import { defineProgram, ops, scopeParams } from '@sim4seg/compute';
import type { Program, Tensor, Tensors } from '@sim4seg/compute';
import { Sim4SegError } from '@sim4seg/core';
import { clipVisionParams } from './params.js';
import { patchCount } from './sizes.js';
import type { ClipVisionSizes } from './sizes.js';

/**
 * A CLIP vision tower as LLaVA uses it: `pixels` float32[batch,3,side,side] (normalised, as {@link preprocessClip} makes
 * them) -> `features` float32[batch,T,D] (the chosen layer without the class token), `lastHidden` float32[batch,T+1,D],
 * `pooled` float32[batch,D] (class token behind the last norm).
 * @source transformers 4.31 modeling_clip.py, CLIPVisionTransformer; LLaVA clip_encoder.py, feature_select
 */
export function clipVisionProgram(sizes: ClipVisionSizes): Program {
  const { hiddenSize: width, sidePx } = sizes;
  const tokens = patchCount(sizes);
  return defineProgram({
    name: 'clip-vision',
    params: clipVisionParams(sizes),
    inputs: { pixels: { dims: ['batch', 3, sidePx, sidePx] } },
    outputs: {
      features: { dims: ['batch', tokens, width] },
      lastHidden: { dims: ['batch', tokens + 1, width] },
      pooled: { dims: ['batch', width] },
    },
    run: (p, { pixels }) => {
      const states = hiddenStates(p, pixels!, sizes);
      const batch = pixels!.shape[0]!;
      const lastHidden = states.at(-1)!;
      const classToken = ops.reshape(ops.slice(lastHidden, [0, 0, 0], [batch, 1, width]), [batch, width]);
      return {
        features: selectFeatures(states, sizes),
        lastHidden,
        pooled: layerNorm(p, classToken, { name: 'post_layernorm', sizes }),
      };
    },
  });
}

/**
 * The features that a LLaVA takes: `pixels` float32[B,3,side,side] to float32[B,T,D]. Layers behind the chosen one are
 * not run.
 * @throws CONFIG_INVALID when the chosen layer is none of the tower's
 */
export function clipFeatures(p: Tensors, pixels: Tensor, sizes: ClipVisionSizes): Tensor {
  const layers = selectedLayer(sizes);
  return selectFeatures(hiddenStates(p, pixels, { ...sizes, layers }), { ...sizes, selectLayer: layers });
}

/** How many layers stand in front of the features. */
function selectedLayer({ selectLayer, layers }: ClipVisionSizes): number {
  const layer = selectLayer < 0 ? layers + 1 + selectLayer : selectLayer;
  if (layer >= 0 && layer <= layers) return layer;
  throw new Sim4SegError('CONFIG_INVALID', {
    must: `selectLayer is one of the ${layers + 1} states of the vision tower`,
    got: String(selectLayer),
    fix: 'choose -2 for the last layer but one, as LLaVA does',
  });
}

/** The chosen state without its class token. */
function selectFeatures(states: readonly Tensor[], sizes: ClipVisionSizes): Tensor {
  const state = states[selectedLayer(sizes)]!;
  return ops.slice(state, [0, 1, 0], [state.shape[0]!, patchCount(sizes), sizes.hiddenSize]);
}

/** Embeddings behind the first norm, then what each layer leaves; float32[B,T+1,D] each. */
function hiddenStates(p: Tensors, pixels: Tensor, sizes: ClipVisionSizes): Tensor[] {
  let stream = layerNorm(p, embedPatches(p, pixels, sizes), { name: 'pre_layrnorm', sizes });
  const states = [stream];
  for (let layer = 0; layer < sizes.layers; layer++) {
    const block = scopeParams(p, `encoder.layers.${layer}.`);
    stream = ops.add(stream, selfAttention(block, layerNorm(block, stream, { name: 'layer_norm1', sizes }), sizes));
    stream = ops.add(stream, mlp(block, layerNorm(block, stream, { name: 'layer_norm2', sizes }), sizes));
    states.push(stream);
  }
  return states;
}

/** Class token and patches, with positions; float32[B,T+1,D]. */
function embedPatches(p: Tensors, pixels: Tensor, { hiddenSize: width, patchPx }: ClipVisionSizes): Tensor {
  const batch = pixels.shape[0]!;
  const grid = ops.conv2d(pixels, p['embeddings.patch_embedding.weight']!, { stride: patchPx });
  const patches = ops.transpose(ops.reshape(grid, [batch, width, -1]), [0, 2, 1]);
  const classToken = ops.tile(ops.reshape(p['embeddings.class_embedding']!, [1, 1, width]), [batch, 1, 1]);
  return ops.add(ops.concat([classToken, patches], 1), ops.expandDims(p['embeddings.position_embedding.weight']!, 0));
}

function selfAttention(block: Tensors, x: Tensor, { heads, hiddenSize }: ClipVisionSizes): Tensor {
  const [batch, length] = x.shape as [number, number];
  const width = hiddenSize / heads;
  const project = (name: string): Tensor =>
    ops.transpose(ops.reshape(linear(block, x, `self_attn.${name}`), [batch, length, heads, width]), [0, 2, 1, 3]);
  const scale = 1 / Math.sqrt(width);
  const attended = ops.attention(project('q_proj'), project('k_proj'), project('v_proj'), { scale });
  const joined = ops.reshape(ops.transpose(attended, [0, 2, 1, 3]), [batch, length, hiddenSize]);
  return linear(block, joined, 'self_attn.out_proj');
}

function mlp(block: Tensors, x: Tensor, { activation }: ClipVisionSizes): Tensor {
  const inner = linear(block, x, 'mlp.fc1');
  return linear(block, activation === 'gelu' ? ops.gelu(inner) : ops.quickGelu(inner), 'mlp.fc2');
}

const linear = (p: Tensors, x: Tensor, name: string): Tensor => ops.linear(x, p[`${name}.weight`]!, p[`${name}.bias`]!);

const layerNorm = (p: Tensors, x: Tensor, { name, sizes }: { name: string; sizes: ClipVisionSizes }): Tensor =>
  ops.layerNorm(x, p[`${name}.weight`]!, p[`${name}.bias`]!, sizes.layerNormEps);
