import { defineProgram, ops, prefixSpecs, scopeParams } from '@sim4seg/compute';
import type { Program, Tensor } from '@sim4seg/compute';
import { toMap, toTokens } from '../blocks/layout.js';
import { mlp, mlpSpecs } from '../blocks/mlp.js';
import { take } from '../blocks/params.js';
import type { ParamSpecs, Tensors } from '../blocks/params.js';
import { POSITION_MATRIX, gridPositionCode, positionSpecs } from '../blocks/position-code.js';
import type { DecoderInput } from '../mask-decoder/sam-decoder.js';
import { decoderTokens, maskTokenSpecs, maskWeights, predictedIou, tokenAt } from '../mask-decoder/mask-tokens.js';
import { twoWaySpecs, twoWayTransformer } from '../two-way/two-way-transformer.js';
import type { SkipDecoderSizes } from './sizes.js';
import { SUB_PIXELS, upsample, upsamplingSpecs } from './upsampling.js';
import type { Skips } from './upsampling.js';

/** Logit of an empty prediction at the start: small targets would otherwise drown in the first steps. */
const START_LOGIT = -2;

export function skipDecoderSpecs(sizes: SkipDecoderSizes): ParamSpecs {
  const { width, multimasks, mixChannels } = sizes;
  return {
    ...positionSpecs(width),
    ...prefixSpecs('transformer.', twoWaySpecs(sizes)),
    ...maskTokenSpecs(sizes, mixChannels),
    'presence_token.weight': { dims: [1, width], init: { normal: 1 } },
    ...prefixSpecs('presence_head.', mlpSpecs([2 * width, width, 1])),
    ...upsamplingSpecs(sizes),
    mask_bias: { dims: [multimasks + 1], init: { constant: START_LOGIT } },
  };
}

/**
 * SAM's tokens and two-way transformer with a presence token, and masks at the resolution of the model frame.
 * - `embedding` float32[B or 1,C,h,w]; `sparse` float32[B,N,C]; `dense` float32[B,C,h,w]; skips as {@link Skips}
 * @returns `lowResLogits` float32[B,M,16h,16w]; `predictedIou` float32[B,M]; `presenceLogits` float32[B]
 */
function decodeWithSkips(
  p: Tensors,
  { embedding, imageCode, sparse, dense }: DecoderInput,
  { skips, sizes }: { readonly skips: Skips; readonly sizes: SkipDecoderSizes },
): Record<'lowResLogits' | 'predictedIou' | 'presenceLogits', Tensor> {
  const grid = { height: sizes.embeddingSide, width: sizes.embeddingSide };
  const start = {
    tokens: decoderTokens(p, sparse, ['presence_token.weight']),
    image: toTokens(ops.add(embedding, dense)),
  };
  const end = twoWayTransformer(scopeParams(p, 'transformer.'), start, { imageCode, ...sizes });
  const mixing = upsample(p, toMap(end.image, grid), skips);
  const weights = maskWeights(p, end.tokens, sizes.multimasks + 1);
  return {
    lowResLogits: unfoldMasks(ops.matMul(weights, mixing), take(p, 'mask_bias'), SUB_PIXELS * sizes.embeddingSide),
    predictedIou: predictedIou(p, end.tokens, sizes.iouHeadDepth),
    presenceLogits: presence(p, { token: tokenAt(end.tokens, sizes.multimasks + 2), image: end.image }),
  };
}

/**
 * The decoder with skips as a program; it computes the position code of the image itself.
 * - inputs `embedding` float32[images,C,h,w], `stride8` float32[images,C8,2h,2w], `stride4` float32[images,C4,4h,4w],
 *   `pixels` float32[images,48,4h,4w] (images is n or 1), `sparse` float32[n,N,C], `dense` float32[n,C,h,w]
 * - outputs `lowResLogits` float32[n,M,16h,16w]; `predictedIou` float32[n,M]; `presenceLogits` float32[n]
 */
export function skipDecoderProgram(sizes: SkipDecoderSizes): Program {
  const { width, embeddingSide: side, multimasks } = sizes;
  return defineProgram({
    name: 'sam-skip-decoder',
    params: skipDecoderSpecs(sizes),
    inputs: {
      embedding: ['images', width, side, side],
      stride8: ['images', sizes.stride8Channels, 2 * side, 2 * side],
      stride4: ['images', sizes.stride4Channels, 4 * side, 4 * side],
      pixels: ['images', sizes.pixelChannels, 4 * side, 4 * side],
      sparse: ['n', 'promptTokens', width],
      dense: ['n', width, side, side],
    },
    outputs: {
      lowResLogits: ['n', multimasks + 1, 16 * side, 16 * side],
      predictedIou: ['n', multimasks + 1],
      presenceLogits: ['n'],
    },
    run: (p, x) => {
      const imageCode = gridPositionCode(take(p, POSITION_MATRIX), { height: side, width: side });
      const [embedding, sparse, dense] = [take(x, 'embedding'), take(x, 'sparse'), take(x, 'dense')];
      const skips = { stride8: take(x, 'stride8'), stride4: take(x, 'stride4'), pixels: take(x, 'pixels') };
      return decodeWithSkips(p, { embedding, imageCode, sparse, dense }, { skips, sizes });
    },
  });
}

/** Rearranges only the finished masks: float32[B,M,16*s*s] to float32[B,M,4s,4s], with the bias of each mask. */
function unfoldMasks(folded: Tensor, bias: Tensor, side: number): Tensor {
  const [batch = 1, masks = 1] = folded.shape;
  const subPixels = SUB_PIXELS ** 2;
  const biased = ops.add(folded, ops.reshape(bias, [1, masks, 1]));
  const maps = ops.depthToSpace(ops.reshape(biased, [batch * masks, subPixels, side, side]), SUB_PIXELS);
  return ops.reshape(maps, [batch, masks, SUB_PIXELS * side, SUB_PIXELS * side]);
}

/** From the presence token float32[B,C] and the mean of the image tokens float32[B,h*w,C]: float32[B]. */
function presence(p: Tensors, { token, image }: { readonly token: Tensor; readonly image: Tensor }): Tensor {
  const seen = ops.concat([token, ops.mean(image, [1])], 1);
  return ops.reshape(mlp(scopeParams(p, 'presence_head.'), seen, 2), [token.shape[0] ?? 1]);
}
