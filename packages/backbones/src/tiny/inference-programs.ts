import { defineProgram, ops, scopeParams } from '@sim4seg/compute';
import type { InferenceGraph, Program } from '@sim4seg/compute';
import { HIDDEN_BIAS } from '../llama/cache.js';
import { decodeInputs, decodeOutputs, decodeStep } from '../llama/decode-step.js';
import { prefixOutputs, prefixTensors } from '../llama/prefill.js';
import { runSequence } from '../llama/run-sequence.js';
import { segProjection } from '../llama/seg-projection.js';
import { DECODE_BATCHES, PREFILL_GRAPH, decodeGraph } from './graphs.js';
import { imageEmbeddings } from './image-embeddings.js';
import { tinyParams } from './params.js';
import { imageTokenCount, prefixLength } from './sizes.js';
import type { TinySizes } from './sizes.js';
import { causalMask } from './training-program.js';

/**
 * `features` float32[1,C,side,side] and `ids` int32[1,questionTokens] (padded at the end) -> the prefix cache and
 * `imageTokens` float32[1,T,D] after the seg projection. Rows of padding are made, too; the decode bias hides them.
 */
function tinyPrefillProgram(sizes: TinySizes): Program {
  const count = imageTokenCount(sizes);
  const length = prefixLength(sizes);
  return defineProgram({
    name: 'llama-tiny-prefill',
    params: tinyParams(sizes),
    inputs: {
      features: { dims: [1, sizes.featureChannels, sizes.tokenSide, sizes.tokenSide] },
      ids: { dtype: 'int32', dims: [1, sizes.questionTokens] },
    },
    outputs: { imageTokens: { dims: [1, count, sizes.projectedDim] }, ...prefixOutputs(sizes.llama, length) },
    run: (p, { features, ids }) => {
      const llama = scopeParams(p, 'llama.');
      const text = ops.embedding(llama['embed_tokens.weight']!, ids!);
      const embeddings = ops.concat([imageEmbeddings(p, features!, sizes), text], 1);
      const positions = ops.expandDims(ops.range(0, length), 0);
      const hidden = ops.sub(1, ops.cast(causalMask(length), 'float32'));
      const bias = ops.expandDims(ops.mul(hidden, HIDDEN_BIAS), 1);
      const stack = runSequence(llama, { embeddings, positions, bias }, sizes.llama);
      const onImage = ops.slice(stack.hidden, [0, 0, 0], [1, count, sizes.llama.hiddenSize]);
      return { imageTokens: segProjection(p, onImage), ...prefixTensors(stack) };
    },
  });
}

/** One decode step that also gives `segEmbeddings` float32[paths,D]: what the row would be if it predicts [SEG]. */
function tinyDecodeProgram(sizes: TinySizes): Program {
  const dims = { paths: 'paths', prefix: 'prefix', suffix: 'suffix', keys: 'keys' };
  return defineProgram({
    name: 'llama-tiny-decode',
    params: tinyParams(sizes),
    inputs: decodeInputs(sizes.llama, dims),
    outputs: { ...decodeOutputs(sizes.llama, dims), segEmbeddings: { dims: ['paths', sizes.projectedDim] } },
    run: (p, inputs) => {
      const step = decodeStep(scopeParams(p, 'llama.'), inputs, sizes.llama);
      return { ...step, segEmbeddings: segProjection(p, step['hidden']!) };
    },
  });
}

/** The compiled graphs that inference needs. */
export function tinyInferenceGraphs(sizes: TinySizes): InferenceGraph[] {
  const prefix = prefixLength(sizes);
  const suffix = sizes.answerTokens;
  const decode = tinyDecodeProgram(sizes);
  return [
    { graph: PREFILL_GRAPH, program: tinyPrefillProgram(sizes), dims: {} },
    ...DECODE_BATCHES.map((paths) => ({
      graph: decodeGraph(paths),
      program: decode,
      dims: { paths, prefix, suffix, keys: prefix + suffix + 1 },
    })),
  ];
}
