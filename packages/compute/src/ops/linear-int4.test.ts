import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectAgreement, someValue } from '../../test-support/compare.js';
import type { Build } from '../../test-support/compare.js';
import { expectFusedEqualsPlain } from '../../test-support/fused.js';
import { runEager } from '../program/run-eager.js';
import { defineProgram } from '../program.js';
import type { TensorValue } from '../tensor-value.js';
import { blockShapes, dequantizeBlocks, quantizeBlocks } from '../weights/quantize/blocks.js';
import type { BlockForm } from '../weights/quantize/blocks.js';
import * as ops from './index.js';

type Values = Record<string, TensorValue>;

function quantized(form: BlockForm): { readonly weights: Values; readonly dense: Float32Array } {
  const matrix = someValue([form.rows, form.columns], 5);
  const blocks = quantizeBlocks(matrix.data as Float32Array, form);
  const shapes = blockShapes(form);
  return {
    weights: {
      packed: { data: blocks.packed, shape: shapes.packed, dtype: 'uint8' },
      scales: { data: blocks.scales, shape: shapes.scales, dtype: 'float32' },
      zeros: { data: blocks.zeros, shape: shapes.zeros, dtype: 'uint8' },
    },
    dense: dequantizeBlocks(blocks, form),
  };
}

const weightOf = (x: Record<string, Tensor>, withZeros = true): ops.Int4Weight => ({
  packed: x['packed']!,
  scales: ops.stopGradient(x['scales']!),
  zeros: withZeros ? x['zeros']! : null,
});

const forms = [
  { rows: 4, columns: 64, bits: 4, blockSize: 32 },
  { rows: 5, columns: 70, bits: 4, blockSize: 32 },
  { rows: 3, columns: 33, bits: 4, blockSize: 16 },
] as const;

describe('linearInt4', () => {
  it.each(forms)(
    'equals the product with the matrix in float32: $rows x $columns, blocks of $blockSize',
    async (form) => {
      const inputs = {
        x: someValue([2, 3, form.columns], 1),
        b: someValue([form.rows], 2),
        ...quantized(form).weights,
      };
      const build =
        (op: typeof ops.linearInt4): Build =>
        (x) =>
          op(x['x']!, weightOf(x), x['b']!);
      await expectFusedEqualsPlain(build(ops.linearInt4), build(ops.plain.linearInt4), inputs);
    },
  );

  it('takes 8 as zero point where none is given', async () => {
    const { packed, scales } = quantized(forms[0]).weights as { packed: TensorValue; scales: TensorValue };
    const build =
      (op: typeof ops.linearInt4): Build =>
      (x) =>
        op(x['x']!, weightOf(x, false));
    const inputs = { x: someValue([2, 64], 1), packed, scales };
    await expectFusedEqualsPlain(build(ops.linearInt4), build(ops.plain.linearInt4), inputs);
  });

  it('reads the blocks as they were written', async () => {
    const form = forms[1];
    const { weights, dense } = quantized(form);
    const program = defineProgram({
      name: 'matrix',
      params: { packed: { dims: weights['packed']!.shape, dtype: 'uint8' } },
      inputs: { scales: weights['scales']!.shape, zeros: { dims: weights['zeros']!.shape, dtype: 'uint8' } },
      outputs: { y: [form.rows, form.columns] },
      run: (p, x) => ({ y: ops.dequantizeInt4({ ...p, ...x }, form.columns) }),
    });
    const { packed, ...rest } = weights;
    const { y } = await runEager(program, { packed: packed! }, rest);
    expect(y!.data).toEqual(dense);
  });

  it('refuses blocks of another matrix', async () => {
    const inputs = { x: someValue([2, 128], 1), ...quantized(forms[0]).weights };
    const refused = expectAgreement((x) => ops.linearInt4(x['x']!, weightOf(x)), inputs);
    await expect(refused).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
  });
});
