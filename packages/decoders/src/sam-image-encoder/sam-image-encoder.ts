import { defineProgram, ops, scopeParams } from '@sim4seg/compute';
import type { Program, Tensor } from '@sim4seg/compute';
import { layerNorm, take } from '../blocks/params.js';
import type { Tensors } from '../blocks/params.js';
import { encoderBlock } from './block.js';
import { windowOf } from './sizes.js';
import type { SamImageEncoderSizes } from './sizes.js';
import { samImageEncoderSpecs } from './specs.js';

const TO_CHANNELS_LAST = [0, 2, 3, 1];
const TO_CHANNELS_FIRST = [0, 3, 1, 2];
const NECK_EPS = 1e-6;

/** float32[B,3,S,S] to tokens float32[B,h,w,D]. */
function patches(p: Tensors, image: Tensor, sizes: SamImageEncoderSizes): Tensor {
  const [weight, bias] = [take(p, 'patch_embed.proj.weight'), take(p, 'patch_embed.proj.bias')];
  const map = ops.conv2d(image, weight, { bias, stride: sizes.patchPx });
  const tokens = ops.tap('patch_embed', ops.transpose(map, TO_CHANNELS_LAST));
  return sizes.absolutePositions ? ops.add(tokens, take(p, 'pos_embed')) : tokens;
}

/** Tokens float32[B,h,w,D] to float32[B,C,h,w]; the norms are taken while the channels are last. */
function neck(p: Tensors, tokens: Tensor): Tensor {
  const first = take(p, 'neck.0.weight');
  const narrow = ops.linear(tokens, ops.reshape(first, first.shape.slice(0, 2)));
  const normed = ops.transpose(layerNorm(p, 'neck.1', narrow, NECK_EPS), TO_CHANNELS_FIRST);
  const mixed = ops.conv2d(ops.tap('neck1', normed), take(p, 'neck.2.weight'), { pad: 1 });
  return ops.layerNorm2d(mixed, take(p, 'neck.3.weight'), take(p, 'neck.3.bias'), NECK_EPS);
}

/**
 * Encodes images once for all prompts. Taps: `patch_embed`, `block<i>` and inside it `block<i>/norm1`, `windows`,
 * `attn`, `mlp`, `Rh`, `Rw`; `neck1`.
 * @param image float32[B,3,S,S]; model frame; normalised by channel
 * @returns float32[B,C,h,w], one position a patch
 * @source segment-anything modeling/image_encoder.py ImageEncoderViT
 * @deviation none
 */
export function encodeSamImage(p: Tensors, image: Tensor, sizes: SamImageEncoderSizes): Tensor {
  const { heads, normEps, depth } = sizes;
  let tokens = patches(p, image, sizes);
  for (let i = 0; i < depth; i++) {
    const options = { heads, normEps, window: windowOf(sizes, i) };
    const block = (): Tensor => encoderBlock(scopeParams(p, `blocks.${i}.`), tokens, options);
    tokens = ops.tap(`block${i}`, ops.scope(`block${i}`, block));
  }
  return neck(p, tokens);
}

/**
 * SAM's image encoder as a program.
 * - input `image` float32[images,3,S,S]; model frame; normalised by channel
 * - output `embedding` float32[images,C,h,w]
 */
export function samImageEncoderProgram(sizes: SamImageEncoderSizes): Program {
  const { inputSidePx, patchPx, width } = sizes;
  const side = inputSidePx / patchPx;
  return defineProgram({
    name: 'sam-image-encoder',
    params: samImageEncoderSpecs(sizes),
    inputs: { image: ['images', 3, inputSidePx, inputSidePx] },
    outputs: { embedding: ['images', width, side, side] },
    run: (p, x) => ({ embedding: encodeSamImage(p, take(x, 'image'), sizes) }),
  });
}
