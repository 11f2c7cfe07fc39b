import { defineProgram, ops, scopeParams } from '@sim4seg/compute';
import type { Program, Tensor, Tensors } from '@sim4seg/compute';
import { clipFeatures } from '../clip/vision-tower.js';
import { cacheNames } from '../llama/cache.js';
import { decodeInputs, decodeOutputs, decodeStep } from '../llama/decode-step.js';
import { prefixOutputs, prefixTensors } from '../llama/prefill.js';
import { linearsOf } from '../llama/linear-layers.js';
import { runSequence } from '../llama/run-sequence.js';
import type { StackOutput } from '../llama/stack.js';
import { segProjection } from '../llama/seg-projection.js';
import { patchCount } from '../clip/sizes.js';
import { mergeRows } from './merge-rows.js';
import { llavaTextParams, llavaVisionParams } from './params.js';
import { projectFeatures } from './projector.js';
import type { LlavaForm, LlavaSizes } from './sizes.js';

/**
 * `pixels` float32[images,3,side,side] -> `features` float32[images,T,visionWidth] (chosen layer of the vision tower)
 * and `imageRows` float32[images,T,D], the embeddings of the image tokens.
 */
export function llavaVisionProgram(sizes: LlavaSizes | LlavaForm): Program {
  const { vision, llama } = sizes;
  const tokens = patchCount(vision);
  return defineProgram({
    name: 'llava-vision',
    params: llavaVisionParams(sizes),
    inputs: { pixels: { dims: ['images', 3, vision.sidePx, vision.sidePx] } },
    outputs: {
      features: { dims: ['images', tokens, vision.hiddenSize] },
      imageRows: { dims: ['images', tokens, llama.hiddenSize] },
    },
    run: (p, { pixels }) => {
      const features = clipFeatures(scopeParams(p, 'vision.'), pixels!, vision);
      return { features, imageRows: projectFeatures(p, features, sizes) };
    },
  });
}

/**
 * Whole conversations, as in training: `imageRows` float32[images,T,D], `sources` int32[batch,length] as `planMerge`
 * writes them, `mask` int32[batch,length] (1 at real tokens) -> `logits` float32[batch,length,V], `hidden`
 * float32[batch,length,hiddenSize] after the final norm, `projected` float32[batch,length,D] after the seg projection.
 */
export function llavaProgram(form: LlavaForm): Program {
  const { llama, projectedDim } = form;
  const text = { dtype: 'int32', dims: ['batch', 'length'] } as const;
  return defineProgram({
    name: 'llava',
    params: llavaTextParams(form),
    inputs: { imageRows: imageRowsOf(form, 'images'), sources: text, mask: text },
    outputs: {
      logits: { dims: ['batch', 'length', llama.vocabularySize] },
      hidden: { dims: ['batch', 'length', llama.hiddenSize] },
      projected: { dims: ['batch', 'length', projectedDim] },
    },
    run: (p, { imageRows, sources, mask }) => {
      const { hidden } = runMerged(p, { imageRows: imageRows!, sources: sources!, mask: mask! }, form);
      const logits = linearsOf(llama).apply(p, 'llama.lm_head', hidden);
      return { logits, hidden, projected: segProjection(p, hidden) };
    },
  });
}

/**
 * The prompt of one question, read once: `imageRows` float32[images,T,D], `sources` int32[1,prefix], `imageAt`
 * int32[imageTokens] (places of the image tokens) -> the prefix cache, and `imageTokens` float32[1,imageTokens,D] after
 * the seg projection.
 */
export function llavaPrefillProgram(form: LlavaForm): Program {
  const { llama, projectedDim } = form;
  return defineProgram({
    name: 'llava-prefill',
    params: llavaTextParams(form),
    inputs: {
      imageRows: imageRowsOf(form, 'images'),
      sources: { dtype: 'int32', dims: [1, 'prefix'] },
      imageAt: { dtype: 'int32', dims: ['imageTokens'] },
    },
    outputs: { imageTokens: { dims: [1, 'imageTokens', projectedDim] }, ...prefixOutputs(llama, 'prefix') },
    run: (p, { imageRows, sources, imageAt }) => {
      const stack = runMerged(p, { imageRows: imageRows!, sources: sources!, mask: null }, form);
      const onImage = ops.gatherRows(ops.squeeze(stack.hidden, [0]), imageAt!);
      return { imageTokens: ops.expandDims(segProjection(p, onImage), 0), ...prefixTensors(stack) };
    },
  });
}

/**
 * One decode step for any number of paths and tokens, that also gives `segEmbeddings` float32[paths,D]: what the row
 * would be if it predicts [SEG]. Inputs are those of `decodeStep`, but the whole prefix is seen: `suffixBias`
 * float32[paths,suffix] is very negative at slots that hold nothing yet.
 */
export function llavaDecodeProgram(form: LlavaForm): Program {
  const { bias: _, ...inputs } = decodeInputs(form.llama, {
    paths: 'paths',
    prefix: 'prefix',
    suffix: 'suffix',
    keys: 'keys',
  });
  return defineProgram({
    name: 'llava-decode',
    params: llavaTextParams(form),
    inputs: { ...inputs, suffixBias: { dims: ['paths', 'suffix'] } },
    outputs: {
      ...decodeOutputs(form.llama, { paths: 'paths' }),
      segEmbeddings: { dims: ['paths', form.projectedDim] },
    },
    run: (p, x: Tensors) => {
      const step = decodeStep(scopeParams(p, 'llama.'), { ...x, bias: keysBias(x) }, form.llama);
      return { ...step, segEmbeddings: segProjection(p, step['hidden']!) };
    },
  });
}

/** Bias over prefix, suffix and the token itself: float32[paths,P+S+1]. */
function keysBias(x: Tensors): Tensor {
  const suffix = x['suffixBias']!;
  const prefix = x[cacheNames.prefixKey(0)]!.shape[1]!;
  return ops.pad(suffix, [
    [0, 0],
    [prefix, 1],
  ]);
}

interface MergedInput {
  readonly imageRows: Tensor;
  readonly sources: Tensor;
  /** Null where every token is real. */
  readonly mask: Tensor | null;
}

function runMerged(p: Tensors, { imageRows, sources, mask }: MergedInput, form: LlavaForm): StackOutput {
  const llama = scopeParams(p, 'llama.');
  const embeddings = mergeRows(sources, { tokens: llama['embed_tokens.weight']!, images: imageRows });
  const length = sources.shape[1]!;
  const causal = ops.reshape(ops.causalBias(length, length), [1, 1, length, length]);
  const bias = mask ? ops.add(causal, ops.keyBias(ops.cast(mask, 'bool'))) : causal;
  const positions = ops.expandDims(ops.range(0, length), 0);
  return runSequence(llama, { embeddings, positions, bias }, form.llama);
}

const imageRowsOf = (
  { vision, llama }: LlavaForm,
  images: string,
): { readonly dims: readonly (string | number)[] } => ({
  dims: [images, patchCount(vision), llama.hiddenSize],
});
