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
  const seg = new Float64Array(segEmbedding);
  const similarity = new Float32Array(imageTokens.length / width);
  const grouped = similarity.length - (similarity.length % TOKENS_AT_ONCE);
  for (let token = 0; token < grouped; token += TOKENS_AT_ONCE) {
    dotFour(imageTokens, seg, { similarity, token });
  }
  for (let token = grouped; token < similarity.length; token++) {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += (imageTokens[token * width + i] as number) * (seg[i] as number);
    similarity[token] = sum;
  }
  return similarity;
}

/** Four sums at once: one alone would wait for itself at every addition. */
const TOKENS_AT_ONCE = 4;

function dotFour(
  tokens: Float32Array,
  seg: Float64Array,
  { similarity, token }: { readonly similarity: Float32Array; readonly token: number },
): void {
  const width = seg.length;
  const first = token * width;
  const second = first + width;
  const third = second + width;
  const fourth = third + width;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < width; i++) {
    const factor = seg[i] as number;
    a += (tokens[first + i] as number) * factor;
    b += (tokens[second + i] as number) * factor;
    c += (tokens[third + i] as number) * factor;
    d += (tokens[fourth + i] as number) * factor;
  }
  similarity[token] = a;
  similarity[token + 1] = b;
  similarity[token + 2] = c;
  similarity[token + 3] = d;
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
