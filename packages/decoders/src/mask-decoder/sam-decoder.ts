import { defineProgram, ops, prefixSpecs, scopeParams } from '@sim4seg/compute';
import type { Program, Tensor } from '@sim4seg/compute';
import { toMap, toTokens } from '../blocks/layout.js';
import { withOfficialKeys } from '../blocks/official-keys.js';
import { normSpecs, take } from '../blocks/params.js';
import type { ParamSpecs, Tensors } from '../blocks/params.js';
import { POSITION_MATRIX, gridPositionCode, positionSpecs } from '../blocks/position-code.js';
import { twoWaySpecs, twoWayTransformer } from '../two-way/two-way-transformer.js';
import { decoderTokens, maskTokenSpecs, maskWeights, predictedIou } from './mask-tokens.js';
import type { SamDecoderSizes } from './sizes.js';

const LAYER_NORM_EPS = 1e-6;

/** What a mask decoder looks at. */
export interface DecoderInput {
  /** float32[B or 1,C,h,w] */
  readonly embedding: Tensor;
  /** float32[1,h*w,C]; position code of the image tokens */
  readonly imageCode: Tensor;
  /** float32[B,N,C] */
  readonly sparse: Tensor;
  /** float32[B,C,h,w] */
  readonly dense: Tensor;
}

/**
 * Parameters of SAM's mask decoder under their official names, without the position matrix.
 * @source segment-anything modeling/mask_decoder.py MaskDecoder
 */
export function samDecoderSpecs(sizes: SamDecoderSizes): ParamSpecs {
  const { width } = sizes;
  const specs = {
    ...prefixSpecs('transformer.', twoWaySpecs(sizes)),
    ...maskTokenSpecs(sizes, width / 8),
    'output_upscaling.0.weight': { dims: [width, width / 4, 2, 2], init: { fanIn: 1 } },
    'output_upscaling.0.bias': { dims: [width / 4], init: 'zeros' },
    ...normSpecs('output_upscaling.1', width / 4),
    'output_upscaling.3.weight': { dims: [width / 4, width / 8, 2, 2], init: { fanIn: 1 } },
    'output_upscaling.3.bias': { dims: [width / 8], init: 'zeros' },
  } as const;
  return withOfficialKeys('mask_decoder.', specs);
}

/**
 * All masks of every prompt; index 0 is the single-mask answer.
 * @returns `lowResLogits` float32[B,M,4h,4w]; model frame; `predictedIou` float32[B,M]
 * @source segment-anything modeling/mask_decoder.py MaskDecoder.predict_masks
 * @deviation none
 */
export function decodeMasks(
  p: Tensors,
  { embedding, imageCode, sparse, dense }: DecoderInput,
  sizes: Pick<SamDecoderSizes, 'heads' | 'depth' | 'multimasks' | 'iouHeadDepth'>,
): { readonly lowResLogits: Tensor; readonly predictedIou: Tensor } {
  const [, , height = 1, width = 1] = embedding.shape;
  const start = { tokens: decoderTokens(p, sparse), image: toTokens(ops.add(embedding, dense)) };
  const end = twoWayTransformer(scopeParams(p, 'transformer.'), start, { imageCode, ...sizes });
  const upscaled = upscale(p, toMap(end.image, { height, width }));
  const weights = maskWeights(p, end.tokens, sizes.multimasks + 1);
  return { lowResLogits: mixMasks(weights, upscaled), predictedIou: predictedIou(p, end.tokens, sizes.iouHeadDepth) };
}

/**
 * SAM's mask decoder as a program; it computes the position code of the image itself.
 * - inputs `embedding` float32[images,C,h,w] (images is n or 1), `sparse` float32[n,N,C], `dense` float32[n,C,h,w]
 * - outputs `lowResLogits` float32[n,M,4h,4w]; `predictedIou` float32[n,M]
 */
export function samDecoderProgram(sizes: SamDecoderSizes): Program {
  const { width, embeddingSide: side, multimasks } = sizes;
  return defineProgram({
    name: 'sam-decoder',
    params: { ...positionSpecs(width), ...samDecoderSpecs(sizes) },
    inputs: {
      embedding: ['images', width, side, side],
      sparse: ['n', 'promptTokens', width],
      dense: ['n', width, side, side],
    },
    outputs: { lowResLogits: ['n', multimasks + 1, 4 * side, 4 * side], predictedIou: ['n', multimasks + 1] },
    run: (p, x) => {
      const imageCode = gridPositionCode(take(p, POSITION_MATRIX), { height: side, width: side });
      const [embedding, sparse, dense] = [take(x, 'embedding'), take(x, 'sparse'), take(x, 'dense')];
      return decodeMasks(p, { embedding, imageCode, sparse, dense }, sizes);
    },
  });
}

function upscale(p: Tensors, image: Tensor): Tensor {
  const up = (name: string, x: Tensor): Tensor =>
    ops.convTranspose2x2(x, take(p, `${name}.weight`), take(p, `${name}.bias`));
  const [weight, bias] = [take(p, 'output_upscaling.1.weight'), take(p, 'output_upscaling.1.bias')];
  const half = ops.gelu(ops.layerNorm2d(up('output_upscaling.0', image), weight, bias, LAYER_NORM_EPS));
  return ops.gelu(up('output_upscaling.3', half));
}

/** float32[B,M,c] times float32[B,c,H,W] to float32[B,M,H,W]. */
function mixMasks(weights: Tensor, map: Tensor): Tensor {
  const [batch = 1, channels = 1, height = 1, width = 1] = map.shape;
  const flat = ops.reshape(map, [batch, channels, height * width]);
  return ops.reshape(ops.matMul(weights, flat), [batch, weights.shape[1] ?? 1, height, width]);
}
