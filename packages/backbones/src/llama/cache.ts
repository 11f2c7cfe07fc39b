/** Names of the cache tensors of a layer; the prefill's outputs feed the decode step under the same names. */
export const cacheNames = {
  prefixKey: (layer: number): string => `prefixKey.${layer}`,
  prefixValue: (layer: number): string => `prefixValue.${layer}`,
  suffixKey: (layer: number): string => `suffixKey.${layer}`,
  suffixValue: (layer: number): string => `suffixValue.${layer}`,
} as const;

/** Bias of what must not be seen; finite, so that a row that may see nothing gives no NaN. */
export const HIDDEN_BIAS = -1e9;
