import { Sim4SegError, expectShape } from '@sim4seg/core';
import type { RegionPriorInput } from '@sim4seg/core';
import { dotRows } from './kernels/dot-rows.js';
import { simdKernel } from './kernels/simd-kernel.js';

/**
 * Similarity of the seg embedding to every image token: plain dot products, no normalisation of the vectors.
 * - `imageTokens` float32[T,D]; token grid; after the seg projection; `segEmbedding` float32[D]
 * @returns float32[T]
 * @source Sim4Seg, RVLS2M: image-token rows times the row that predicts [SEG]
 */
export function similarityOf(imageTokens: Float32Array, segEmbedding: Float32Array): Float32Array {
  return dotRows(imageTokens, segEmbedding, simdKernel());
}

/**
 * The similarity of a prior's input, checked.
 * @returns float32[tokenRows * tokenColumns]
 * @throws WIRING without tokens or seg embedding, SHAPE_MISMATCH when they do not fit the token grid, NOT_FINITE on NaN
 */
export function inputSimilarity({
  imageTokens,
  segEmbedding,
  tokenRows,
  tokenColumns,
}: RegionPriorInput): Float32Array {
  if (!imageTokens || !segEmbedding) {
    throw new Sim4SegError('WIRING', {
      must: 'the LVLM gives image tokens and seg embeddings to this region prior',
      got: imageTokens ? 'no seg embedding' : 'no image tokens',
      fix: `choose an LVLM that gives both, or the region prior 'none'`,
    });
  }
  expectShape('imageTokens', imageTokens, [tokenRows * tokenColumns, segEmbedding.length]);
  const similarity = similarityOf(imageTokens.data, segEmbedding);
  const bad = firstNotFinite(similarity);
  if (bad < 0) return similarity;
  throw new Sim4SegError('NOT_FINITE', {
    must: 'similarities are finite',
    got: `${String(similarity[bad])} at token ${bad}`,
    fix: 'check the weights and the image tokens of the LVLM',
  });
}

function firstNotFinite(values: Float32Array): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}
