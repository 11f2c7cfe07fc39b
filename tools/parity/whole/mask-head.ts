import { defineProgram, ops, scopeParams } from '@sim4seg/compute';
import type { ParamSpec, Program, Specs, Tensor, Tensors } from '@sim4seg/compute';
import { decodeMasks, gridPositionCode, maskPrompt, noMaskPrompt, POSITION_MATRIX } from '@sim4seg/decoders';
import { toOriginal } from '../official-losses.js';
import type { ImageSizes } from '../official-losses.js';
import type { SamSizes } from './settings.js';

export interface MaskHead {
  readonly dense: Tensor;
  readonly lowRes: Tensor;
  readonly iou: Tensor;
  /** float32[n,H,W]; logits in the original frame */
  readonly predMasks: Tensor;
}

export interface MaskHeadInput {
  /** float32[1,C,h,w] */
  readonly embedding: Tensor;
  /** float32[n,C] */
  readonly seg: Tensor;
  /** float32[1 or n,1,S,S]; null where there is no mask prompt */
  readonly mask: Tensor | null;
}

export interface MaskHeadOptions {
  readonly sam: SamSizes;
  readonly image: ImageSizes;
  /** Rank 3 averages over rows as the reference does. */
  readonly rank: 3 | 4;
}

/** Prompt encoder, mask decoder and the way back to the image, for all prompts of one image. */
export function maskHead(p: Tensors, { embedding, seg, mask }: MaskHeadInput, options: MaskHeadOptions): MaskHead {
  const { sam, image, rank } = options;
  const [, channels, height, width] = embedding.shape as [number, number, number, number];
  const prompt = scopeParams(p, 'prompt.');
  const dense = mask
    ? maskPrompt(prompt, mask, rank === 3 ? 'rows' : 'channels').dense
    : noMaskPrompt(prompt, { height, width });
  const imageCode = gridPositionCode(prompt[POSITION_MATRIX]!, { height, width });
  const count = seg.shape[0]!;
  const decoded = decodeMasks(
    scopeParams(p, 'decoder.'),
    {
      embedding,
      imageCode,
      sparse: ops.expandDims(seg, 1),
      dense: ops.broadcastTo(dense, [count, channels, height, width]),
    },
    sam.decoder,
  );
  const side = 4 * height;
  const lowRes = ops.slice(decoded.lowResLogits, [0, 0, 0, 0], [count, 1, side, 4 * width]);
  const iou = ops.slice(decoded.predictedIou, [0, 0], [count, 1]);
  return { dense, lowRes, iou, predMasks: toOriginal(lowRes, image, sam.encoder.inputSidePx) };
}

/** {@link maskHead} as a program of one image; `masks` is how many mask prompts it gets. */
export function maskHeadProgram(
  params: Specs<ParamSpec>,
  { masks, name, ...options }: MaskHeadOptions & { readonly masks: number; readonly name: string },
): Program {
  const { sam, image } = options;
  const { width: channels, embeddingSide: side } = sam.decoder;
  const count = image.num_masks;
  const own = Object.fromEntries(Object.entries(params).filter(([key]) => /^(prompt|decoder)\./.test(key)));
  const maskInput: Specs = masks > 0 ? { mask: { dims: [masks, 1, 4 * side, 4 * side] } } : {};
  return defineProgram({
    name,
    params: own,
    inputs: { embedding: { dims: [1, channels, side, side] }, seg: { dims: [count, channels] }, ...maskInput },
    outputs: {
      dense: [Math.max(1, masks), channels, side, side],
      lowRes: [count, 1, 4 * side, 4 * side],
      iou: [count, 1],
      predMasks: [count, ...image.original_size],
    },
    run: (p, x: Tensors) => ({
      ...maskHead(p, { embedding: x['embedding']!, seg: x['seg']!, mask: x['mask'] ?? null }, options),
    }),
  });
}
