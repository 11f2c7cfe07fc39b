import { ops, prefixSpecs, scopeParams } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';
import { repeatRows } from '../blocks/layout.js';
import { mlp, mlpSpecs } from '../blocks/mlp.js';
import { take } from '../blocks/params.js';
import type { ParamSpecs, Tensors } from '../blocks/params.js';

export interface TokenSizes {
  readonly width: number;
  readonly multimasks: number;
  readonly iouHeadWidth: number;
  readonly iouHeadDepth: number;
}

const HYPERNETWORK_DEPTH = 3;

/** Learned output tokens, one hypernetwork a mask, and the head that estimates IoU. `hyperWidth`: channels that a mask mixes. */
export function maskTokenSpecs(sizes: TokenSizes, hyperWidth: number): ParamSpecs {
  const { width, iouHeadWidth, iouHeadDepth } = sizes;
  const masks = sizes.multimasks + 1;
  const hidden = Array.from({ length: iouHeadDepth - 1 }, () => iouHeadWidth);
  const hypernetworks = Array.from({ length: masks }, (_, i) =>
    prefixSpecs(`output_hypernetworks_mlps.${i}.`, mlpSpecs([width, width, width, hyperWidth])),
  );
  return Object.assign(
    { 'iou_token.weight': { dims: [1, width], init: { normal: 1 } } },
    { 'mask_tokens.weight': { dims: [masks, width], init: { normal: 1 } } },
    ...hypernetworks,
    prefixSpecs('iou_prediction_head.', mlpSpecs([width, ...hidden, masks])),
  ) as ParamSpecs;
}

/** IoU token, mask tokens, `extra` tokens, then the prompts: float32[B,1+M+E+N,C]. */
export function decoderTokens(p: Tensors, sparse: Tensor, extra: readonly string[] = []): Tensor {
  const batch = sparse.shape[0] ?? 1;
  const learned = ['iou_token.weight', 'mask_tokens.weight', ...extra].map((name) => take(p, name));
  const prompts = (sparse.shape[1] ?? 0) > 0 ? [sparse] : [];
  return ops.concat([repeatRows(ops.concat(learned, 0), batch), ...prompts], 1);
}

/** Mixing weights of each mask: tokens float32[B,T,C] (after the transformer) to float32[B,M,hyperWidth]. */
export function maskWeights(p: Tensors, tokens: Tensor, masks: number): Tensor {
  const rows = Array.from({ length: masks }, (_, i) =>
    mlp(scopeParams(p, `output_hypernetworks_mlps.${i}.`), tokenAt(tokens, 1 + i), HYPERNETWORK_DEPTH),
  );
  return ops.stack(rows, 1);
}

/** The estimated IoU of each mask: float32[B,M]; unbounded. */
export function predictedIou(p: Tensors, tokens: Tensor, depth: number): Tensor {
  return mlp(scopeParams(p, 'iou_prediction_head.'), tokenAt(tokens, 0), depth);
}

/** One token of every row: float32[B,T,C] to float32[B,C]. */
export function tokenAt(tokens: Tensor, index: number): Tensor {
  const [batch = 1, , width = 1] = tokens.shape;
  return ops.reshape(ops.slice(tokens, [0, index, 0], [batch, 1, width]), [batch, width]);
}
