import type { FloatArray } from '@sim4seg/core';
import { expectShape } from '@sim4seg/core';
import type { MergePlan } from './plan-merge.js';

/**
 * Embeddings of a merged batch.
 * - `tokenTable`: float32[V,D]; `imageRows`: float32[images,patches,D] behind the projector
 * - returns float32[B,length,D]; zeros in the padding
 * @throws SHAPE_MISMATCH when the tables have different widths
 * @source LLaVA llava_arch.py, prepare_inputs_labels_for_multimodal
 */
export function mergeEmbeddings(plan: MergePlan, tokenTable: FloatArray, imageRows: FloatArray): FloatArray {
  const symbols = expectShape('tokenTable', tokenTable, ['V', 'D']);
  expectShape('imageRows', imageRows, ['images', 'patches', 'D'], symbols);
  const { V: vocabulary = 0, D: width = 0 } = symbols;
  const known = vocabulary + imageRows.data.length / width;
  const data = new Float32Array(plan.sources.length * width);
  plan.sources.forEach((source, row) => {
    if (source >= known) return;
    const [table, at] = source < vocabulary ? [tokenTable, source] : [imageRows, source - vocabulary];
    data.set(table.data.subarray(at * width, (at + 1) * width), row * width);
  });
  return { data, shape: [plan.sources.length / plan.length, plan.length, width] };
}
