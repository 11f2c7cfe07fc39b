import { prefixSpecs } from '@sim4seg/compute';
import { withOfficialKeys } from '../blocks/official-keys.js';
import { linearSpecs, normSpecs } from '../blocks/params.js';
import type { ParamSpecs } from '../blocks/params.js';
import { windowOf } from './sizes.js';
import type { SamImageEncoderSizes } from './sizes.js';

function blockSpecs(sizes: SamImageEncoderSizes, block: number): ParamSpecs {
  const { tokenWidth, heads, mlpRatio, inputSidePx, patchPx } = sizes;
  const rows = 2 * (windowOf(sizes, block) || inputSidePx / patchPx) - 1;
  const [vertical, horizontal] = sizes.relativeTableRows[block] ?? [rows, rows];
  const { 'attn.qkv.bias': bias, ...projection } = linearSpecs('attn.qkv', tokenWidth, 3 * tokenWidth);
  const tables = {
    'attn.rel_pos_h': { dims: [vertical, tokenWidth / heads], init: 'zeros' },
    'attn.rel_pos_w': { dims: [horizontal, tokenWidth / heads], init: 'zeros' },
  } as const;
  return {
    ...normSpecs('norm1', tokenWidth),
    ...projection,
    ...(sizes.queryKeyValueBias && bias && { 'attn.qkv.bias': bias }),
    ...(sizes.relativePositions && tables),
    ...linearSpecs('attn.proj', tokenWidth, tokenWidth),
    ...normSpecs('norm2', tokenWidth),
    ...linearSpecs('mlp.lin1', tokenWidth, tokenWidth * mlpRatio),
    ...linearSpecs('mlp.lin2', tokenWidth * mlpRatio, tokenWidth),
  };
}

/**
 * Parameters of SAM's image encoder under their official names.
 * @source segment-anything modeling/image_encoder.py ImageEncoderViT
 */
export function samImageEncoderSpecs(sizes: SamImageEncoderSizes): ParamSpecs {
  const { patchPx, tokenWidth, width, inputSidePx, depth } = sizes;
  const side = inputSidePx / patchPx;
  const blocks = Array.from({ length: depth }, (_, i) => prefixSpecs(`blocks.${i}.`, blockSpecs(sizes, i)));
  return withOfficialKeys('image_encoder.', {
    'patch_embed.proj.weight': { dims: [tokenWidth, 3, patchPx, patchPx], init: { fanIn: 1 } },
    'patch_embed.proj.bias': { dims: [tokenWidth], init: 'zeros' },
    ...(sizes.absolutePositions && { pos_embed: { dims: [1, side, side, tokenWidth], init: 'zeros' } }),
    ...(Object.assign({}, ...blocks) as ParamSpecs),
    'neck.0.weight': { dims: [width, tokenWidth, 1, 1], init: { fanIn: 1 } },
    ...normSpecs('neck.1', width),
    'neck.2.weight': { dims: [width, width, 3, 3], init: { fanIn: 1 } },
    ...normSpecs('neck.3', width),
  });
}
