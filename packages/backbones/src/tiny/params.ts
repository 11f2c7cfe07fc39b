import { prefixSpecs } from '@sim4seg/compute';
import type { ParamSpec, Specs } from '@sim4seg/compute';
import { llamaParams } from '../llama/params.js';
import { segProjectionParams } from '../llama/seg-projection.js';
import { projectorParams } from './image-embeddings.js';
import type { TinySizes } from './sizes.js';

/** Parameters of all programs of a `llama-tiny`; they share one table, so that weights are stored once. */
export function tinyParams(sizes: TinySizes): Specs<ParamSpec> {
  return {
    ...projectorParams(sizes),
    ...prefixSpecs('llama.', llamaParams(sizes.llama)),
    ...segProjectionParams(sizes.llama.hiddenSize, sizes.projectedDim),
  };
}
