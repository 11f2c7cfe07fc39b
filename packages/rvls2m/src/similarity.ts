import { Sim4SegError, expectShape } from '@sim4seg/core';
import type { RegionPriorInput } from '@sim4seg/core';

/**
 * Similarity of the seg embedding to every image token: plain dot products, no normalisation of the vectors.
 * - `imageTokens` float32[T,D]; token grid; after the seg projection; `segEmbedding` float32[D]
 * @returns float32[T]
 * @source Sim4Seg, RVLS2M: image-token rows times the row that predicts [SEG]
 */
export function similarityOf(imageTokens: Float32Array, segEmbedding: Float32Array): Float32Array {
  const width = segEmbedding.length;
  const similarity = new Float32Array(imageTokens.length / width);
  const blocks = width - (width % 4);
  for (let token = 0, base = 0; token < similarity.length; token++, base += width) {
    // Four sums: one alone would wait for itself at every addition.
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let i = 0; i < blocks; i += 4) {
      a += (imageTokens[base + i] as number) * (segEmbedding[i] as number);
      b += (imageTokens[base + i + 1] as number) * (segEmbedding[i + 1] as number);
      c += (imageTokens[base + i + 2] as number) * (segEmbedding[i + 2] as number);
      d += (imageTokens[base + i + 3] as number) * (segEmbedding[i + 3] as number);
    }
    for (let i = blocks; i < width; i++) a += (imageTokens[base + i] as number) * (segEmbedding[i] as number);
    similarity[token] = a + b + (c + d);
  }
  return similarity;
}

/**
 * The similarity of a prior's input, checked.
 * @returns float32[tokenRows * tokenColumns]
 * @throws WIRING without tokens or seg embedding, SHAPE_MISMATCH when they do not fit the token grid, NOT_FINITE on NaN
 */
export function inputSimilarity({ imageTokens, segEmbedding, tokenRows, tokenColumns }: RegionPriorInput): Float32Array {
  if (!imageTokens || !segEmbedding) {
    throw new Sim4SegError('WIRING', {
      must: 'the LVLM gives image tokens and seg embeddings to this region prior',
      got: imageTokens ? 'no seg embedding' : 'no image tokens',
      fix: `choose an LVLM that gives both, or the region prior 'none'`,
    });
  }
  expectShape('imageTokens', imageTokens, [tokenRows * tokenColumns, segEmbedding.length]);
  const similarity = similarityOf(imageTokens.data, segEmbedding);
  const bad = similarity.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return similarity;
  throw new Sim4SegError('NOT_FINITE', {
    must: 'similarities are finite',
    got: `${String(similarity[bad])} at token ${bad}`,
    fix: 'check the weights and the image tokens of the LVLM',
  });
}
