import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOrtSession } from '../../session/ort-session.js';
import { Graph } from '../../trace/graph.js';
import { encodeModel } from '../../trace/onnx-model.js';
import { blockShapes, dequantizeBlocks, quantizeBlocks, type BlockForm, type BlockWeights } from './blocks.js';

const form = fc.record({
  rows: fc.integer({ min: 1, max: 9 }),
  columns: fc.integer({ min: 1, max: 100 }),
  bits: fc.constantFrom(4 as const, 8 as const),
  blockSize: fc.constantFrom(16, 32),
});
const matrix = form.chain((f) =>
  fc
    .array(
      fc.integer({ min: -8000, max: 8000 }).map((n) => n / 1000),
      { minLength: f.rows * f.columns, maxLength: f.rows * f.columns },
    )
    .map((values) => ({ form: f, values: Float32Array.from(values) })),
);

/** A model of one MatMulNBits node; x float32[2, columns] times the transposed matrix. */
function product(f: BlockForm, weights: BlockWeights): Uint8Array {
  const graph = new Graph('product');
  const x = graph.input('x', { shape: [2, f.columns], dtype: 'float32' });
  const shapes = blockShapes(f);
  const stored = (name: keyof BlockWeights, dtype: 'float32' | 'uint8') =>
    graph.initializer(name, { shape: shapes[name], dtype }, { data: weights[name] });
  const inputs = [x, stored('packed', 'uint8'), stored('scales', 'float32'), stored('zeros', 'uint8')];
  const attributes = { K: f.columns, N: f.rows, bits: f.bits, block_size: f.blockSize };
  const output = { shape: [2, f.rows], dtype: 'float32' } as const;
  graph.output('y', graph.node('MatMulNBits', inputs, [output], attributes, 'com.microsoft')[0]!);
  return encodeModel(graph);
}

describe('matrices in blocks', () => {
  it('stay within half a step of every element, and zero stays zero', () => {
    fc.assert(
      fc.property(matrix, ({ form: f, values }) => {
        const weights = quantizeBlocks(values, f);
        const again = dequantizeBlocks(weights, f);
        const blocks = Math.ceil(f.columns / f.blockSize);
        values.forEach((value, i) => {
          const block = Math.floor((i % f.columns) / f.blockSize);
          const scale = weights.scales[Math.floor(i / f.columns) * blocks + block] as number;
          // The zero point is rounded too: at the ends of the range another half step may be lost.
          expect(Math.abs((again[i] as number) - value)).toBeLessThanOrEqual(scale * 1.001);
          if (value === 0) expect(again[i]).toBeCloseTo(0, 30);
        });
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    { rows: 8, columns: 64, bits: 4, blockSize: 32 },
    { rows: 5, columns: 96, bits: 4, blockSize: 32 },
    { rows: 3, columns: 70, bits: 4, blockSize: 32 },
    { rows: 16, columns: 48, bits: 4, blockSize: 16 },
    { rows: 8, columns: 96, bits: 8, blockSize: 32 },
  ] as const)('are what MatMulNBits multiplies with: $rows x $columns, $bits bits', async (f) => {
    const values = Float32Array.from({ length: f.rows * f.columns }, (_, i) => Math.sin(i * 1.7) + 0.3 * Math.cos(i));
    const weights = quantizeBlocks(values, f);
    const dense = dequantizeBlocks(weights, f);
    const x = Float32Array.from({ length: 2 * f.columns }, (_, i) => Math.cos(i * 0.37));
    const session = await createOrtSession(product(f, weights));
    const feed = session.toOrt({ data: x, shape: [2, f.columns], dtype: 'float32' });
    const { data } = (await session.native.run({ x: feed }))['y'] as unknown as { data: Float32Array };
    await session.release();
    for (let row = 0; row < 2; row++)
      for (let out = 0; out < f.rows; out++) {
        let sum = 0;
        for (let k = 0; k < f.columns; k++) sum += x[row * f.columns + k]! * dense[out * f.columns + k]!;
        expect(data[row * f.rows + out]).toBeCloseTo(sum, 4);
      }
  });

  it('are refused where the numbers are not finite or the sizes do not agree', () => {
    const f = { rows: 1, columns: 2, bits: 4, blockSize: 32 } as const;
    expect(() => quantizeBlocks(Float32Array.of(1, Infinity), f)).toThrow(
      expect.objectContaining({ code: 'NOT_FINITE' }),
    );
    const mismatch = expect.objectContaining({ code: 'SHAPE_MISMATCH' });
    expect(() => quantizeBlocks(Float32Array.of(1), f)).toThrow(mismatch);
    expect(() => quantizeBlocks(Float32Array.of(1, 2), { ...f, blockSize: 24 })).toThrow(mismatch);
    expect(() => dequantizeBlocks(quantizeBlocks(Float32Array.of(1, 2), f), { ...f, columns: 40 })).toThrow(mismatch);
  });
});
