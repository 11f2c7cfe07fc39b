import { ops } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';
import { POSITION_MATRIX, positionCode } from '../blocks/position-code.js';
import { take } from '../blocks/params.js';
import type { Tensors } from '../blocks/params.js';

/** Size of the square model frame, px. */
export interface FrameSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/**
 * Tokens of points.
 * - `points` float32[..., 2]; (x, y); model frame; px; `labels` int32[...]; 1 positive, 0 negative, -1 no point
 * @returns float32[..., C]
 * @source segment-anything modeling/prompt_encoder.py PromptEncoder._embed_points, without its padding point
 * @deviation none: the padding point is an ordinary row with label -1
 */
export function pointTokens(
  p: Tensors,
  { points, labels }: { readonly points: Tensor; readonly labels: Tensor },
  frame: FrameSize,
): Tensor {
  const code = codeOf(p, points, frame);
  const is = (label: number): Tensor =>
    ops.expandDims(ops.cast(ops.equal(labels, ops.scalar(label, 'int32')), 'float32'), labels.shape.length);
  const padding = is(-1);
  const kept = ops.mul(code, ops.sub(ops.scalar(1), padding));
  return [
    ops.mul(padding, take(p, 'not_a_point_embed.weight')),
    ops.mul(is(0), take(p, 'point_embeddings.0.weight')),
    ops.mul(is(1), take(p, 'point_embeddings.1.weight')),
  ].reduce((sum, term) => ops.add(sum, term), kept);
}

/**
 * Two tokens a box, its corners.
 * - `boxes` float32[B,4]; (x0, y0, x1, y1); model frame; px; returns float32[B,2,C]
 * @source segment-anything modeling/prompt_encoder.py PromptEncoder._embed_boxes
 * @deviation none
 */
export function boxTokens(p: Tensors, boxes: Tensor, frame: FrameSize): Tensor {
  const code = codeOf(p, ops.reshape(boxes, [boxes.shape[0] ?? 1, 2, 2]), frame);
  const corners = ops.concat([take(p, 'point_embeddings.2.weight'), take(p, 'point_embeddings.3.weight')], 0);
  return ops.add(code, ops.expandDims(corners, 0));
}

function codeOf(p: Tensors, points: Tensor, { widthPx, heightPx }: FrameSize): Tensor {
  const rank = points.shape.length;
  const size = ops.tensor(Float32Array.of(widthPx, heightPx), [...Array<number>(rank - 1).fill(1), 2]);
  return positionCode(ops.div(ops.add(points, ops.scalar(0.5)), size), take(p, POSITION_MATRIX));
}
