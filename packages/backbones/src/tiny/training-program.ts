import { defineProgram, ops, scopeParams } from '@sim4seg/compute';
import type { Named, Program, Tensor } from '@sim4seg/compute';
import { HIDDEN_BIAS } from '../llama/cache.js';
import { runSequence } from '../llama/run-sequence.js';
import { segProjection } from '../llama/seg-projection.js';
import { imageEmbeddings } from './image-embeddings.js';
import { tinyParams } from './params.js';
import { imageTokenCount } from './sizes.js';
import type { TinySizes } from './sizes.js';

type Tensors = Record<string, Tensor>;

/** Forward pass in training: `[image tokens][question answer][question answer]...` an image; see {@link packText}. */
export function tinyTrainingProgram(sizes: TinySizes): Program {
  const { llama, projectedDim } = sizes;
  const text = { dtype: 'int32', dims: ['images', 'length'] } as const;
  return defineProgram({
    name: 'llama-tiny',
    params: tinyParams(sizes),
    inputs: {
      features: { dims: ['images', sizes.featureChannels, sizes.tokenSide, sizes.tokenSide] },
      ids: text,
      positions: text,
      segments: text,
      segRows: { dtype: 'int32', dims: ['images', 'conversations'] },
    },
    outputs: {
      logits: { dims: ['textRows', llama.vocabularySize] },
      imageTokens: { dims: ['images', imageTokenCount(sizes), projectedDim] },
      segEmbeddings: { dims: ['segCount', projectedDim] },
    },
    run: (p, inputs) => runPacked(p, inputs, sizes),
  });
}

function runPacked(p: Tensors, inputs: Tensors, sizes: TinySizes): Named<'logits' | 'imageTokens' | 'segEmbeddings'> {
  const count = imageTokenCount(sizes);
  const llama = scopeParams(p, 'llama.');
  const text = ops.embedding(llama['embed_tokens.weight']!, inputs['ids']!);
  const embeddings = ops.concat([imageEmbeddings(p, inputs['features']!, sizes), text], 1);
  const [images, length, width] = embeddings.shape as [number, number, number];
  const { positions, bias } = packedLayout(inputs, { images, count });
  const { hidden } = runSequence(llama, { embeddings, positions, bias }, sizes.llama);
  const [onImage, onText] = ops.split(hidden, [count, length - count], 1);
  const segHidden = ops.gatherRows(
    ops.reshape(hidden, [images * length, width]),
    ops.reshape(inputs['segRows']!, [-1]),
  );
  return {
    logits: ops.linear(ops.reshape(onText!, [-1, width]), llama['lm_head.weight']!),
    imageTokens: segProjection(p, onImage!),
    segEmbeddings: segProjection(p, segHidden),
  };
}

/** Positions and block mask: a token sees what stands before it among the image tokens and its own conversation. */
function packedLayout(
  { positions, segments }: Tensors,
  { images, count }: { images: number; count: number },
): { positions: Tensor; bias: Tensor } {
  const onImage = ops.broadcastTo(ops.expandDims(ops.range(0, count), 0), [images, count]);
  const segment = ops.concat([ops.zeros([images, count], 'int32'), segments!], 1);
  const length = segment.shape[1]!;
  const same = ops.equal(ops.expandDims(segment, 2), ops.expandDims(segment, 1));
  const image = ops.equal(ops.expandDims(segment, 1), 0);
  const known = ops.maximum(ops.cast(same, 'float32'), ops.cast(image, 'float32'));
  const before = ops.cast(causalMask(length), 'float32');
  const hidden = ops.sub(1, ops.mul(known, before));
  const bias = ops.mul(ops.expandDims(hidden, 1), HIDDEN_BIAS);
  return { positions: ops.concat([onImage, positions!], 1), bias };
}

/** bool[1,T,T]; true where the key stands at or before the query. */
export function causalMask(length: number): Tensor {
  const places = ops.range(0, length);
  return ops.expandDims(ops.greaterEqual(ops.expandDims(places, 1), ops.expandDims(places, 0)), 0);
}
