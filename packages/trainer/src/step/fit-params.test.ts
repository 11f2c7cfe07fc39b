import { describe, expect, it } from 'vitest';
import { fitParams } from './fit-params.js';

const table = (side: number, value: (x: number, y: number) => number) => {
  const data = Float32Array.from({ length: side * side * 2 }, (_, i) => {
    const cell = Math.floor(i / 2);
    return value(((cell % side) + 0.5) / side, (Math.floor(cell / side) + 0.5) / side) * (i % 2 ? -1 : 1);
  });
  return { data, shape: [side * side, 2], dtype: 'float32' } as const;
};

describe('fitParams', () => {
  it('keeps what fits and leaves out what the model does not have', () => {
    const kept = table(2, () => 1);
    expect(fitParams({ kept, other: kept }, { kept: { dims: [4, 2] } })).toEqual({ kept });
  });

  it('resizes learned positions of a square grid, channel by channel', () => {
    const { position } = fitParams({ position: table(8, (x) => x) }, { position: { dims: [256, 2] } });
    expect(position?.shape).toEqual([256, 2]);
    const wanted = table(16, (x) => x).data;
    position?.data.forEach((value, i) => {
      // Near the edge a bilinear resize repeats the outermost value.
      if (Math.abs(wanted[i] as number) > 0.07 && Math.abs(wanted[i] as number) < 0.93)
        expect(value).toBeCloseTo(wanted[i] as number, 5);
    });
    const back = fitParams({ position: table(8, () => 0.5) }, { position: { dims: [16, 2] } })['position'];
    expect([...(back?.data ?? [])]).toEqual([...table(4, () => 0.5).data]);
  });

  it('refuses every other difference', () => {
    const refusal = expect.objectContaining({
      code: 'CHECKPOINT_MISMATCH',
      message: expect.stringMatching(/w must have the shape/),
    });
    expect(() => fitParams({ w: table(2, () => 0) }, { w: { dims: [4, 3] } })).toThrow(refusal);
    expect(() => fitParams({ w: table(2, () => 0) }, { w: { dims: [5, 2] } })).toThrow(refusal);
    expect(() => fitParams({ w: table(2, () => 0) }, { w: { dims: [8] } })).toThrow(refusal);
  });
});
