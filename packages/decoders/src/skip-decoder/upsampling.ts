import { ops } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';
import { conv, convSpecs, groupNorm, normSpecs } from '../blocks/params.js';
import type { ParamSpecs, Tensors } from '../blocks/params.js';
import type { SkipDecoderSizes } from './sizes.js';

const GROUPS = 8;

/** Sub-pixels a side of a stride-4 cell: masks come out at the resolution of the model frame. */
export const SUB_PIXELS = 4;

/** The encoder's maps that the upsampling adds. */
export interface Skips {
  /** float32[B or 1,C8,2h,2w] */
  readonly stride8: Tensor;
  /** float32[B or 1,C4,4h,4w] */
  readonly stride4: Tensor;
  /** float32[B or 1,16*3,4h,4w]; the image itself, rearranged without loss */
  readonly pixels: Tensor;
}

export function upsamplingSpecs(sizes: SkipDecoderSizes): ParamSpecs {
  const { width, upChannels8, upChannels4, mixChannels } = sizes;
  return {
    ...stageSpecs('up8', { from: width, to: upChannels8, skip: sizes.stride8Channels }),
    ...stageSpecs('up4', { from: upChannels8, to: upChannels4, skip: sizes.stride4Channels }),
    ...convSpecs('mix', upChannels4 + sizes.pixelChannels, mixChannels * SUB_PIXELS ** 2, { kernel: 1 }),
  };
}

/**
 * From the image tokens to the channels that masks mix, still folded by sub-pixel.
 * - `image` float32[B,C,h,w]; returns float32[B,mixChannels,16,4h,4w] with the last two axes joined:
 *   float32[B,mixChannels,16*4h*4w]; sub-pixels row-major
 * Every widening is a 1x1 convolution and a rearrangement; no 3x3 convolution runs above stride 4.
 */
export function upsample(p: Tensors, image: Tensor, skips: Skips): Tensor {
  const half = stage(p, 'up8', image, skips.stride8);
  const quarter = stage(p, 'up4', half, skips.stride4);
  const mixed = ops.relu(conv(p, 'mix', ops.concat([quarter, forBatch(skips.pixels, quarter.shape[0] ?? 1)], 1)));
  const [batch = 1, channels = 1, height = 1, width = 1] = mixed.shape;
  const folded = SUB_PIXELS ** 2;
  return ops.reshape(mixed, [batch, channels / folded, folded * height * width]);
}

/** One image for all prompts: float32[1,C,H,W] repeated to float32[B,C,H,W]. */
function forBatch(map: Tensor, batch: number): Tensor {
  const [images = 1, ...rest] = map.shape;
  return images === batch ? map : ops.broadcastTo(map, [batch, ...rest]);
}

function stageSpecs(name: string, { from, to, skip }: { from: number; to: number; skip: number }): ParamSpecs {
  return {
    ...convSpecs(`${name}.widen`, from, 4 * to, { kernel: 1 }),
    ...convSpecs(`${name}.skip`, skip, to, { kernel: 1 }),
    ...convSpecs(`${name}.conv`, to, to, { kernel: 3 }),
    ...normSpecs(`${name}.norm`, to),
  };
}

/** float32[B,from,h,w] and the skip float32[.,skip,2h,2w] to float32[B,to,2h,2w]. */
function stage(p: Tensors, name: string, x: Tensor, skip: Tensor): Tensor {
  const wide = ops.depthToSpace(conv(p, `${name}.widen`, x), 2);
  const joined = ops.add(wide, conv(p, `${name}.skip`, skip));
  return ops.relu(groupNorm(p, `${name}.norm`, conv(p, `${name}.conv`, joined, { pad: 1 }), GROUPS));
}
