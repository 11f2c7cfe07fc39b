import { ops } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';
import { createRandom } from '@sim4seg/core';
import type { ParamSpecs } from './params.js';

/** Name of the random matrix float32[2, C/2] that prompt encoder and mask decoder share. */
export const POSITION_MATRIX = 'pe_layer.positional_encoding_gaussian_matrix';

/** The matrix is a buffer: never trained. */
export function positionSpecs(width: number): ParamSpecs {
  return { [POSITION_MATRIX]: { dims: [2, width / 2], init: { normal: 1 }, key: `prompt_encoder.${POSITION_MATRIX}` } };
}

/**
 * Code of positions on the unit square.
 * - `unit` float32[..., 2]; (x, y) in 0..1; `matrix` float32[2, C/2]; returns float32[..., C], sines before cosines
 * @source segment-anything modeling/prompt_encoder.py PositionEmbeddingRandom._pe_encoding
 * @deviation none
 */
export function positionCode(unit: Tensor, matrix: Tensor): Tensor {
  const rows = unit.shape.slice(0, -1);
  const half = matrix.shape[1] ?? 1;
  const flat = ops.reshape(unit, [rows.reduce((count, size) => count * size, 1), 2]);
  const centred = ops.sub(ops.mul(flat, ops.scalar(2)), ops.scalar(1));
  const angles = ops.mul(ops.matMul(centred, matrix), ops.scalar(2 * Math.PI));
  return ops.reshape(ops.concat([ops.sin(angles), ops.cos(angles)], 1), [...rows, 2 * half]);
}

/**
 * Code of the cell centres of a grid: float32[1, h*w, C]; row-major tokens.
 * @source segment-anything modeling/prompt_encoder.py PositionEmbeddingRandom.forward
 */
export function gridPositionCode(
  matrix: Tensor,
  { height, width }: { readonly height: number; readonly width: number },
): Tensor {
  const unit = new Float32Array(height * width * 2);
  for (let i = 0; i < height * width; i++) {
    unit[2 * i] = ((i % width) + 0.5) / width;
    unit[2 * i + 1] = (Math.floor(i / width) + 0.5) / height;
  }
  return positionCode(ops.tensor(unit, [1, height * width, 2]), matrix);
}

/**
 * A start value of the matrix that is the same in every part, so that prompts and image positions share one code.
 * Returns float32[2 * C/2], standard normal.
 */
export function sharedPositionMatrix(width: number): Float32Array {
  const random = createRandom(0).fork('sam-position-matrix');
  return Float32Array.from({ length: width }, () => random.normal());
}
