import type { ConfigTree } from '@sim4seg/core';

/** Bundle of the product where the config names none. */
export const EMBEDDED_BUNDLE = '@sim4seg/bundle-tiny';

/** The plugins that answer where neither the config nor the bundle names others. */
export const PRODUCT_PRESET: ConfigTree = {
  lvlm: { use: 'llama-tiny' },
  /** The official code's grid and number of cells. */
  regionPrior: { use: 'topCells' },
  imageEncoder: { use: 'tiny-trunk' },
  promptEncoder: { use: 'sam-prompt-encoder' },
  maskDecoder: { use: 'sam-skip-decoder' },
  presence: { use: 'seg-token' },
  selector: { use: 'maskConsensus' },
  scorers: [{ use: 'predicted-iou' }, { use: 'mask-confidence' }, { use: 'path-log-prob' }],
  importer: { use: 'case-folders' },
};
