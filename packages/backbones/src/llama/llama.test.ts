import { initParams, runEager } from '@sim4seg/compute';
import type { TensorValue } from '@sim4seg/compute';
import { describe, expect, it } from 'vitest';
import { HIDDEN_BIAS, cacheNames } from './cache.js';
import { llamaDecodeProgram, llamaPrefillProgram, llamaProgram } from './programs.js';
import { headWidth } from './sizes.js';
import type { LlamaSizes } from './sizes.js';

const SIZES: LlamaSizes = {
  vocabularySize: 29,
  hiddenSize: 32,
  intermediateSize: 48,
  layers: 3,
  heads: 4,
  keyValueHeads: 2,
  rmsNormEps: 1e-5,
  ropeTheta: 10_000,
};
const SUFFIX = 5;

const int32 = (data: readonly number[], shape: readonly number[]): TensorValue => ({
  data: Int32Array.from(data),
  shape,
  dtype: 'int32',
});

function causal(length: number): TensorValue {
  const data = Float32Array.from({ length: length * length }, (_, i) =>
    i % length > Math.floor(i / length) ? HIDDEN_BIAS : 0,
  );
  return { data, shape: [1, 1, length, length], dtype: 'float32' };
}

const positions = (length: number): TensorValue => int32([...Array(length).keys()], [1, length]);

function greatestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] as number))));
}

describe.each([
  ['grouped queries', SIZES],
  ['one key head a query head', { ...SIZES, keyValueHeads: 4 }],
] as const)('LLaMA with %s', (_, sizes) => {
  const params = initParams(llamaProgram(sizes).params, 3);
  const prompt = [3, 7, 1, 12, 5];
  const continuations = [
    [4, 9, 2, 8],
    [11, 0, 28, 6],
  ];

  const fullLogits = async (ids: readonly number[]): Promise<Float32Array> => {
    const inputs = {
      ids: int32(ids, [1, ids.length]),
      positions: positions(ids.length),
      bias: causal(ids.length),
    };
    const { logits } = await runEager(llamaProgram(sizes), params, inputs);
    return logits!.data as Float32Array;
  };

  it('gives step by step, for several paths at once, what the whole sequence gives', async () => {
    const width = headWidth(sizes);
    const heads = sizes.keyValueHeads;
    const padded = [...prompt, 0, 0];
    const prefix = await runEager(llamaPrefillProgram(sizes), params, {
      ids: int32(padded, [1, padded.length]),
      positions: positions(padded.length),
      bias: causal(padded.length),
    });
    const empty = (): TensorValue<Float32Array> => ({
      data: new Float32Array(2 * heads * SUFFIX * width),
      shape: [2, heads, SUFFIX, width],
      dtype: 'float32',
    });
    const keys = Array.from({ length: sizes.layers }, empty);
    const values = Array.from({ length: sizes.layers }, empty);
    const suffix = Object.fromEntries([
      ...keys.map((value, layer) => [cacheNames.suffixKey(layer), value] as const),
      ...values.map((value, layer) => [cacheNames.suffixValue(layer), value] as const),
    ]);
    for (let step = 0; step < 4; step++) {
      const room = padded.length + SUFFIX + 1;
      const seen = Float32Array.from({ length: room }, (_, key) => {
        const inPrefix = key < prompt.length;
        const inSuffix = key >= padded.length && key < padded.length + step;
        return inPrefix || inSuffix || key === room - 1 ? 0 : HIDDEN_BIAS;
      });
      const outputs = await runEager(llamaDecodeProgram(sizes), params, {
        ...prefix,
        ...suffix,
        ids: int32(
          continuations.map((path) => path[step]!),
          [2],
        ),
        positions: int32([prompt.length + step, prompt.length + step], [2]),
        bias: { data: Float32Array.from([...seen, ...seen]), shape: [2, room], dtype: 'float32' },
      });
      for (const [path, tokens] of continuations.entries()) {
        const whole = await fullLogits([...prompt, ...tokens.slice(0, step + 1)]);
        const row = (outputs['logits']!.data as Float32Array).subarray(
          path * sizes.vocabularySize,
          (path + 1) * sizes.vocabularySize,
        );
        expect(greatestDifference(row, whole.subarray(-sizes.vocabularySize))).toBeLessThan(1e-4);
      }
      const place = (cache: readonly TensorValue<Float32Array>[], rows: TensorValue): void =>
        cache.forEach(({ data }, layer) => {
          for (let line = 0; line < 2 * heads; line++) {
            const from = (layer * 2 * heads + line) * width;
            data.set((rows.data as Float32Array).subarray(from, from + width), (line * SUFFIX + step) * width);
          }
        });
      place(keys, outputs['keyRows']!);
      place(values, outputs['valueRows']!);
    }
  });

  it('does not look ahead', async () => {
    const one = await fullLogits([3, 7, 1, 12]);
    const other = await fullLogits([3, 7, 1, 20]);
    const before = 3 * sizes.vocabularySize;
    expect(greatestDifference(one.subarray(0, before), other.subarray(0, before))).toBe(0);
    expect(greatestDifference(one, other)).toBeGreaterThan(1e-3);
  });

  it('names its parameters so that official checkpoints can be read', () => {
    const specs = Object.values(llamaProgram(sizes).params);
    const keys = specs.map(({ key }) => key);
    expect(new Set(keys).size).toBe(specs.length);
    expect(keys).toContain('model.layers.2.self_attn.k_proj.weight');
  });
});
