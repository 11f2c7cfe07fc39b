import { maskDecoderSizesSchema, promptEncoderSizesSchema, samImageEncoderSizesSchema } from '@sim4seg/decoders';
import type { SamDecoderSizes, SamImageEncoderSizes, SamPromptEncoderSizes } from '@sim4seg/decoders';
import { countOf, sizeOf, type Shapes } from './shapes.js';

/** What tells SAM's weights from others. */
export const SAM_ANCHOR = 'image_encoder.patch_embed.proj.weight';

/** Sizes of the three parts of a SAM. */
export interface SamSizes {
  readonly 'sam-image-encoder': SamImageEncoderSizes;
  readonly 'sam-prompt-encoder': SamPromptEncoderSizes;
  readonly 'sam-decoder': SamDecoderSizes;
}

/** Heads of the published encoders by their width; shapes tell them only where there are relative positions. */
const HEADS_BY_WIDTH: Readonly<Record<number, number>> = { 768: 12, 1024: 16, 1280: 16 };
/** Side of the published model frame. */
const INPUT_SIDE_PX = 1024;

/** Sizes of a SAM from the shapes of its weights. @throws WEIGHTS_INVALID where a tensor that tells a size is missing */
export function samSizes(shapes: Shapes): SamSizes {
  const encoder = encoderSizes(shapes);
  const { width, inputSidePx, patchPx } = encoder;
  const embeddingSide = inputSidePx / patchPx;
  const maskChannels = sizeOf(shapes, 'prompt_encoder.mask_downscaling.3.weight', 0);
  return {
    'sam-image-encoder': encoder,
    'sam-prompt-encoder': promptEncoderSizesSchema.parse({ width, embeddingSide, inputSidePx, maskChannels }),
    'sam-decoder': decoderSizes(shapes, width, embeddingSide),
  };
}

function encoderSizes(shapes: Shapes): SamImageEncoderSizes {
  const at = 'image_encoder.';
  const [tokenWidth, patchPx] = [sizeOf(shapes, SAM_ANCHOR, 0), sizeOf(shapes, SAM_ANCHOR, 2)];
  const positions = shapes.get(`${at}pos_embed`);
  const side = positions?.[1] ?? INPUT_SIDE_PX / patchPx;
  const depth = countOf(shapes, /^image_encoder\.blocks\.(\d+)\./);
  const windows = windowSizes(shapes, depth, side);
  const headWidth = shapes.get(`${at}blocks.0.attn.rel_pos_h`)?.[1];
  return samImageEncoderSizesSchema.parse({
    inputSidePx: side * patchPx,
    patchPx,
    tokenWidth,
    depth,
    heads: headWidth ? tokenWidth / headWidth : (HEADS_BY_WIDTH[tokenWidth] ?? 12),
    mlpRatio: sizeOf(shapes, `${at}blocks.0.mlp.lin1.weight`, 0) / tokenWidth,
    width: sizeOf(shapes, `${at}neck.0.weight`, 0),
    ...windows,
    queryKeyValueBias: shapes.has(`${at}blocks.0.attn.qkv.bias`),
    absolutePositions: positions !== undefined,
    relativePositions: headWidth !== undefined,
  });
}

/** A block whose table spans the whole image attends to all of it; the others' tables span their window. */
function windowSizes(shapes: Shapes, depth: number, side: number): { windowSide: number; globalBlocks: number[] } {
  const rows = Array.from({ length: depth }, (_, i) => shapes.get(`image_encoder.blocks.${i}.attn.rel_pos_h`)?.[0]);
  const blocks = rows.map((count, block) => ({ block, side: count === undefined ? side : (count + 1) / 2 }));
  const globalBlocks = blocks.filter((entry) => entry.side === side).map(({ block }) => block);
  return { windowSide: blocks.find((entry) => entry.side !== side)?.side ?? 0, globalBlocks };
}

function decoderSizes(shapes: Shapes, width: number, embeddingSide: number): SamDecoderSizes {
  const at = 'mask_decoder.';
  return maskDecoderSizesSchema.parse({
    width,
    embeddingSide,
    // Shapes do not tell it; every published SAM has eight.
    heads: 8,
    depth: countOf(shapes, /^mask_decoder\.transformer\.layers\.(\d+)\./),
    mlpWidth: sizeOf(shapes, `${at}transformer.layers.0.mlp.lin1.weight`, 0),
    multimasks: sizeOf(shapes, `${at}mask_tokens.weight`, 0) - 1,
    iouHeadWidth: sizeOf(shapes, `${at}iou_prediction_head.layers.0.weight`, 0),
    iouHeadDepth: countOf(shapes, /^mask_decoder\.iou_prediction_head\.layers\.(\d+)\./),
  });
}
