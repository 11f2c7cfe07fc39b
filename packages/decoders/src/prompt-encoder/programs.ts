import { defineProgram, ops } from '@sim4seg/compute';
import type { Program } from '@sim4seg/compute';
import { take } from '../blocks/params.js';
import { maskPrompt, noMaskPrompt } from './mask-prompt.js';
import { boxTokens, pointTokens } from './point-prompts.js';
import type { SamPromptEncoderSizes } from './sizes.js';
import { promptEncoderSpecs } from './specs.js';

/**
 * The prompt encoder in training: one mask prompt and text prompts a row.
 * - `mask` float32[n,1,4h,4w]; model frame; logits; `text` float32[n,K,C]; seg embeddings
 * - `sparse` float32[n,K,C]; `dense` float32[n,C,h,w]
 * @source segment-anything modeling/prompt_encoder.py PromptEncoder, text_embeds as in LISA
 */
export function promptEncoderProgram(sizes: SamPromptEncoderSizes): Program {
  const { width, embeddingSide: side } = sizes;
  return defineProgram({
    name: 'sam-prompt-encoder',
    params: promptEncoderSpecs(sizes),
    inputs: { mask: ['n', 1, 4 * side, 4 * side], text: ['n', 'textTokens', width] },
    outputs: { sparse: ['n', 'textTokens', width], dense: ['n', width, side, side] },
    run: (p, x) => ({ sparse: take(x, 'text'), dense: maskPrompt(p, take(x, 'mask')).dense }),
  });
}

/** `mask` float32[n,1,4h,4w] to `dense` float32[n,C,h,w]. */
export function maskPromptProgram(sizes: SamPromptEncoderSizes): Program {
  const { width, embeddingSide: side } = sizes;
  return defineProgram({
    name: 'sam-prompt-encoder.mask',
    params: pick(sizes, /^mask_downscaling\./),
    inputs: { mask: ['n', 1, 4 * side, 4 * side] },
    outputs: { dense: ['n', width, side, side] },
    run: (p, x) => ({ dense: maskPrompt(p, take(x, 'mask')).dense }),
  });
}

/** `dense` float32[n,C,h,w] where there is no mask; `rows` float32[n] only says how many. */
export function noMaskProgram(sizes: SamPromptEncoderSizes): Program {
  const { width, embeddingSide: side } = sizes;
  return defineProgram({
    name: 'sam-prompt-encoder.no-mask',
    params: pick(sizes, /^no_mask_embed\./),
    inputs: { rows: ['n'] },
    outputs: { dense: ['n', width, side, side] },
    run: (p, x) => {
      const rows = take(x, 'rows');
      const zero = ops.reshape(ops.mul(rows, ops.scalar(0)), [rows.shape[0] ?? 1, 1, 1, 1]);
      return { dense: ops.add(noMaskPrompt(p, { height: side, width: side }), zero) };
    },
  });
}

/** `points` float32[P,2], `labels` int32[P] to `tokens` float32[P,C]; rows are independent. */
export function pointsProgram(sizes: SamPromptEncoderSizes): Program {
  const frame = { widthPx: sizes.inputSidePx, heightPx: sizes.inputSidePx };
  return defineProgram({
    name: 'sam-prompt-encoder.points',
    params: pick(sizes, /^(pe_layer|point_embeddings\.[01]|not_a_point_embed)\./),
    inputs: { points: { dims: ['points', 2] }, labels: { dims: ['points'], dtype: 'int32' } },
    outputs: { tokens: ['points', sizes.width] },
    run: (p, x) => ({ tokens: pointTokens(p, { points: take(x, 'points'), labels: take(x, 'labels') }, frame) }),
  });
}

/** `boxes` float32[B,4] to `tokens` float32[B,2,C]; rows are independent. */
export function boxesProgram(sizes: SamPromptEncoderSizes): Program {
  const frame = { widthPx: sizes.inputSidePx, heightPx: sizes.inputSidePx };
  return defineProgram({
    name: 'sam-prompt-encoder.boxes',
    params: pick(sizes, /^(pe_layer|point_embeddings\.[23])\./),
    inputs: { boxes: ['boxes', 4] },
    outputs: { tokens: ['boxes', 2, sizes.width] },
    run: (p, x) => ({ tokens: boxTokens(p, take(x, 'boxes'), frame) }),
  });
}

function pick(sizes: SamPromptEncoderSizes, names: RegExp): ReturnType<typeof promptEncoderSpecs> {
  return Object.fromEntries(Object.entries(promptEncoderSpecs(sizes)).filter(([name]) => names.test(name)));
}
